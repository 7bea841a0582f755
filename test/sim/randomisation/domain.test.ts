import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../src/sim/random.js';
import { compileRandomisation } from '../../../src/sim/randomisation/compile.js';
import { DomainModel } from '../../../src/sim/randomisation/domain-model.js';
import {
  domainFrom,
  domainValue,
  drawDomain,
  seedParameter,
  type CompiledRandomisation,
} from '../../../src/sim/randomisation/domain.js';
import type { RandomisationSpec } from '../../../src/sim/randomisation/spec.js';
import { checkAgainst, loadSchema } from '../../../src/config/schema.js';
import { randomisedScene } from '../../../src/sim/randomisation/task-scene.js';
import { scene, scenePhysics } from './scene.js';

const two: CompiledRandomisation = [
  { name: 'mass.a', bounds: [0.5, 1.5] },
  { name: 'latency', bounds: [0, 0.04] },
  seedParameter('noise.seed'),
];

test('the same seed draws the same domain, other seeds others, within the bounds and over all of them', () => {
  assert.deepEqual(drawDomain(two, 3), drawDomain(two, 3));
  const draws = Array.from({ length: 4000 }, (_, seed) => drawDomain(two, seed).values);
  for (const [k, [lower, upper]] of two.map(({ bounds }) => bounds).entries()) {
    const shares = draws.map((values) => (values[k] - lower) / (upper - lower));
    assert.ok(shares.every((share) => share >= 0 && share < 1));
    assert.equal(new Set(shares).size, draws.length);
    const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    assert.ok(Math.abs(mean(shares) - 0.5) < 0.02, `mean ${mean(shares)}`);
    assert.ok(Math.abs(mean(shares.map((share) => (share - 0.5) ** 2)) - 1 / 12) < 0.005);
    // Neighbouring seeds, and the first number of the reset's stream, have nothing to do with it.
    const product = (others: number[]): number =>
      mean(shares.map((s, i) => (s - 0.5) * (others[i] - 0.5))) * 12;
    assert.ok(Math.abs(product(shares.slice(1).concat(shares[0]))) < 0.06);
    assert.ok(Math.abs(product(draws.map((_, seed) => seededRandom(seed)()))) < 0.06);
  }
  const mass = draws.map((values) => values[0] - 1);
  const latency = draws.map((values) => values[1] / 0.04 - 0.5);
  assert.ok(Math.abs(mass.reduce((sum, value, i) => sum + value * latency[i], 0) / mass.length) * 12 < 0.06);
});

test('a task that randomises more draws the same for what it had', () => {
  const more: CompiledRandomisation = [{ name: 'mass.b', bounds: [1, 2] }, ...two];
  for (const name of ['mass.a', 'latency', 'noise.seed'])
    assert.equal(domainValue(drawDomain(more, 9), name, 0), domainValue(drawDomain(two, 9), name, 1));
});

test('a seed is a whole number of 32 bits', () => {
  const seed = domainValue(drawDomain(two, 4), 'noise.seed', -1);
  assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
});

const full: RandomisationSpec = {
  mass: { object: [0.7, 1.3], '*': [0.9, 1.1] },
  friction: { all: [0.5, 1], world: [0.9, 1] },
  actuator_gain: { elbow: [0.9, 1.1] },
  actuator_damping: { all: [0.9, 1.1] },
  latency_s: [0, 0.04],
  joint_offset_rad: { 'w*': [-0.01, 0.01] },
  noise: { joint_position_rad: 0.001, frames: { object: { position_m: 0.002 } } },
  camera: { eye: { position_m: 0.01, rotation_rad: 0.02, fovy: [0.95, 1.05], delay_s: [0, 0.1] } },
  light: { '#1': { brightness: [0.5, 1.5] }, key: { direction_rad: 0.1 } },
  colour: { ball: [0.8, 1.2] },
  texture: {
    '*l*': { contrast: [0, 0.5], size_m: [0.1, 0.2] },
    object: { contrast: [0, 0], size_m: [1, 1] },
  },
};

test('the whole section compiles: frames stand for the bodies of all variants, patterns for each match', async (t) => {
  checkAgainst('randomisation', loadSchema('randomisation'), structuredClone(full), 'task.yaml');
  const parameters = compileRandomisation(full, await scenePhysics(t), scene);
  assert.deepEqual(
    parameters.map(({ name }) => name),
    [
      'mass.crate', 'mass.ball', 'mass.arm', 'mass.wrist', 'friction.all', 'friction.world', 'actuator_gain.elbow',
      'actuator_damping.all', 'latency', 'joint_offset.wrist', 'noise.joint_position', 'noise.object.position', 'noise.seed',
      'camera.eye.x', 'camera.eye.y', 'camera.eye.z', 'camera.eye.rx', 'camera.eye.ry', 'camera.eye.rz',
      'camera.eye.fovy', 'camera.eye.delay', 'light.key.rx', 'light.key.ry', 'light.key.rz', 'light.#1.brightness',
      'colour.ball.r', 'colour.ball.g', 'colour.ball.b', 'texture.world.contrast', 'texture.world.size', 'texture.world.seed',
      'texture.crate.contrast', 'texture.crate.size', 'texture.crate.seed', 'texture.ball.contrast', 'texture.ball.size',
      'texture.ball.seed',
    ],
  ); // prettier-ignore
  assert.deepEqual(parameters[0].bounds, [0.9, 1.1], 'the later entry counts');
  const constant = parameters.find(({ name }) => name === 'noise.object.position');
  assert.deepEqual(constant?.bounds, [0.002, 0.002]);
});

