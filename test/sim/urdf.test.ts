import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { projectFile } from '../../src/config/paths.js';
import { loadRobotProfile, type RobotProfile } from '../../src/robot/profile.js';
import { disposePhysics, loadPhysics, requireId, type Physics } from '../../src/sim/mujoco.js';
import { seededRandom, uniform, type Random } from '../../src/sim/random.js';
import { loadTool } from '../tools/tool-modules.js';

const urdfFile = projectFile('urdf/graft_humanoid.urdf');
const mjcfFile = projectFile('sim/models/humanoid.xml');
const profile = loadRobotProfile(projectFile('robots/graft_humanoid.yaml'));
let urdf: Physics;
let mjcf: Physics;
before(async () => {
  urdf = await loadPhysics(urdfFile);
  mjcf = await loadPhysics(mjcfFile);
});
after(() => [urdf, mjcf].forEach(disposePhysics));

function names({ mj, model }: Physics, kind: 'body' | 'joint'): string[] {
  const [type, count] = kind === 'body' ? [1, model.nbody] : [3, model.njnt];
  return Array.from({ length: count }, (_, id) => mj.mj_id2name(model, type, id));
}

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

test('every moving link has the mass, centre of mass and inertia of its body', () => {
  // MuJoCo fuses what is fixed: the base becomes part of the world, the head part of the torso.
  const moving = names(urdf, 'body').filter((name) => name !== 'world' && name !== 'torso_link');
  assert.equal(moving.length, names(mjcf, 'joint').length - 1);
  for (const link of moving) {
    const [found, expected] = [urdf, mjcf].map((physics) => massProperties(physics, link));
    assertClose(found, expected, 1e-9, link);
  }
  const mass = (physics: Physics, link: string): number =>
    row(physics, 'body', link, physics.model.body_mass, 1)[0];
  assert.ok(Math.abs(mass(urdf, 'torso_link') - mass(mjcf, 'torso_link') - mass(mjcf, 'head_link')) < 1e-9);
});

/** Puts both models into one pose within the joint limits; coupled joints follow. */
function pose(random: Random): void {
  const driven = new Map(
    profile.joints.map(({ name, lower, upper }) => [name, uniform(random, [lower, upper])]),
  );
  for (const { name, follows, ratio } of profile.coupled_joints)
    driven.set(name, ratio * (driven.get(follows) ?? NaN));
  for (const physics of [urdf, mjcf]) {
    const qpos = physics.data.qpos as Float64Array;
    const address = physics.model.jnt_qposadr as Int32Array;
    for (const [name, angle] of driven) qpos[address[requireId(physics, 'joint', name, 'the test')]] = angle;
    physics.mj.mj_kinematics(physics.model, physics.data);
  }
}

test('hands and fingers are in the same place at 20 random poses', () => {
  const links = names(mjcf, 'body').filter((name) => /_(hand|distal|proximal)_link$/.test(name));
  assert.equal(links.length, 2 * (1 + 2 * 5));
  const random = seededRandom(7);
  for (let i = 0; i < 20; i++) {
    pose(random);
    for (const link of links) {
      const place = (physics: Physics): number[] => [
        ...row(physics, 'body', link, physics.data.xpos, 3),
        ...row(physics, 'body', link, physics.data.xmat, 9),
      ];
      assertClose(place(urdf), place(mjcf), 1e-7, `${link} at pose ${i}`);
    }
  }
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
