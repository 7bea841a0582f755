import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, sizeOf, type Values } from '../../src/engine/index.js';
import {
  GatedResidual,
  gatedShapeOf,
  gatedWeights,
  isTrusted,
  RecentShare,
} from '../../src/policy/gated-residual.js';
import { actorSignature, initialActor } from '../../src/policy/residual-actor.js';
import { criticSignature } from '../../src/policy/residual-critic.js';
import { alikeCritics } from './alike-critics.js';

const shape = { input_size: 3, action_size: 2, hidden_size: 12, layer_norm: true, encoders: [], num_q: 0 };
const input = { numbers: Float32Array.of(1, -2, 0.5), images: [] };
const ask = async (residual: GatedResidual, gate_deviations = 0): Promise<Float32Array> => {
  const settings = { action_scale: 0.5, gate_deviations };
  return (await residual.act(input, Float32Array.of(0.3, -0.3), 0.5, settings)).direction;
};

test('a new actor gives a residual of exactly zero', async () => {
  const actor = await GatedResidual.create(shape, initialActor(shape, createRandom(5)));
  assert.deepEqual(Array.from(await ask(actor), Math.abs), [0, 0]);
  await actor.dispose();
});

test('weights that are NaN, of another size, unknown or not all there are refused, and the old ones stay', async () => {
  const weights = initialActor(shape, createRandom(5));
  const last = 'actor/layer2/bias';
  weights[last] = Float32Array.of(0.5, -20);
  const actor = await GatedResidual.create(shape, weights);
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
    GatedResidual.create(shape, { ...weights, [last]: Float32Array.of(Infinity, 0) }),
    /Infinity/,
  );
});

test('the shape of an actor is found from its weights, also whether its layers are normalised', () => {
  for (const layer_norm of [true, false]) {
    const own = { ...shape, layer_norm };
    const sizes = Object.fromEntries(
      Object.entries(actorSignature(own)).map(([name, spec]) => [name, sizeOf(spec.shape)]),
    );
    assert.deepEqual(gatedShapeOf(sizes, 3, 2), own);
    assert.throws(() => gatedShapeOf(sizes, 4, 2), /no residual actor with 4 inputs and 2 joints/);
  }
});

test('weights of an actor without layer norm are not taken for those of one with it, nor the other way', async () => {
  const plain = { ...shape, layer_norm: false };
  const [normalised, other] = [initialActor(shape, createRandom(5)), initialActor(plain, createRandom(5))];
  for (const weights of [normalised, other]) {
    const last = Object.keys(weights).find((name) => name.endsWith('layer2/weight')) ?? '';
    weights[last].fill(0.1);
  }
  const actor = await GatedResidual.create(shape, normalised);
  const without = await GatedResidual.create(plain, other);
  assert.notDeepEqual(await ask(actor), await ask(without));
  assert.throws(() => actor.setWeights(other), /weights lack actor\/layer0\/weight/);
  assert.throws(() => without.setWeights(normalised), /weights lack actor\/plain\/layer0\/weight/);
  await actor.dispose();
  await without.dispose();
});

test('a residual is trusted where the critics agree that it is better than none', () => {
  assert.equal(isTrusted(new Float32Array(), 3), true, 'without critics');
  assert.equal(isTrusted(Float32Array.of(0.2, 0.3, 0.1), 1), true);
  assert.equal(isTrusted(Float32Array.of(0.2, 0.3, -0.4), 0), true, 'better on average');
  assert.equal(isTrusted(Float32Array.of(0.2, 0.3, -0.4), 1), false, 'but not by one deviation');
  assert.equal(isTrusted(Float32Array.of(-0.2, -0.2), 0), false, 'worse');
  assert.equal(isTrusted(new Float32Array(10), 1), false, 'not better than none');
  assert.equal(isTrusted(Float32Array.of(0.1, NaN), 0), false, 'opinions that are not numbers');
});

const critics = { ...shape, num_q: 4 };

/** An actor with a constant residual, and critics that are alike. */
function judged(residual: readonly number[], slopes: readonly number[]): Values {
  const actor = initialActor(shape, createRandom(5));
  return {
    ...actor,
    ...alikeCritics(critics, slopes),
    'actor/layer2/bias': Float32Array.from(residual, Math.atanh),
  };
}

test('the gate lets the residual through where all critics hold it to be better, and gives exactly zero elsewhere', async () => {
  const residual = [0.5, -0.25];
  const all = await GatedResidual.create(critics, judged(residual, [1, 1, 1, 1]));
  const none = await GatedResidual.create(critics, judged(residual, [-1, -1, -1, -1]));
  const split = await GatedResidual.create(critics, judged(residual, [1, 1, 1, -0.9]));
  const settings = { action_scale: 0.5, gate_deviations: 1 };
  const base = Float32Array.of(0.3, -0.3);
  const [first, second] = [
    await all.act(input, base, 0.5, settings),
    await none.act(input, base, 0.5, settings),
  ];
  assert.notEqual(first.open, second.open, 'heads of opposite sign are of opposite opinion');
  const [opened, closed] = first.open ? [first, second] : [second, first];
  opened.direction.forEach((value, i) => assert.ok(Math.abs(value - residual[i]) < 1e-6));
  assert.deepEqual(closed.direction, new Float32Array(2));
  const doubted = await split.act(input, base, 0.5, settings);
  assert.equal(doubted.open, false, 'one critic in four disagrees');
  for (const gated of [all, none, split]) await gated.dispose();
});

test('where the clamp leaves nothing of a residual there is nothing to be better: the gate is closed', async () => {
  const gated = await GatedResidual.create(critics, judged([0.5, 0.5], [1, 1, 1, 1]));
  const settings = { action_scale: 0.5, gate_deviations: 0 };
  assert.equal((await gated.act(input, Float32Array.of(1, 1.5), 0.5, settings)).open, false);
  await gated.dispose();
});

test('the averaged actor acts where there is one; critics go along where they are wanted', () => {
  const one = Float32Array.of(1);
  const tensors = {
    'actor/a': one,
    'target_actor/a': Float32Array.of(2),
    'critic/b': one,
    'target_critic/b': one,
  };
  assert.deepEqual(gatedWeights(tensors, false), { 'actor/a': Float32Array.of(2) });
  assert.deepEqual(gatedWeights(tensors, true), { 'actor/a': Float32Array.of(2), 'critic/b': one });
  assert.deepEqual(gatedWeights({ 'actor/a': one, 'actor_adam/m/actor/a': one }, true), { 'actor/a': one });
});

test('the number of critics is found from the weights', () => {
  const signature = { ...actorSignature(critics), ...criticSignature(critics) };
  const sizes = Object.fromEntries(
    Object.entries(signature).map(([name, spec]) => [name, sizeOf(spec.shape)]),
  );
  assert.deepEqual(gatedShapeOf(sizes, 3, 2), critics);
});

test('a recent share is the mean at first, and forgets after about a thousand events', () => {
  const share = new RecentShare();
  assert.equal(share.value, 0);
  [true, false, true, true].forEach((event) => share.add(event));
  assert.equal(share.value, 0.75);
  for (let i = 0; i < 10000; i++) share.add(false);
  assert.ok(share.value < 1e-3);
});