test('the order of entries decides: a name after a pattern replaces it', async (t) => {
  const spec = { mass: { '*': [0.9, 1.1], ball: [2, 2] } } as const;
  const parameters = compileRandomisation(spec, await scenePhysics(t), scene);
  assert.deepEqual(
    parameters.map(({ bounds }) => bounds[0]),
    [0.9, 2, 0.9, 0.9],
  );
});

test('unknown names and reversed ranges are refused with the key and a suggestion', async (t) => {
  const physics = await scenePhysics(t);
  const cases: [RandomisationSpec, RegExp][] = [
    [{ mass: { crte: [1, 2] } }, /task\.yaml: randomisation\.mass\.crte: unknown; did you mean crate\?/],
    [{ mass: { obejct: [1, 2] } }, /did you mean object\?/],
    [{ mass: { world: [1, 2] } }, /randomisation\.mass\.world: unknown; the names are all, object, crate/],
    [{ mass: { tool: [1, 2] } }, /randomisation\.mass\.tool: unknown/],
    [{ friction: { 'left_*': [1, 2] } }, /friction\.left_\*: matches none of all, object, world/],
    [{ actuator_gain: { elbw: [1, 2] } }, /did you mean elbow\?/],
    [{ joint_offset_rad: { all: [0, 0.1] } }, /joint_offset_rad\.all: unknown; the names are elbow, wrist/],
    [{ noise: { frames: { tol: { position_m: 1 } } } }, /noise\.frames\.tol: unknown; did you mean tool\?/],
    [{ camera: { eyes: {} } }, /randomisation\.camera\.eyes: unknown; did you mean eye\?/],
    [{ light: { kye: {} } }, /randomisation\.light\.kye: unknown; did you mean key\?/],
    [{ mass: { ball: [2, 1] } }, /randomisation\.mass\.ball: lower 2 is above upper 1/],
    [{ latency_s: [0.1, 0] }, /randomisation\.latency_s: lower 0\.1 is above upper 0/],
    [{ camera: { eye: { fovy: [2, 1] } } }, /randomisation\.camera\.eye\.fovy: lower 2/],
    [{ light: { key: { brightness: [2, 1] } } }, /randomisation\.light\.key\.brightness: lower 2/],
    [{ camera: { eye: { delay_s: [0.1, 0] } } }, /randomisation\.camera\.eye\.delay_s: lower 0\.1/],
    [
      { texture: { bal: { contrast: [0, 1], size_m: [1, 1] } } },
      /texture\.bal: unknown; did you mean ball\?/,
    ],
    [
      { texture: { ball: { contrast: [1, 0], size_m: [1, 1] } } },
      /texture\.ball\.contrast: lower 1 is above/,
    ],
    [{ texture: { all: { contrast: [0, 1], size_m: [2, 1] } } }, /texture\.all\.size_m: lower 2 is above/],
  ];
  for (const [spec, message] of cases)
    assert.throws(() => compileRandomisation(spec, physics, scene), message);
});

test('the schema refuses what makes no sense', () => {
  const check = (value: unknown): void =>
    checkAgainst('randomisation', loadSchema('randomisation'), value, 'task.yaml');
  assert.throws(() => check({ masses: {} }), /masses: unknown key; did you mean mass\?/);
  assert.throws(() => check({ mass: { ball: [0, 1] } }), /mass\.ball\.0/);
  assert.throws(() => check({ mass: { ball: 1.2 } }), /mass\.ball/);
  assert.throws(() => check({ latency_s: [-0.1, 0] }), /latency_s\.0/);
  assert.throws(() => check({ noise: { joint_position_rad: -1 } }), /noise\.joint_position_rad/);
  assert.throws(() => check({ camera: { eye: { fov: [1, 1] } } }), /did you mean fovy\?/);
  assert.throws(
    () => check({ camera: { eye: { delay_s: [0, 2] } } }),
    /task\.yaml: .*camera\.eye\.delay_s\.1/,
  );
  const size_m = [0.1, 0.2];
  assert.throws(() => check({ texture: { ball: { size_m } } }), /task\.yaml: .*texture\.ball.*contrast/);
  assert.throws(() => check({ texture: { ball: { contrast: [0, 1.5], size_m } } }), /ball\.contrast\.1/);
  assert.throws(() => check({ texture: { ball: { contrast: [0, 1], size_m: [0, 1] } } }), /ball\.size_m\.0/);
});

test('a recorded domain is taken as it is, and a wrong one refused by name', async (t) => {
  const physics = await scenePhysics(t);
  const { names: known } = new DomainModel(physics, scene);
  const drawn = drawDomain(compileRandomisation(full, physics, scene), 11);
  assert.deepEqual(domainFrom(drawn.names, drawn.values, known), drawn);
  assert.throws(
    () => domainFrom(['mass.crte'], [1], known),
    /domain: mass\.crte: the simulation has no such number; did you mean mass\.crate\?/,
  );
  assert.throws(() => domainFrom(['mass.crate'], [1, 2], known), /1 names for 2 values/);
  assert.throws(() => domainFrom(['mass.crate'], [Number.NaN], known), /mass\.crate: is NaN/);
  assert.throws(() => domainFrom(['latency', 'latency'], [1, 1], known), /latency: is there twice/);
});

test('a frame of a task stands for its bodies in all variants, a site for none', () => {
  const frames = { object: { body: 'can' }, goal: { site: 'bin' } };
  const other = { object: { body: 'bottle' }, goal: { site: 'crate' } };
  const task = {
    file: 'task.yaml',
    frames,
    variants: [
      { name: 'can', frames },
      { name: 'bottle', frames: other },
    ],
    robot: { joints: [{ name: 'elbow' }] },
  };
  assert.deepEqual(randomisedScene(task), {
    file: 'task.yaml',
    frames: new Map([
      ['object', ['can', 'bottle']],
      ['goal', []],
    ]),
    joints: ['elbow'],
  });
});
