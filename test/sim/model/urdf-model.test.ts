import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ConfigError } from '../../../src/config/config-error.js';
import type { JointSpec, RobotProfile } from '../../../src/robot/profile.js';
import { draftProfile, profileText } from '../../../src/sim/model/draft-profile.js';
import {
  disposePhysics,
  loadPhysics,
  positionActuator,
  requireId,
  type LoadOptions,
  type Physics,
} from '../../../src/sim/mujoco.js';
import { loadRobotProfile } from '../../../src/robot/profile.js';
import { modelFolder, tetrahedron } from './model-folder.js';

type Files = Readonly<Record<string, string>>;

async function load(t: TestContext, file: string, options: LoadOptions = {}): Promise<Physics> {
  const physics = await loadPhysics(file, options);
  t.after(() => {
    disposePhysics(physics);
  });
  return physics;
}

const inertial =
  '<inertial><origin xyz="0.1 0 0"/><mass value="1"/><inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial>';

/** An arm of two hinges about z, the second of which follows the first, with a fixed tool. */
const arm = (mesh = 'meshes/link.obj', extension = ''): string => `<robot name="arm">${extension}
<link name="base">${inertial}</link>
<link name="upper">${inertial}<visual><geometry><mesh filename="${mesh}"/></geometry></visual>
  <collision><geometry><box size="0.1 0.1 0.1"/></geometry></collision></link>
<link name="lower">${inertial}</link><link name="tool"/>
<joint name="left_shoulder" type="revolute"><parent link="base"/><child link="upper"/><axis xyz="0 0 1"/>
  <limit lower="-1" upper="0.7" effort="6" velocity="2.5"/><dynamics damping="0.1"/></joint>
<joint name="left_elbow" type="revolute"><parent link="upper"/><child link="lower"/><origin xyz="0.2 0 0"/><axis xyz="0 0 1"/>
  <limit lower="-2" upper="2" effort="0" velocity="0"/><mimic joint="left_shoulder" multiplier="0.5"/></joint>
<joint name="mount" type="fixed"><parent link="lower"/><child link="tool"/></joint></robot>`;

const joint = (extra: Partial<JointSpec> = {}): JointSpec => ({
  name: 'left_shoulder',
  group: 'left_arm',
  lower: -1,
  upper: 0.7,
  velocity: 2,
  effort: 6,
  home: 0,
  ...extra,
});

function robotWith(...joints: JointSpec[]): RobotProfile {
  return {
    file: 'arm.yaml',
    name: 'arm',
    base_frame: 'base_link',
    control_rate_hz: 10,
    joints,
    coupled_joints: [],
    frames: [],
    cameras: [],
    hands: [],
    controllers: [],
  };
}

const withMesh: Files = { 'arm.urdf': arm(), 'meshes/link.obj': tetrahedron(0.1) };

test('a URDF keeps the links of fixed joints and its visual shapes; collision shapes behind those are not drawn', async (t) => {
  const physics = await load(t, join(modelFolder(t, withMesh), 'arm.urdf'));
  for (const link of ['base', 'upper', 'lower', 'tool']) requireId(physics, 'body', link, 'arm.urdf');
  assert.deepEqual([...(physics.model.geom_group as Int32Array)], [1, 3]);
});

test('package:// is found above the URDF, by package.xml, and in the folders given', async (t) => {
  const mesh = 'package://arm_description/meshes/link.obj';
  const content = tetrahedron(0.1);
  const layouts: [Files, string[]][] = [
    [{ 'arm_description/urdf/arm.urdf': arm(mesh), 'arm_description/meshes/link.obj': content }, []],
    [
      {
        'checkout/urdf/arm.urdf': arm(mesh),
        'checkout/package.xml': '<package/>',
        'checkout/meshes/link.obj': content,
      },
      [],
    ],
    [{ 'x/arm.urdf': arm(mesh), 'share/arm_description/meshes/link.obj': content }, ['share']],
  ];
  for (const [files, packages] of layouts) {
    const folder = modelFolder(t, files);
    const urdf = Object.keys(files).find((name) => name.endsWith('.urdf')) ?? '';
    const { model } = await load(t, join(folder, urdf), {
      packagePaths: packages.map((name) => join(folder, name)),
    });
    assert.equal(model.nmesh, 1);
  }
});

