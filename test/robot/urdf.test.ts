import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  addedTransforms,
  framePoses,
  JointFollowing,
  staticTransforms,
} from '../../src/robot/kinematic-tree.js';
import type { RobotProfile } from '../../src/robot/profile.js';
import { parseUrdf } from '../../src/robot/urdf.js';

const links = ['base', 'slide', 'arm', 'tip', 'tool', 'loose', 'table'];
const joint = (name: string, type: string, parent: string, child: string, inside = ''): string =>
  `<joint name="${name}" type="${type}"><parent link="${parent}"/><child link="${child}"/>${inside}</joint>`;
const robot = (...joints: string[]): string =>
  `<?xml version="1.0"?><robot name="r">${links.map((name) => `<link name="${name}"/>`).join('')}${joints.join('')}
   <transmission name="t"><joint name="not_a_joint"/></transmission></robot>`;
const good = [
  // A child before its parent, axes that are no unit vectors, everything that has a default left out.
  joint('turn', 'revolute', 'slide', 'arm', '<origin xyz="0 0 1"/><axis xyz="0 0 2"/>'),
  joint('move', 'prismatic', 'base', 'slide', '<axis xyz="0 3 0"/>'),
  joint(
    'bend',
    'continuous',
    'arm',
    'tip',
    '<origin xyz="1 0 0"/><mimic joint="turn" multiplier="-2" offset="0.5"/>',
  ),
  joint(
    'mount',
    'fixed',
    'tip',
    'tool',
    '<origin xyz="0 0 0.5" rpy="1.5707963267948966 0 1.5707963267948966"/>',
  ),
  joint('fly', 'floating', 'base', 'loose'),
  joint('rest', 'planar', 'base', 'table', '<origin xyz="2 0 0"/>'),
];
const profile: RobotProfile = {
  file: 'r.yaml',
  name: 'r',
  base_frame: 'base',
  control_rate_hz: 10,
  joints: [],
  coupled_joints: [],
  frames: [
    { name: 'grasp', link: 'tool', frame: 'grasp_frame', origin: { xyz: [0, 0, 1], rpy: [0, 0, 0] } },
    { name: 'tool', link: 'tip', frame: 'tool', origin: { xyz: [9, 9, 9], rpy: [0, 0, 0] } },
  ],
  cameras: [],
  hands: [],
  controllers: [],
};
const near = (found: readonly number[] | undefined, expected: readonly number[]): void => {
  assert.ok(found);
  expected.forEach((value, i) =>
    assert.ok(Math.abs(found[i] - value) < 1e-12, `${found.join()} is not ${expected.join()}`),
  );
};

test('fixed, turning, sliding and mimicking joints move what hangs on them', () => {
  const urdf = parseUrdf(robot(...good), 'r.urdf');
  assert.equal(urdf.root, 'base');
  const following = new JointFollowing(urdf, profile);
  const positions = new Map([
    ['turn', Math.PI / 2],
    ['move', 0.25],
  ]);
  const poses = framePoses('base', [...staticTransforms(urdf, profile), ...following.transforms(positions)]);
  near(poses.get('slide')?.position, [0, 0.25, 0]);
  near(poses.get('arm')?.position, [0, 0.25, 1]);
  near(poses.get('tip')?.position, [0, 1.25, 1]);
  // turn: x to y, y to -x; bend: about x by 0.5 - pi.
  const bend = 0.5 - Math.PI;
  near(poses.get('tool')?.position, [0.5 * Math.sin(bend), 1.25, 1 + 0.5 * Math.cos(bend)]);
  near(poses.get('table')?.position, [2, 0, 0]);
  assert.equal(poses.get('loose'), undefined, 'nobody told where it is');
  assert.deepEqual(following.missing(new Map([['move', 0]])), ['turn', 'bend']);
  assert.deepEqual(following.missing(new Map([['turn', NaN]])), ['move', 'turn', 'bend']);
});

test('rpy turns about the fixed axes x, y, z in turn', () => {
  const urdf = parseUrdf(robot(...good), 'r.urdf');
  const tool = urdf.joints.find(({ name }) => name === 'mount');
  // Roll of 90 degrees about x, then yaw of 90 degrees about the parent's z: z of the tool points along x of the tip.
  near(tool?.origin.orientation, [0.5, 0.5, 0.5, 0.5]);
});

test('frames that the URDF has come from the URDF', () => {
  const urdf = parseUrdf(robot(...good), 'r.urdf');
  assert.deepEqual(
    addedTransforms(urdf, profile).map(({ parent, child }) => [parent, child]),
    [['tool', 'grasp_frame']],
  );
});

test('a coupling of the profile counts where the URDF has no mimic; circles give no position', () => {
  const bare = good.map((text) => text.replace(/<mimic[^>]*>/, ''));
  const coupled = { ...profile, coupled_joints: [{ name: 'bend', follows: 'turn', ratio: 2 }] };
  const following = new JointFollowing(parseUrdf(robot(...bare), 'r.urdf'), coupled);
  assert.deepEqual(
    following.missing(
      new Map([
        ['turn', 1],
        ['move', 0],
      ]),
    ),
    [],
  );
  const circle = [...good];
  circle[0] = circle[0].replace('</joint>', '<mimic joint="bend"/></joint>');
  const lost = new JointFollowing(parseUrdf(robot(...circle), 'r.urdf'), profile);
  assert.deepEqual(
    lost.missing(
      new Map([
        ['turn', 1],
        ['bend', 1],
        ['move', 0],
      ]),
    ),
    ['turn', 'bend'],
  );
});

test('a URDF with a fault is refused with its place', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['<robot><link name="a">\n</robot>', /r\.urdf: line 2: /],
    ['<mujoco/>', /r\.urdf: mujoco: is no URDF/],
    [robot(joint('j', 'hinge', 'base', 'arm')), /joint j: type hinge is none of revolute, /],
    [robot(joint('j', 'fixed', 'base', 'amr')), /joint j: no link is called amr; did you mean arm/],
    [robot(joint('j', 'fixed', 'base', 'arm', '<origin xyz="0 0"/>')), /joint j: origin xyz: expected 3 finite numbers, got "0 0"/],
    [robot(joint('j', 'revolute', 'base', 'arm', '<axis xyz="0 0 0"/>')), /joint j: axis: has length 0/],
    [robot(joint('j', 'revolute', 'base', 'arm', '<mimic joint="k"/>')), /joint j: mimics k, which is no joint/],
    [robot('<joint name="j" type="fixed"><child link="arm"/></joint>'), /joint j: has no <parent>/],
    [robot(joint('j', 'fixed', 'base', 'arm'), joint('k', 'fixed', 'tip', 'arm')), /joint k: arm is already the child of j/],
    [robot(joint('j', 'fixed', 'base', 'arm')), /link: expected one root link, found base, slide, tip/],
    [robot(...good, joint('turn', 'fixed', 'base', 'arm')), /joint turn: is defined twice/],
    ['<robot><link name="r"/><link name="a"/><link name="b"/><joint name="j" type="fixed"><parent link="a"/><child link="b"/></joint><joint name="k" type="fixed"><parent link="b"/><child link="a"/></joint></robot>', /link a: is not connected to r/],
  ]; // prettier-ignore
  for (const [text, message] of cases) assert.throws(() => parseUrdf(text, 'r.urdf'), message, text);
});
