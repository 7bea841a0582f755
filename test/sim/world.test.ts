import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../src/config/config-error.js';
import { projectFile } from '../../src/config/paths.js';
import type { MovingPose } from '../../src/robot/pose.js';
import { isMoving } from '../../src/robot/tracked-frames.js';
import { loadTask, type Frames, type Task } from '../../src/sim/task.js';
import { PhysicsError, World, type ResetOptions } from '../../src/sim/world.js';

const task = loadTask(projectFile('sim/tasks/lift.yaml'));
const folder = mkdtempSync(join(tmpdir(), 'graft-world-'));
let world: World;
before(async () => {
  world = await World.create(task);
});
after(() => {
  world.dispose();
  rmSync(folder, { recursive: true });
});

function statesAfterSteps(seed: number): number[] {
  world.reset(seed);
  for (let i = 0; i < 30; i++)
    world.step({ right_elbow_joint: -0.3 + 0.02 * i, right_index_joint: 0.03 * i });
  const { data } = world.physics;
  return [...(data.qpos as Float64Array), ...(data.qvel as Float64Array)];
}

function objectFrame(): MovingPose {
  const frame = world.frames().get('object');
  assert.ok(frame !== undefined && isMoving(frame));
  return frame;
}

test('the same seed and targets give the same bits, another seed another place', () => {
  const first = statesAfterSteps(7);
  assert.notDeepEqual(statesAfterSteps(8), first);
  assert.deepEqual(statesAfterSteps(7), first);
});

test('the object starts at rest inside the reset range', () => {
  for (let seed = 0; seed < 5; seed++) {
    world.reset(seed);
    const { position, linear } = objectFrame();
    const { x, y } = task.reset.objects.object;
    assert.equal(world.time(), 0);
    assert.deepEqual(world.scene.rest('object'), position);
    assert.ok(position[0] > x[0] - 1e-3 && position[0] < x[1] + 1e-3);
    assert.ok(position[1] > y[0] - 1e-3 && position[1] < y[1] + 1e-3);
    assert.ok(Math.hypot(...linear) < 1e-3);
  }
});

test('a control step and the same time in small advances end at the same instant', () => {
  world.reset(0);
  world.step({});
  const stepped = world.time();
  world.reset(0);
  for (let i = 0; i < 16; i++) world.advance(0.005);
  assert.ok(Math.abs(world.time() - stepped) < 1e-9);
  assert.ok(Math.abs(stepped - 1 / task.control_rate_hz) < 1e-9);
});

test("an object's angular velocity is in the world frame", () => {
  world.reset(0);
  const { model, mj, data } = world.physics;
  const joint = mj.mj_name2id(model, 3, 'object_joint');
  const qpos = (model.jnt_qposadr as Int32Array)[joint];
  const dof = (model.jnt_dofadr as Int32Array)[joint];
  const half = Math.SQRT1_2;
  (data.qpos as Float64Array).set([0.4, 0, 1.5, half, 0, half, 0], qpos);
  (data.qvel as Float64Array).set([0, 0, 0, 1, 0, 0], dof);
  const { angular } = objectFrame();
  [0, 0, -1].forEach((value, i) => assert.ok(Math.abs(angular[i] - value) < 1e-9));
});

test('a body that is not free has the velocity that its joints give it', () => {
  world.reset(0);
  const { data } = world.physics;
  // 1 rad/s about the waist's vertical axis, which runs through the world's origin.
  (data.qvel as Float64Array)[0] = 1;
  world.physics.mj.mj_forward(world.physics.model, data);
  const { position } = world.scene.pose('right_hand_link');
  const { linear, angular } = world.scene.velocity('right_hand_link');
  [-position[1], position[0], 0].forEach((value, i) => assert.ok(Math.abs(linear[i] - value) < 1e-6));
  [0, 0, 1].forEach((value, i) => assert.ok(Math.abs(angular[i] - value) < 1e-6));
});

test('contacts are counted between what hangs on two places', () => {
  world.reset(0);
  world.step({});
  assert.ok(world.scene.contacts('object', 'table') > 0);
  assert.equal(world.scene.contacts('object', 'right_hand_link'), 0);
  assert.equal(world.scene.contacts('table', 'object'), world.scene.contacts('object', 'table'));
});

