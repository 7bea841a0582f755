import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom, sizeOf } from '../../src/engine/index.js';
import { combine, exploringResidual, uniformNoise } from '../../src/policy/combination.js';
import {
  actorShapeOf,
  actorSignature,
  initialActor,
  ResidualActor,
} from '../../src/policy/residual-actor.js';

test('base + residual is clamped to [-1, 1]; a base outside that range may stay, but not go further out', () => {
  const one = (base: number, residual: number): number =>
    combine(Float32Array.of(base), Float32Array.of(residual))[0];
  assert.equal(one(0.5, 0.25), 0.75);
  assert.equal(one(0.75, 0.5), 1);
  assert.equal(one(-0.75, -0.5), -1);
  assert.equal(one(1.5, 0.25), 1.5);
  assert.equal(one(1.5, -0.25), 1.25);
  assert.equal(one(-1.5, -0.25), -1.5);
  assert.equal(one(-1.5, 0.25), -1.25);
});

test('a residual of zero changes nothing, whatever the base', () => {
  const value = fc.float({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), value, (base, residual) => {
      const rows = Float32Array.from(base);
      assert.deepEqual(combine(rows, new Float32Array(base.length)), rows);
      combine(rows, new Float32Array(base.length).fill(residual)).forEach((x, i) =>
        assert.ok(Math.abs(x) <= Math.max(1, Math.abs(base[i]))),
      );
    }),
    { seed: 1 },
  );
});

test('exploration never leaves the bound of the residual; without noise it is the scaled direction', () => {
  const random = createRandom(1);
  const direction = Float32Array.of(-1, -0.5, 0, 0.5, 1);
  assert.deepEqual(exploringResidual(direction, 0.5, 0, random), Float32Array.of(-0.5, -0.25, 0, 0.25, 0.5));
  for (let i = 0; i < 200; i++)
    assert.ok(exploringResidual(direction, 0.1, 0.2, random).every((x) => Math.abs(x) <= Math.fround(0.1)));
  const noise = uniformNoise(1000, 0.04, random);
  assert.ok(noise.every((x) => Math.abs(x) <= 0.04));
  assert.ok(Math.max(...noise) > 0.035 && Math.min(...noise) < -0.035);
});

const shape = { input_size: 3, action_size: 2, hidden_size: 12, layer_norm: true, encoders: [] };
const ask = (actor: ResidualActor): Promise<Float32Array> =>
  actor.direction({ numbers: Float32Array.of(1, -2, 0.5), images: [] }, Float32Array.of(0.3, -0.3), 0.5);

test('a new actor gives a residual of exactly zero', async () => {
  const actor = await ResidualActor.create(shape, initialActor(shape, createRandom(5)));
  assert.deepEqual(Array.from(await ask(actor), Math.abs), [0, 0]);
  await actor.dispose();
});

test('weights that are NaN, of another size, unknown or not all there are refused, and the old ones stay', async () => {
  const weights = initialActor(shape, createRandom(5));
  const last = 'actor/layer2/bias';
  weights[last] = Float32Array.of(0.5, -20);
  const actor = await ResidualActor.create(shape, weights);
  const before = await ask(actor);
  assert.ok(Math.abs(before[0] - Math.tanh(0.5)) < 1e-6 && before[1] >= -1);
  const refuse = (changes: Record<string, Float32Array>, expected: RegExp): void =>
    assert.throws(() => actor.setWeights({ ...weights, ...changes }), expected);
  refuse({ [last]: Float32Array.of(NaN, 0) }, /actor\/layer2\/bias' has NaN at index 0/);
  refuse({ [last]: Float32Array.of(0) }, /has 1 values, expected 2/);
  refuse({ other: Float32Array.of(0) }, /no state 'other'/);
  const partial = Object.fromEntries(
    Object.entries(weights).filter(([name]) => name !== 'actor/layer0/weight'),
  );
  assert.throws(() => actor.setWeights(partial), /weights lack actor\/layer0\/weight/);
  assert.deepEqual(await ask(actor), before);
  actor.setWeights({ ...weights, [last]: Float32Array.of(0, 0) });
  assert.deepEqual(Array.from(await ask(actor), Math.abs), [0, 0]);
  await actor.dispose();
  await assert.rejects(
    ResidualActor.create(shape, { ...weights, [last]: Float32Array.of(Infinity, 0) }),
    /Infinity/,
  );
});

test('the shape of an actor is found from its weights, also whether its layers are normalised', () => {
  for (const layer_norm of [true, false]) {
    const own = { ...shape, layer_norm };
    const sizes = Object.fromEntries(
      Object.entries(actorSignature(own)).map(([name, spec]) => [name, sizeOf(spec.shape)]),
    );
    assert.deepEqual(actorShapeOf(sizes, 3, 2), own);
    assert.throws(() => actorShapeOf(sizes, 4, 2), /no residual actor with 4 inputs and 2 joints/);
  }
});

test('weights of an actor without layer norm are not taken for those of one with it, nor the other way', async () => {
  const plain = { ...shape, layer_norm: false };
  const [normalised, other] = [initialActor(shape, createRandom(5)), initialActor(plain, createRandom(5))];
  for (const weights of [normalised, other]) {
    const last = Object.keys(weights).find((name) => name.endsWith('layer2/weight')) ?? '';
    weights[last].fill(0.1);
  }
  const actor = await ResidualActor.create(shape, normalised);
  const without = await ResidualActor.create(plain, other);
  assert.notDeepEqual(await ask(actor), await ask(without));
  assert.throws(() => actor.setWeights(other), /weights lack actor\/layer0\/weight/);
  assert.throws(() => without.setWeights(normalised), /weights lack actor\/plain\/layer0\/weight/);
  await actor.dispose();
  await without.dispose();
});
