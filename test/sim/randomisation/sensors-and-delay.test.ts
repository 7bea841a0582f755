import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrackedFrame } from '../../../src/robot/tracked-frames.js';
import { CommandDelay, delaySteps } from '../../../src/sim/randomisation/command-delay.js';
import type { Domain } from '../../../src/sim/randomisation/domain.js';
import { Randomisation } from '../../../src/sim/randomisation/randomisation.js';
import { SensorModel, type Readings } from '../../../src/sim/randomisation/sensor-model.js';
import { scene, scenePhysics } from './scene.js';

const joints = ['elbow', 'wrist'];
const truth: Readings = {
  positions: Float64Array.of(0.5, -1),
  velocities: Float64Array.of(2, 3),
  frames: new Map<string, TrackedFrame>([
    ['object', { position: [1, 2, 3], orientation: [0, 0, 0, 1], linear: [0, 0, 0], angular: [0, 0, 0] }],
    ['tool', { position: [0, 0, 1], orientation: [0, 0, 0, 1] }],
  ]),
};

function domain(values: Readonly<Record<string, number>>): Domain {
  return { names: Object.keys(values), values: Float64Array.from(Object.values(values)) };
}

function sensors(values: Readonly<Record<string, number>>): SensorModel {
  const model = new SensorModel(joints, ['object', 'tool']);
  model.reset(domain(values));
  return model;
}

test('perfect sensors hand the truth on untouched', () => {
  const model = new SensorModel(joints, ['object']);
  const targets = Float64Array.of(1, 2);
  assert.equal(model.measure(truth), truth);
  assert.equal(model.executed(targets), targets);
  assert.equal(sensors({ 'mass.crate': 2 }).measure(truth), truth);
});

test('an offset adds to what is measured and is taken off what is commanded', () => {
  const model = sensors({ 'joint_offset.wrist': 0.25 });
  const { positions, velocities, frames } = model.measure(truth);
  assert.deepEqual(positions, Float64Array.of(0.5, -0.75));
  assert.equal(velocities, truth.velocities);
  assert.equal(frames, truth.frames);
  assert.deepEqual(
    model.executed(Float64Array.of(0.5, -0.75)),
    truth.positions,
    'what is read is what is commanded',
  );
  model.reset();
  assert.equal(model.measure(truth), truth);
});

test('noise has the deviations of the domain and touches nothing else', () => {
  const model = sensors({
    'noise.joint_position': 0.01,
    'noise.object.position': 0.002,
    'noise.object.rotation': 0.05,
    'noise.object.velocity': 0.1,
    'noise.seed': 1,
  });
  const samples = Array.from({ length: 3000 }, () => model.measure(truth));
  const deviation = (value: (readings: Readings) => number): number =>
    Math.sqrt(samples.reduce((sum, sample) => sum + value(sample) ** 2, 0) / samples.length);
  const close = (actual: number, expected: number): void =>
    assert.ok(Math.abs(actual / expected - 1) < 0.06, `${actual}, expected ${expected}`);
  const object = (readings: Readings): Extract<TrackedFrame, { linear: unknown }> => {
    const frame = readings.frames.get('object');
    assert.ok(frame !== undefined && 'linear' in frame);
    return frame;
  };
  close(
    deviation(({ positions }) => positions[1] + 1),
    0.01,
  );
  close(
    deviation((readings) => object(readings).position[2] - 3),
    0.002,
  );
  close(
    deviation((readings) => 2 * Math.asin(object(readings).orientation[0])),
    0.05,
  );
  close(
    deviation((readings) => object(readings).linear[1]),
    0.1,
  );
  assert.deepEqual(samples[0].velocities, truth.velocities);
  assert.deepEqual(object(samples[0]).angular, [0, 0, 0]);
  assert.deepEqual(samples[0].frames.get('tool'), truth.frames.get('tool'));
});

