import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { projectFile } from '../../src/config/paths.js';
import { controllerCommands } from '../../src/robot/controller-commands.js';
import {
  cameraOf,
  frameOf,
  groupsOf,
  handOf,
  jointsOfGroup,
  loadRobotProfile,
  type RobotProfile,
} from '../../src/robot/profile.js';
import { scratchFolder } from '../config/scratch-folder.js';

const joint = (name: string, group: string, changes = ''): string =>
  `  - { name: ${name}, group: ${group}, lower: -1, upper: 1, velocity: 1, effort: 1, home: 0${changes} }`;
const joints = ['joints:', joint('shoulder', 'arm'), joint('elbow', 'arm'), joint('finger', 'hand')];

function loader(t: TestContext): (...sections: string[]) => RobotProfile {
  const file = join(scratchFolder(t), 'robot.yaml');
  return (...sections) => {
    writeFileSync(file, ['name: r', ...joints, ...sections, ''].join('\n'));
    return loadRobotProfile(file);
  };
}

test('name and joints are enough', (t) => {
  const { base_frame, control_rate_hz, hands, cameras, frames, coupled_joints, controllers, ...rest } =
    loader(t)();
  assert.deepEqual([base_frame, control_rate_hz], ['base_link', 12.5]);
  assert.deepEqual([hands, cameras, frames, coupled_joints], [[], [], [], []]);
  assert.deepEqual(controllers, [
    {
      name: 'joint_trajectory_controller',
      topic: 'joint_trajectory',
      type: 'trajectory_msgs/msg/JointTrajectory',
      joints: ['shoulder', 'elbow', 'finger'],
    },
  ]);
  assert.ok(!('model' in rest) && !('urdf' in rest));
});

test('frames and cameras get the names of their topics and TF frames', (t) => {
  const profile = loader(t)(
    'frames: [{ name: grasp, link: palm }]',
    'cameras: [{ name: eye, link: head }, { name: wrist, link: palm, frame: w, image: w/rgb, info: w/info }]',
    'hands: [{ name: paw, palm: palm, group: hand, arm: arm, grasp: grasp }]',
  );
  assert.deepEqual(frameOf(profile, 'grasp'), { name: 'grasp', link: 'palm', frame: 'grasp_frame' });
  const { frame, image, info } = cameraOf(profile, 'eye');
  assert.deepEqual([frame, image, info], ['eye_optical_frame', 'eye/image_raw', 'eye/camera_info']);
  assert.equal(cameraOf(profile, 'wrist').image, 'w/rgb');
  assert.equal(handOf(profile, 'paw').grasp, 'grasp');
  assert.deepEqual(groupsOf(profile), ['arm', 'hand']);
  assert.deepEqual(
    jointsOfGroup(profile, 'arm').map(({ name }) => name),
    ['shoulder', 'elbow'],
  );
  assert.throws(
    () => jointsOfGroup(profile, 'hnad'),
    /robot\.yaml: hnad: robot r has no such group; did you mean hand/,
  );
  assert.throws(
    () => handOf(profile, 'pwa', 'task.yaml'),
    /task\.yaml: pwa: robot r has no such hand; did you mean paw/,
  );
});

test('files are found beside the profile, else in the project', (t) => {
  const load = loader(t);
  const { model, urdf, file } = load('model: sim/models/humanoid.xml', 'urdf: urdf/graft_humanoid.urdf');
  assert.deepEqual(
    [model, urdf],
    [projectFile('sim/models/humanoid.xml'), projectFile('urdf/graft_humanoid.urdf')],
  );
  const beside = join(file, '..', 'urdf');
  mkdirSync(beside);
  writeFileSync(join(beside, 'mine.urdf'), '');
  assert.equal(load('urdf: urdf/mine.urdf').urdf, join(beside, 'mine.urdf'));
});

