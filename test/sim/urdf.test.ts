import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFile } from '../../src/config/paths.js';
import {
  checkProfileAgainstUrdf,
  framePoses,
  JointFollowing,
  staticTransforms,
} from '../../src/robot/kinematic-tree.js';
import { rotationMatrix } from '../../src/robot/pose.js';
import { loadRobotProfile, type RobotProfile } from '../../src/robot/profile.js';
import { readUrdf } from '../../src/robot/urdf.js';
import { disposePhysics, loadPhysics, requireId, type Physics } from '../../src/sim/mujoco.js';
import { seededRandom, uniform, type Random } from '../../src/sim/random.js';
import { loadTool } from '../tools/tool-modules.js';

const urdfFile = projectFile('urdf/graft_humanoid.urdf');
const mjcfFile = projectFile('sim/models/humanoid.xml');
const profile = loadRobotProfile(projectFile('robots/graft_humanoid.yaml'));
const description = readUrdf(urdfFile);
const folder = mkdtempSync(join(tmpdir(), 'graft-urdf-'));
let urdf: Physics;
let mjcf: Physics;
before(async () => {
  // MuJoCo fuses links that are fixed to each other, which hides them, unless it is told otherwise.
  const unfused = join(folder, 'unfused.urdf');
  const compiler = '<mujoco><compiler fusestatic="false"/></mujoco>';
  writeFileSync(unfused, description.text.replace('</robot>', `${compiler}</robot>`));
  urdf = await loadPhysics(unfused);
  mjcf = await loadPhysics(mjcfFile);
});
after(() => {
  [urdf, mjcf].forEach(disposePhysics);
  rmSync(folder, { recursive: true });
});

function names({ mj, model }: Physics, kind: 'body' | 'joint'): string[] {
  const [type, count] = kind === 'body' ? [1, model.nbody] : [3, model.njnt];
  return Array.from({ length: count }, (_, id) => mj.mj_id2name(model, type, id));
}

/** The links of the robot: all bodies of the MJCF but the world. */
const links = (): string[] => names(mjcf, 'body').filter((name) => name !== 'world');

/** One row of a model's array for a named body or joint. */
function row(
  physics: Physics,
  kind: 'body' | 'joint',
  name: string,
  array: unknown,
  width: number,
): number[] {
  const id = requireId(physics, kind, name, 'the test');
  return [...(array as Float64Array).slice(width * id, width * (id + 1))];
}

function assertClose(found: number[], expected: number[], tolerance: number, what: string): void {
  expected.forEach((value, i) =>
    assert.ok(
      Math.abs(found[i] - value) <= tolerance,
      `${what}: ${found.join(', ')} is not ${expected.join(', ')}`,
    ),
  );
}

test('the file is what the generator makes of the model and the profile', async () => {
  type Tool = { robotDescription: (physics: Physics, profile: RobotProfile) => string };
  const { robotDescription } = await loadTool<Tool>('urdf/robot-description.mjs');
  assert.equal(
    readFileSync(urdfFile, 'utf8'),
    robotDescription(mjcf, profile),
    'make it again: npm run build && node tools/urdf/generate.mjs',
  );
});

test('joints, axes, limits and damping are those of the model', () => {
  assert.deepEqual(names(urdf, 'joint'), names(mjcf, 'joint'));
  for (const joint of names(mjcf, 'joint')) {
    const of = (physics: Physics, array: unknown, width: number): number[] =>
      row(physics, 'joint', joint, array, width);
    assert.deepEqual(of(urdf, urdf.model.jnt_range, 2), of(mjcf, mjcf.model.jnt_range, 2), `${joint}: range`);
    assert.deepEqual(of(urdf, urdf.model.jnt_axis, 3), of(mjcf, mjcf.model.jnt_axis, 3), `${joint}: axis`);
    // One degree of freedom per joint: joint and degree of freedom have the same id.
    assert.deepEqual(
      of(urdf, urdf.model.dof_damping, 1),
      of(mjcf, mjcf.model.dof_damping, 1),
      `${joint}: damping`,
    );
  }
});

/** Mass, centre of mass, and the inertia tensor about it in the link's frame, row by row: kg, m, kg m^2. */
function massProperties(physics: Physics, link: string): number[] {
  const { mj, model } = physics;
  const of = (array: unknown, width: number): number[] => row(physics, 'body', link, array, width);
  const buffer = new mj.DoubleBuffer(9);
  mj.mju_quat2Mat(buffer, of(model.body_iquat, 4));
  const turn = [...(buffer.GetView() as Float64Array)];
  buffer.delete();
  const principal = of(model.body_inertia, 3);
  const tensor = Array.from({ length: 9 }, (_, at) => {
    const [i, j] = [Math.floor(at / 3), at % 3];
    return principal.reduce((sum, value, k) => sum + turn[3 * i + k] * value * turn[3 * j + k], 0);
  });
  return [...of(model.body_mass, 1), ...of(model.body_ipos, 3), ...tensor];
}

test('every link has the mass, centre of mass and inertia of its body', () => {
  const frames = [...profile.frames, ...profile.cameras].map(({ frame }) => frame);
  assert.deepEqual(
    new Set(names(urdf, 'body').filter((name) => !frames.includes(name))),
    new Set(['world', ...links()]),
  );
  for (const link of links()) {
    const [found, expected] = [urdf, mjcf].map((physics) => massProperties(physics, link));
    assertClose(found, expected, 1e-9, link);
  }
});

/** Positions of all joints within the limits of the actuated ones; coupled joints follow. */
function randomPositions(random: Random): Map<string, number> {
  const positions = new Map(
    profile.joints.map(({ name, lower, upper }) => [name, uniform(random, [lower, upper])]),
  );
  for (const { name, follows, ratio } of profile.coupled_joints)
    positions.set(name, ratio * (positions.get(follows) ?? NaN));
  return positions;
}

