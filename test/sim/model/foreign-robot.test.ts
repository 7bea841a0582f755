/** Humanoids with dexterous hands from PyPI, as their makers publish them: URDF from Fourier, MJCF from robosuite. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { projectFile } from '../../../src/config/paths.js';
import { loadRobotProfile, type RobotProfile } from '../../../src/robot/profile.js';
import { SoftwareCamera } from '../../../src/sim/camera/software-camera.js';
import { draftProfile } from '../../../src/sim/model/draft-profile.js';
import { disposePhysics, loadPhysics, positionActuator, type Physics } from '../../../src/sim/mujoco.js';
import { modelFolder } from './model-folder.js';

/** Folder of a robot's files; fetched from PyPI unless an earlier run did. */
function fetched(name: string): string {
  const kept = projectFile('.ros', 'robots', name);
  if (existsSync(kept)) return kept;
  const program = projectFile('tools', 'fetch-robot.mjs');
  return execFileSync(process.execPath, [program, name], { encoding: 'utf8' }).trim();
}

let fourier = '';
let robosuite = '';
before(() => {
  fourier = join(fetched('fourier_gr1t2'), 'fourier_robot_descriptions', 'assets', 'urdf');
  robosuite = join(fetched('robosuite_gr1'), 'robosuite', 'models', 'assets');
});

/** A floor, a camera before an empty sky and what else is given. */
const scene = (assets: string, content: string, flags = ''): string =>
  `<mujoco><option integrator="implicitfast"><flag ${flags}/></option><asset>${assets}</asset><worldbody><geom type="plane" size="0 0 1"/>
   <camera name="front" pos="2.5 0 1" xyaxes="0 1 0 0 0 1"/>${content}</worldbody></mujoco>`;

async function load(t: TestContext, xml: string, robot: RobotProfile): Promise<Physics> {
  const physics = await loadPhysics(join(modelFolder(t, { 'scene.xml': xml }), 'scene.xml'), { robot });
  t.after(() => {
    disposePhysics(physics);
  });
  return physics;
}

/** Sends every joint to `target`, 2,000 steps long. @returns greatest distance (rad) from it, by joint */
function drive(physics: Physics, robot: RobotProfile, target: (name: string) => number): Map<string, number> {
  const { mj, model, data } = physics;
  const address = model.jnt_qposadr as Int32Array;
  const joints = robot.joints.map(({ name, home }) => {
    const qpos = address[mj.mj_name2id(model, mj.mjtObj.mjOBJ_JOINT.value, name)];
    (data.qpos as Float64Array)[qpos] = home;
    (data.ctrl as Float64Array)[positionActuator(physics, name, 'scene.xml')] = target(name);
    return { name, qpos };
  });
  for (let i = 0; i < 2000; i++) mj.mj_step(model, data);
  const qpos = data.qpos as Float64Array;
  assert.ok(qpos.every(Number.isFinite));
  return new Map(joints.map((joint) => [joint.name, Math.abs(qpos[joint.qpos] - target(joint.name))]));
}

test('Fourier GR1T2 from its URDF: position actuators, coupled fingers, 2,000 steps, a picture', async (t) => {
  const robot = loadRobotProfile(projectFile('robots', 'fourier_gr1t2.yaml'));
  const file = join(fourier, 'gr1t2_fourier_hand_6dof.urdf');
  const physics = await load(
    t,
    scene(
      `<model name="robot" file="${file}"/>`,
      '<body name="stand" pos="0 0 0.95"><attach model="robot" body="base_link" prefix=""/></body>',
    ),
    robot,
  );
  const { mj, model, data } = physics;
  assert.deepEqual([model.nu, model.neq], [44, 10]);
  const home = new Map(robot.joints.map((joint) => [joint.name, joint.home]));
  const fingers = /^L_(index|middle|ring|pinky)_proximal/;
  // The arm is raised sideways: hanging down, the fingers would close upon the thigh.
  const target = (name: string): number =>
    fingers.test(name) ? -0.8 : name === 'left_shoulder_roll_joint' ? 0.8 : (home.get(name) ?? 0);
  const worst = [...drive(physics, robot, target)].reduce((a, b) => (b[1] > a[1] ? b : a));
  assert.ok(worst[1] < 0.1, `${worst[0]} is ${worst[1].toFixed(3)} rad off`);
  for (const { name, follows, ratio } of robot.coupled_joints) {
    const at = (joint: string): number =>
      (data.qpos as Float64Array)[(model.jnt_qposadr as Int32Array)[mj.mj_name2id(model, 3, joint)]];
    assert.ok(Math.abs(at(name) - ratio * at(follows)) < 0.1, `${name} does not follow`);
  }
  const image = new SoftwareCamera(mj, model, { camera: 'front', width: 96, height: 96 }).render(data);
  let grey = 0; // above the horizon only the robot is grey: the sky is blue
  for (let at = 0; at < image.data.length / 2; at += 3)
    if (Math.abs(image.data[at] - image.data[at + 2]) < 6) grey++;
  assert.ok(grey > 200, `${grey} pixels of the robot`);
});

test('the shipped profile of GR1T2 is what its URDF gives', async () => {
  const robot = loadRobotProfile(projectFile('robots', 'fourier_gr1t2.yaml'));
  const draft = await draftProfile(join(fourier, 'gr1t2_fourier_hand_6dof.urdf'), robot.name);
  assert.deepEqual(robot.joints, draft.joints);
  assert.deepEqual(robot.coupled_joints, draft.coupled_joints);
  assert.deepEqual(robot.hands, draft.hands);
});

test("robosuite's GR1 and its hands, unmodified: torque motors give way, hands keep their drives", async (t) => {
  const body = await draftProfile(join(robosuite, 'robots', 'gr1', 'robot.xml'), 'gr1');
  const hand = await draftProfile(join(robosuite, 'grippers', 'fourier_left_hand.xml'), 'hand');
  const loaded = loadRobotProfile(projectFile('robots', 'fourier_gr1t2.yaml'));
  const robot: RobotProfile = {
    ...loaded,
    joints: [...body.joints, ...hand.joints.map((joint) => ({ ...joint, name: `lh_${joint.name}` }))],
  };
  const physics = await load(
    t,
    scene(
      `<model name="gr1" file="${join(robosuite, 'robots', 'gr1', 'robot.xml')}"/>
       <model name="hand" file="${join(robosuite, 'grippers', 'fourier_left_hand.xml')}"/>`,
      // Without contacts: the hulls of this hand's fingers reach into its palm's and push them away.
      `<frame pos="0 0 1.5"><attach model="gr1" body="base" prefix=""/></frame>
       <body name="post" pos="0 2 1"><attach model="hand" body="left_hand" prefix="lh_"/></body>`,
      'contact="disable"',
    ),
    robot,
  );
  const { mj, model } = physics;
  assert.deepEqual([model.nu, model.nmesh], [32 + 11, 33 + 24]);
  assert.ok(mj.mj_name2id(model, 19, 'lh_L_index_proximal_joint_drive') >= 0);
  const homes = new Map(robot.joints.map(({ name, home }) => [name, home]));
  const fingers = /^lh_L_(index|middle|ring|pinky)_proximal/;
  const off = drive(physics, robot, (name) => (fingers.test(name) ? 1.2 : (homes.get(name) ?? 0)));
  // The hand's defaults leave a torque of 0.75 N m in its drives (bias of a muscle), which makes 0.375 rad at kp 2.
  for (const [name, error] of off)
    assert.ok(error < (name.startsWith('lh_') ? 0.5 : 0.1), `${name} is ${error.toFixed(3)} rad off`);
});