test('a command is split between the controllers that drive its joints', (t) => {
  const profile = loader(t)(
    'controllers:',
    '  - { name: arm, topic: arm_controller/joint_trajectory, groups: [arm] }',
    '  - { name: gripper, topic: /gripper/joint_trajectory, joints: [finger] }',
  );
  assert.deepEqual(
    controllerCommands(profile, ['finger', 'elbow', 'shoulder']).map(({ topic, joints: own, indices }) => [
      topic,
      own,
      indices,
    ]),
    [
      ['arm_controller/joint_trajectory', ['elbow', 'shoulder'], [1, 2]],
      ['/gripper/joint_trajectory', ['finger'], [0]],
    ],
  );
  assert.deepEqual(
    controllerCommands(profile, ['shoulder']).map(({ controller }) => controller),
    ['arm'],
  );
});

test('every fault of a profile is an error with its key', (t) => {
  const load = loader(t);
  const cases: readonly (readonly [string, RegExp])[] = [
    ['coupled_joints: [{ name: elbow, follows: shoulder, ratio: 1 }]', /coupled_joints\.elbow: is an actuated joint/],
    ['coupled_joints: [{ name: tip, follows: fingr, ratio: 1 }]', /tip: follows unknown joint fingr; did you mean finger/],
    ['coupled_joints: [{ name: tip, follows: finger, ratio: .nan }]', /coupled_joints\.0\.ratio: .*NaN/],
    ['frames: [{ name: a, link: b }, { name: a, link: c }]', /frames\.a: is defined twice/],
    ['cameras: [{ name: a, link: b }, { name: c, link: b, frame: a_optical_frame }]', /cameras\.c: TF frame a_optical_frame is already that of cameras\.a/],
    ['hands: [{ name: h, palm: p, group: hands, arm: arm }]', /hands\.h\.group: no joint is of group hands; did you mean hand/],
    ['hands: [{ name: h, palm: p, group: hand, arm: leg }]', /hands\.h\.arm: no joint is of group leg/],
    ['frames: [{ name: grasp, link: p }]\nhands: [{ name: h, palm: p, group: hand, arm: arm, grasp: gasp }]', /hands\.h\.grasp: no frame is called gasp; did you mean grasp/],
    ['controllers: [{ name: c, topic: t, groups: [arm] }]', /controllers: no controller drives finger$/],
    ['controllers: [{ name: c, topic: t, groups: [arm, hand] }, { name: d, topic: u, joints: [elbow] }]', /controllers\.d: joint elbow is already driven by controller c/],
    ['controllers: [{ name: c, topic: t, groups: [arm] }, { name: d, topic: t, groups: [hand] }]', /controllers\.d\.topic: t is already that of c/],
    ['controllers: [{ name: c, topic: t, groups: [amr, hand] }]', /controllers\.c\.groups: no joint is of group amr; did you mean arm/],
    ['controllers: [{ name: c, topic: t, joints: [elbo] }]', /controllers\.c\.joints: no joint is called elbo; did you mean elbow/],
    ['controllers: [{ name: c, topic: t }]', /controllers\.c: drives nothing/],
    ['controllers: [{ name: c, topic: "a b", groups: [arm, hand] }]', /controllers\.0\.topic: must match pattern/],
    ['controllers: [{ name: c, topic: t, type: Twist, groups: [arm, hand] }]', /controllers\.0\.type: must be one of trajectory_msgs/],
    ['hand: []', /hand: unknown key; did you mean hands/],
    ['base_frame: ""', /base_frame: /],
  ]; // prettier-ignore
  for (const [section, message] of cases) assert.throws(() => load(section), message, section);
});

test('the humanoid has two hands with arms, grasp frames and every joint in one controller', () => {
  const humanoid = loadRobotProfile(projectFile('robots/graft_humanoid.yaml'));
  for (const side of ['left', 'right']) {
    const hand = handOf(humanoid, `${side}_hand`);
    assert.equal(frameOf(humanoid, hand.grasp ?? '').link, hand.palm);
    assert.equal(jointsOfGroup(humanoid, hand.arm).length, 7);
    assert.equal(jointsOfGroup(humanoid, hand.group).length, 6);
  }
  assert.deepEqual(
    humanoid.controllers.map(({ topic, joints: driven }) => [topic, driven.length]),
    [['joint_trajectory', 29]],
  );
});