test("a URDF's own settings for MuJoCo stand", async (t) => {
  const own = '<mujoco><compiler meshdir="meshes" discardvisual="false"/></mujoco>';
  const files = { 'arm.urdf': arm('package://gone/link.obj', own), 'meshes/link.obj': tetrahedron(0.1) };
  await assert.rejects(
    load(t, join(modelFolder(t, files), 'arm.urdf')),
    /package:\/\/gone\/link\.obj does not exist/,
  );
  const folder = modelFolder(t, { ...files, 'arm.urdf': arm('link.obj', own) });
  const physics = await load(t, join(folder, 'arm.urdf'));
  assert.equal(physics.model.nmesh, 1);
  assert.throws(() => requireId(physics, 'body', 'tool', 'arm.urdf'), /no body/); // MuJoCo merges it: fusestatic
});

test('a missing mesh and one that MuJoCo cannot read name line and element', async (t) => {
  const missing = join(modelFolder(t, { 'arm.urdf': arm() }), 'arm.urdf');
  await assert.rejects(
    load(t, missing),
    /arm\.urdf: line 3 <mesh>: file meshes\/link\.obj does not exist; tried/,
  );
  const collada = { 'arm.urdf': arm('link.dae'), 'link.dae': 'x' };
  await assert.rejects(
    load(t, join(modelFolder(t, collada), 'arm.urdf')),
    /line 3 <mesh>: MuJoCo cannot read link\.dae: expected \.obj, \.stl, \.msh/,
  );
});

test('joints get position actuators with the gains of the profile, and go where they are sent', async (t) => {
  const robot = robotWith(joint({ stiffness: 40, damping: 3 }));
  const physics = await load(t, join(modelFolder(t, withMesh), 'arm.urdf'), { robot });
  const { mj, model, data } = physics;
  assert.equal(model.nu, 1);
  assert.equal(mj.mj_id2name(model, 19, 0), 'left_shoulder');
  assert.equal((model.actuator_gainprm as Float64Array)[0], 40);
  assert.deepEqual([...(model.actuator_biasprm as Float64Array).subarray(0, 3)], [0, -40, -3]);
  assert.deepEqual([...(model.actuator_ctrlrange as Float64Array)], [-1, 0.7]);
  assert.deepEqual([...(model.actuator_forcerange as Float64Array)], [-6, 6]);
  (data.ctrl as Float64Array)[positionActuator(physics, 'left_shoulder', 'arm.urdf')] = 0.5;
  for (let i = 0; i < 2000; i++) mj.mj_step(model, data);
  const [shoulder, elbow] = data.qpos as Float64Array;
  assert.ok(Math.abs(shoulder - 0.5) < 0.01, `shoulder ${shoulder}`);
  assert.ok(Math.abs(elbow - 0.25) < 0.02, `elbow ${elbow} does not follow`);
});

test('gains by default: full effort at 1/3 rad, critically damped, and stable on a light joint', async (t) => {
  const light = arm().replaceAll('0.01"', '0.000001"').replaceAll('mass value="1"', 'mass value="0.00001"');
  const file = join(modelFolder(t, { ...withMesh, 'arm.urdf': light }), 'arm.urdf');
  const { mj, model, data } = await load(t, file, { robot: robotWith(joint()) });
  assert.ok(Math.abs((model.actuator_gainprm as Float64Array)[0] - 18) < 1e-9);
  assert.ok((model.actuator_biasprm as Float64Array)[2] < 0);
  (data.ctrl as Float64Array)[0] = 0.5;
  let highest = 0;
  for (let i = 0; i < 1000; i++) {
    mj.mj_step(model, data);
    highest = Math.max(highest, (data.qpos as Float64Array)[0]);
  }
  assert.ok(Math.abs((data.qpos as Float64Array)[0] - 0.5) < 1e-3, `at ${(data.qpos as Float64Array)[0]}`);
  assert.ok(highest < 0.55, `overshoots to ${highest}`);
});