function setPositions(physics: Physics, positions: ReadonlyMap<string, number>): void {
  const qpos = physics.data.qpos as Float64Array;
  const address = physics.model.jnt_qposadr as Int32Array;
  for (const [name, position] of positions)
    qpos[address[requireId(physics, 'joint', name, 'the test')]] = position;
  physics.mj.mj_kinematics(physics.model, physics.data);
}

/** Position, m, and rotation matrix of bodies or sites in the world frame, 12 numbers each. */
function poseReader(physics: Physics, kind: 'body' | 'site', named: readonly string[]): () => number[][] {
  const ids = named.map((name) => requireId(physics, kind, name, 'the test'));
  return () => {
    const { data } = physics;
    const place = (kind === 'body' ? data.xpos : data.site_xpos) as Float64Array;
    const turn = (kind === 'body' ? data.xmat : data.site_xmat) as Float64Array;
    return ids.map((id) => [...place.slice(3 * id, 3 * id + 3), ...turn.slice(9 * id, 9 * id + 9)]);
  };
}

test('every link is in the same place at 200 random poses', () => {
  const readers = [urdf, mjcf].map((physics) => poseReader(physics, 'body', links()));
  const random = seededRandom(7);
  for (let i = 0; i < 200; i++) {
    const positions = randomPositions(random);
    for (const physics of [urdf, mjcf]) setPositions(physics, positions);
    const [found, expected] = readers.map((read) => read());
    links().forEach((link, at) => assertClose(found[at], expected[at], 1e-6, `${link} at pose ${i}`));
  }
});

test('grasp and optical frames are where the sites and cameras of the model are', () => {
  setPositions(urdf, randomPositions(seededRandom(3)));
  setPositions(mjcf, randomPositions(seededRandom(3)));
  mjcf.mj.mj_camlight(mjcf.model, mjcf.data);
  const tcps = profile.frames.map(({ frame }) => frame);
  const sites = poseReader(
    mjcf,
    'site',
    profile.frames.map(({ name }) => name),
  )();
  poseReader(urdf, 'body', tcps)().forEach((found, i) => assertClose(found, sites[i], 1e-6, tcps[i]));
  for (const { name, frame } of profile.cameras) {
    const [found] = poseReader(urdf, 'body', [frame])();
    const id = requireId(mjcf, 'camera', name, 'the test');
    const at = (mjcf.data.cam_xpos as Float64Array).slice(3 * id, 3 * id + 3);
    const m = (mjcf.data.cam_xmat as Float64Array).slice(9 * id, 9 * id + 9);
    // A MuJoCo camera looks along -z with y up; REP-103: z forward, y down.
    const optical = [...m].map((value, i) => (i % 3 === 0 ? value : -value));
    assertClose(found, [...at, ...optical], 1e-6, frame);
  }
});

test('transforms out of URDF and actuated joints put every frame where MuJoCo has it', () => {
  const fixed = staticTransforms(description, profile);
  const following = new JointFollowing(description, profile);
  const frames = description.links.filter((link) => link !== 'world');
  const read = poseReader(urdf, 'body', frames);
  const random = seededRandom(5);
  for (let i = 0; i < 20; i++) {
    const positions = randomPositions(random);
    setPositions(urdf, positions);
    const actuated = new Map(profile.joints.map(({ name }) => [name, positions.get(name) ?? NaN]));
    const poses = framePoses(description.root, [...fixed, ...following.transforms(actuated)]);
    assert.equal(poses.size, description.links.length);
    read().forEach((expected, at) => {
      const pose = poses.get(frames[at]);
      assert.ok(pose, frames[at]);
      const found = [...pose.position, ...rotationMatrix(pose.orientation)];
      assertClose(found, expected, 1e-6, `${frames[at]} at pose ${i}`);
    });
  }
});

test('the profile fits its URDF, and one that does not is named', () => {
  checkProfileAgainstUrdf(profile, description);
  const [first, ...rest] = profile.joints;
  const joints = [{ ...first, name: 'waist_jaw_joint' }, ...rest];
  assert.throws(
    () => checkProfileAgainstUrdf({ ...profile, joints }, description),
    /graft_humanoid\.yaml: joints\.waist_jaw_joint: .*\.urdf has no movable joint .*did you mean waist_yaw_joint/,
  );
  const cameras = [{ name: 'eye', link: 'head_link', frame: 'eye_frame', image: '', info: '' }];
  assert.throws(
    () => checkProfileAgainstUrdf({ ...profile, cameras }, description),
    /cameras\.eye: no origin is given, and: .*has no link eye_frame/,
  );
});

test('coupled joints mimic theirs, and ros2_control commands the actuated joints in the order of the profile', () => {
  const text = readFileSync(urdfFile, 'utf8');
  const mimics = [
    ...text.matchAll(
      /<joint name="(\w+)" type="revolute">(?:(?!<\/joint>)[^])*<mimic joint="(\w+)" multiplier="([\d.]+)"/g,
    ),
  ];
  assert.deepEqual(
    mimics.map(([, name, follows, ratio]) => ({ name, follows, ratio: Number(ratio) })).sort(byName),
    [...profile.coupled_joints].sort(byName),
  );
  const control = text.slice(text.indexOf('<ros2_control'));
  const commanded = [...control.matchAll(/<joint name="(\w+)">\s*<command_interface name="position">/g)];
  assert.deepEqual(
    commanded.map(([, name]) => name),
    profile.joints.map(({ name }) => name),
  );
});

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
