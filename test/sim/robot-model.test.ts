import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { ConfigError } from '../../src/config/config-error.js';
import { projectFile } from '../../src/config/paths.js';
import { checkProfileAgainstModel } from '../../src/sim/profile-check.js';
import { loadTask } from '../../src/sim/task.js';
import { World } from '../../src/sim/world.js';

const task = loadTask(projectFile('sim/tasks/lift.yaml'));
let world: World;
before(async () => {
  world = await World.create(task);
});
after(() => world.dispose());

test('the model has the 29 actuators of the profile, in its order', () => {
  const { mj, model } = world.physics;
  const names = Array.from({ length: model.nu }, (_, i) => mj.mj_id2name(model, 19, i));
  assert.equal(names.length, 29);
  assert.deepEqual(
    names,
    task.robot.joints.map(({ name }) => name),
  );
});

test('limits and torques of the model agree with the profile', () => {
  const { mj, model } = world.physics;
  const jointRange = model.jnt_range as Float64Array;
  const forceRange = model.actuator_forcerange as Float64Array;
  task.robot.joints.forEach(({ name, lower, upper, effort }, i) => {
    const id = mj.mj_name2id(model, 3, name);
    assert.deepEqual([...jointRange.slice(2 * id, 2 * id + 2)], [lower, upper], name);
    assert.deepEqual([...forceRange.slice(2 * i, 2 * i + 2)], [-effort, effort], name);
  });
});

test('coupled joints follow with the ratio of the profile', () => {
  const { mj, model, data } = world.physics;
  world.reset(0);
  const closed = { right_index_joint: 1.2, right_thumb_pitch_joint: 0.6 };
  for (let i = 0; i < 15; i++) world.step(closed);
  const qpos = data.qpos as Float64Array;
  const position = (name: string): number =>
    qpos[(model.jnt_qposadr as Int32Array)[mj.mj_name2id(model, 3, name)]];
  for (const { name, follows, ratio } of task.robot.coupled_joints)
    assert.ok(Math.abs(position(name) - ratio * position(follows)) < 0.02, name);
  assert.ok(position('right_index_joint') > 1);
});

test('the robot holds its home pose for two seconds without sagging or shaking', () => {
  world.reset(1);
  for (let i = 0; i < 25; i++) world.step({});
  const positions = world.jointPositions();
  const velocities = world.jointVelocities();
  task.robot.joints.forEach(({ name, home }, i) => {
    assert.ok(Math.abs(positions[i] - home) < 1e-2, `${name} at ${positions[i]} instead of ${home}`);
    assert.ok(Math.abs(velocities[i]) < 1e-2, `${name} moves at ${velocities[i]} rad/s`);
  });
});

test('a profile that the model does not fit is refused with every fault', () => {
  const { robot } = task;
  checkProfileAgainstModel(robot, world.physics, task.model);
  const [first, ...rest] = robot.joints;
  assert.throws(
    () =>
      checkProfileAgainstModel(
        { ...robot, joints: [{ ...first, upper: 3 }, ...rest] },
        world.physics,
        'm.xml',
      ),
    /joints\.waist_yaw_joint: does not fit the model m\.xml: limits \[-2\.6, 3\] are wider than the model's/,
  );
  const bad = {
    ...robot,
    joints: [{ ...first, name: 'waist_jaw_joint' }, ...rest],
    hands: [{ name: 'paw', palm: 'right_hand_lnik', group: 'right_hand', arm: 'right_arm' }],
    cameras: [{ name: 'heed', link: 'head_link', frame: 'f', image: 'i', info: 'c' }],
    frames: [{ name: 'left_grip', link: 'left_hand_link', frame: 'g' }],
  };
  assert.throws(
    () => checkProfileAgainstModel(bad, world.physics, 'm.xml'),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.file, robot.file);
      for (const line of [
        'joints.waist_jaw_joint: it has no joint waist_jaw_joint; did you mean waist_yaw_joint?',
        'frames.left_grip: it has no site left_grip',
        'cameras.heed: it has no camera heed; did you mean head?',
        'hands.paw.palm: it has no body right_hand_lnik; did you mean right_hand_link?',
      ])
        assert.ok(error.problem.includes(line), `${line} in ${error.problem}`);
      return true;
    },
  );
});