test('the same noise seed gives the same readings, another one others', () => {
  const values = { 'noise.joint_position': 0.01, 'noise.seed': 5 };
  const [a, b] = [sensors(values), sensors(values)];
  const first = [a.measure(truth), a.measure(truth)];
  assert.deepEqual([b.measure(truth), b.measure(truth)], first);
  assert.notDeepEqual(first[0], first[1]);
  a.reset(domain(values));
  assert.deepEqual(a.measure(truth), first[0]);
  assert.notDeepEqual(sensors({ ...values, 'noise.seed': 6 }).measure(truth), first[0]);
});

/** What is in force at each of `substeps` physics steps of each command. */
function inForce(delay: CommandDelay, commands: readonly number[], substeps: number): number[] {
  let current = 0;
  return commands.flatMap((command) => {
    delay.push(Float64Array.of(command));
    return Array.from({ length: substeps }, () => (current = delay.next()?.[0] ?? current));
  });
}

test('a command takes effect exactly so many physics steps later, also beyond a control period', () => {
  const delay = new CommandDelay();
  assert.deepEqual(inForce(delay, [1, 2], 3), [1, 1, 1, 2, 2, 2]);
  delay.reset(2);
  assert.deepEqual(inForce(delay, [1, 2], 3), [0, 0, 1, 1, 1, 2]);
  delay.reset(4);
  assert.deepEqual(inForce(delay, [1, 2, 3], 3), [0, 0, 0, 0, 1, 1, 1, 2, 2]);
  delay.reset(0);
  assert.deepEqual(inForce(delay, [7], 2), [7, 7], 'a reset forgets what was under way');
});

test('a delay copies its commands, keeps the last of several, and says nothing in between', () => {
  const delay = new CommandDelay();
  delay.reset(1);
  const targets = Float64Array.of(1);
  delay.push(targets);
  targets[0] = 9;
  delay.push(Float64Array.of(2));
  assert.equal(delay.next(), undefined);
  assert.deepEqual(delay.next(), Float64Array.of(2));
  assert.equal(delay.next(), undefined);
  assert.throws(() => delay.reset(0.5), /expected a whole number/);
  assert.throws(() => delay.reset(-1), /expected a whole number/);
});

test('a latency is rounded to physics steps', () => {
  assert.deepEqual(
    [0, 0.0019, 0.0021, 0.04].map((latency) => delaySteps(latency, 0.004)),
    [0, 0, 1, 10],
  );
});

test('latency in MuJoCo: an actuator starts so many physics steps later', async (t) => {
  const physics = await scenePhysics(t);
  const { mj, model, data } = physics;
  const randomisation = new Randomisation({ latency_s: [0.015, 0.0165] }, physics, scene);
  const onset = (seed: number | undefined): number => {
    randomisation.begin(seed === undefined ? undefined : randomisation.draw(seed));
    mj.mj_resetData(model, data);
    randomisation.delay.push(Float64Array.of(0, 1));
    for (let i = 0; i < 50; i++) {
      const targets = randomisation.delay.next();
      if (targets !== undefined) (data.ctrl as Float64Array).set(targets);
      mj.mj_step(model, data);
      if ((data.actuator_force as Float64Array)[1] > 0.5) return i;
    }
    return -1;
  };
  assert.equal(onset(undefined), 0);
  assert.equal(onset(3), 8);
  assert.equal(onset(undefined), 0);
});

test('an episode begins with its domain, a recorded one too, and without one is nominal again', async (t) => {
  const physics = await scenePhysics(t);
  const spec = { mass: { crate: [2, 3] }, noise: { joint_position_rad: 0.01 } } as const;
  const randomisation = new Randomisation(spec, physics, scene);
  const mass = (): number => (physics.model.body_mass as Float64Array)[1];
  const drawn = randomisation.draw(8);
  randomisation.begin(drawn);
  const [heavy, read] = [mass(), randomisation.sensors.measure(truth)];
  assert.ok(heavy >= 2 && heavy < 3);
  randomisation.begin(undefined);
  assert.equal(mass(), 1);
  assert.equal(randomisation.sensors.measure(truth), truth);
  randomisation.begin(randomisation.recorded([...drawn.names], Array.from(drawn.values)));
  assert.equal(mass(), heavy);
  assert.deepEqual(randomisation.sensors.measure(truth), read);
});