test('torque motors give way to position actuators, position actuators of any name stay', async (t) => {
  const hinge = (name: string): string =>
    `<body><joint name="${name}" range="-1 1"/><geom size="0.1"/></body>`;
  const xml = `<mujoco><default><muscle/><motor gear="50"/></default><worldbody>${hinge('left_shoulder')}${hinge('right_shoulder')}</worldbody><actuator>
    <motor name="torque" joint="left_shoulder"/><position name="drive" joint="right_shoulder" kp="7"/></actuator></mujoco>`;
  const folder = modelFolder(t, { 'main.xml': xml });
  const robot = robotWith(joint(), joint({ name: 'right_shoulder', stiffness: 99 }));
  const physics = await load(t, join(folder, 'main.xml'), { robot });
  assert.equal(physics.model.nu, 2);
  const kept = positionActuator(physics, 'right_shoulder', 'main.xml');
  assert.equal(physics.mj.mj_id2name(physics.model, 19, kept), 'drive');
  const added = positionActuator(physics, 'left_shoulder', 'main.xml');
  assert.notEqual(added, kept);
  assert.equal((physics.model.actuator_gear as Float64Array)[6 * added], 1);
  assert.equal((physics.model.actuator_biasprm as Float64Array)[10 * added], 0);
  assert.equal(physics.model.na, 0);
  const plain = await load(t, join(folder, 'main.xml'));
  assert.throws(() => positionActuator(plain, 'left_shoulder', 'main.xml'), ConfigError);
});

test('a joint of the profile that the model lacks names the profile, its key and the nearest joint', async (t) => {
  const file = join(modelFolder(t, withMesh), 'arm.urdf');
  const robot = robotWith(joint({ name: 'left_sholder' }));
  await assert.rejects(
    load(t, file, { robot }),
    /^ConfigError: arm\.yaml: joints\.left_sholder: .*did you mean left_shoulder\?/,
  );
});

test('a profile drafted from a URDF can be read, and simulated', async (t) => {
  const folder = modelFolder(t, withMesh);
  const draft = await draftProfile(join(folder, 'arm.urdf'), 'arm');
  const written = modelFolder(t, { 'arm.yaml': profileText(draft) });
  const robot = loadRobotProfile(join(written, 'arm.yaml'));
  assert.deepEqual(robot.joints, [
    { name: 'left_shoulder', group: 'left_arm', lower: -1, upper: 0.7, velocity: 2.5, effort: 6, home: 0 },
  ]);
  assert.deepEqual(robot.coupled_joints, [{ name: 'left_elbow', follows: 'left_shoulder', ratio: 0.5 }]);
  const { model } = await load(t, join(folder, 'arm.urdf'), { robot });
  assert.equal(model.nu, 1);
});

test('a draft leaves joints without a name out, and refuses a model that has no others', async (t) => {
  const body = (joints: string): string => `<body><geom size="0.1"/>${joints}</body>`;
  const nameless = body('<joint axis="0 0 1"/>');
  const folder = modelFolder(t, {
    'none.xml': `<mujoco><worldbody>${nameless}</worldbody></mujoco>`,
    'one.xml': `<mujoco><worldbody>${nameless}${body('<joint name="lift" type="slide"/>')}</worldbody></mujoco>`,
  });
  await assert.rejects(
    draftProfile(join(folder, 'none.xml'), 'none'),
    /none\.xml: has no named hinge or slide/,
  );
  const { joints } = await draftProfile(join(folder, 'one.xml'), 'one');
  assert.deepEqual(
    joints.map(({ name }) => name),
    ['lift'],
  );
});