/** Joint and object states after each of 20 control steps. */
function trajectory(seed: number, options: ResetOptions): number[] {
  world.reset(seed, options);
  const all: number[] = [];
  for (let i = 0; i < 20; i++) {
    world.step({ right_elbow_joint: -0.3 + 0.02 * i, right_shoulder_pitch_joint: 0.4 });
    all.push(...world.jointPositions(), ...objectFrame().position);
  }
  return all;
}

test('a recorded domain gives the same bits again; without one the simulation is the nominal one', () => {
  const nominal = trajectory(3, {});
  const randomised = trajectory(3, { randomise: true });
  const { names, values } = world.domain;
  const [x, y] = world.placements.map((place) => place.x).concat(world.placements.map((place) => place.y));
  assert.ok(names.includes('mass.object') && names.includes('latency'));
  assert.notDeepEqual(randomised, nominal);
  assert.deepEqual(trajectory(3, {}), nominal);
  assert.deepEqual(
    world.placements.map((place) => [place.x, place.y]),
    [[x, y]],
    'the reset is the same with and without',
  );
  assert.deepEqual(trajectory(3, { domain: world.recordedDomain(names, values) }), randomised);
  assert.notDeepEqual(trajectory(4, { randomise: true }), randomised);
  assert.throws(() => world.recordedDomain(['mass.objekt'], [1]), /mass\.objekt.*did you mean mass\.object/);
});

test('the measured pose of a randomised robot at rest is home', () => {
  world.reset(1, { randomise: true });
  const { joints } = task.robot;
  const positions = world.jointPositions();
  joints.forEach(({ name, home }, i) => assert.ok(Math.abs(positions[i] - home) < 0.05, name));
});

test('targets that are not finite, not of the robot or not 29 are refused and change nothing', () => {
  world.reset(0);
  const before = world.jointPositions();
  assert.throws(() => world.step({ right_elbow_joint: NaN }), PhysicsError);
  assert.throws(() => world.step({ right_tail_joint: 0 }), /no joint right_tail_joint/);
  assert.throws(() => world.step(new Float64Array(28)), /28 joint targets for 29 joints/);
  assert.deepEqual(world.jointPositions(), before);
  assert.equal(world.time(), 0);
});

test('a simulation that stops being finite says so, and a reset recovers it', () => {
  world.reset(0);
  (world.physics.data.qvel as Float64Array)[0] = NaN;
  assert.throws(() => world.step({}), /lift is not finite at t =/);
  world.reset(0);
  world.step({});
  assert.ok(world.jointPositions().every(Number.isFinite));
});

test('bad models and tasks are refused with the file and the key', async () => {
  const broken = join(folder, 'broken.xml');
  writeFileSync(broken, '<mujoco><worldbody><body></worldbody></mujoco>');
  const missingInclude = join(folder, 'include.xml');
  copyFileSync(task.model, missingInclude);
  const refuses = async (changes: Partial<Task>, message: RegExp): Promise<void> => {
    await assert.rejects(World.create({ ...task, ...changes }), (error: Error) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.match(error.message, message);
      return true;
    });
  };
  await refuses({ model: join(folder, 'absent.xml') }, /absent\.xml: cannot be read/);
  await refuses({ model: broken }, /broken\.xml: line 1: is not well-formed XML/);
  await refuses({ model: missingInclude }, /humanoid\.xml/);
  const { object, hand } = task.frames;
  const frames = (changes: Frames): Partial<Task> => ({ frames: { object, hand, ...changes } });
  await refuses(
    frames({ hand: { site: 'third_grasp' } }),
    /lift\.yaml: frames\.hand: the model has no site third_grasp/,
  );
  await refuses(
    frames({ object: { body: 'table' } }),
    /frames\.object: an object that is placed needs a free joint/,
  );
  const variants = [{ name: 'a', frames: { object: { body: 'tin' }, hand } }];
  await refuses({ variants }, /variants\.0\.frames\.object: the model has no body tin/);
  await refuses(
    { cameras: [{ name: 'scen', width: 64, height: 48 }] },
    /lift\.yaml: cameras\.0\.name: the model has no camera scen; it has scene, head/,
  );
  await refuses({ control_rate_hz: 20 }, /control_rate_hz: is 20/);
  const tail = { ...task.robot.joints[0], name: 'tail_joint' };
  const robot = { ...task.robot, joints: [...task.robot.joints, tail] };
  await refuses({ robot }, /graft_humanoid\.yaml: joints\.tail_joint: the model .* has no joint tail_joint/);
});
