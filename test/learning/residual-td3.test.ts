import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, type EngineKind, type Values } from '../../src/engine/index.js';
import { td3Initial, td3Signature, type Td3Settings } from '../../src/learning/residual-td3.js';
import { combine } from '../../src/policy/combination.js';
import { compiled, drawFeeds, makeConstant, settingsOf } from './small-td3.js';

for (const engine of ['native', 'onnx'] as const)
  test(`critic and actor steps with engine ${engine} equal tfjs eager, with and without layer norm`, async () => {
    for (const layer_norm of [true, false]) await compareEngines(engine, layer_norm);
  });

test('without layer norm the same draws give other values', async () => {
  const losses: number[] = [];
  for (const layer_norm of [true, false]) {
    const settings = settingsOf({ layer_norm });
    const stepper = await compiled(settings);
    losses.push((await stepper.step('critic', drawFeeds(settings, 2).critic)).critic_loss[0]);
    await stepper.dispose();
  }
  assert.ok(Math.abs(losses[0] - losses[1]) > 1e-4, losses.join(' and '));
});

async function compareEngines(engine: EngineKind, layer_norm: boolean): Promise<void> {
  const settings = settingsOf({ residual_penalty: 0.1, weight_decay: 0.01, layer_norm });
  const [tested, eager] = [await compiled(settings, engine), await compiled(settings, 'tfjs')];
  const close = (what: string, a: Float32Array, b: Float32Array): void =>
    a.forEach((value, i) => {
      const tolerance = 1e-6 + 1e-4 * Math.abs(b[i]);
      assert.ok(Math.abs(value - b[i]) <= tolerance, `${what}[${i}]: ${value}, eager ${b[i]}`);
    });
  for (let step = 0; step < 5; step++) {
    const feeds = drawFeeds(settings, 10 + step);
    for (const name of ['critic', 'actor'] as const) {
      const [a, b] = [await tested.step(name, feeds[name]), await eager.step(name, feeds[name])];
      assert.deepEqual(Object.keys(a).sort(), Object.keys(b).sort());
      for (const output of Object.keys(a)) close(`step ${step} ${output}`, a[output], b[output]);
    }
  }
  const [a, b] = [await tested.read(), await eager.read()];
  for (const name of Object.keys(td3Signature(settings))) close(name, a[name], b[name]);
  assert.equal(a['critic_adam/t'][0], 5);
  await tested.dispose();
  await eager.dispose();
}

test('targets: reward + discount x the least of the subset, clipped to the possible returns where asked for', async () => {
  const cases = [
    { clip_target: true, low: 0, high: 1 },
    { clip_target: true, returns: [-0.5, 1.5] as const, low: -0.5, high: 1.5 },
    { clip_target: false, low: -3, high: 7 },
  ];
  for (const { clip_target, returns, low, high } of cases) {
    const settings = { ...settingsOf({ clip_target }), returns };
    const stepper = await compiled(settings);
    const initial = await stepper.read();
    const feeds = drawFeeds(settings, 4).critic;
    const target = async (heads: number[], changes: Values = {}): Promise<number> => {
      stepper.write(initial);
      await makeConstant(stepper, 'target_critic', heads);
      return (await stepper.step('critic', { ...feeds, ...changes })).target_mean[0];
    };
    const equal = (actual: number, expected: number): void =>
      assert.ok(Math.abs(actual - expected) < 1e-5, `${actual} != ${expected}`);
    equal(await target([0.1, 0.5, 0.8]), 0.25 + 0.9 * 0.5);
    equal(await target([0.1, 0.5, 0.8], { subset: Float32Array.of(1, 0, 1) }), 0.25 + 0.9 * 0.1);
    equal(await target([7, 7, 9]), 0.25 + 0.9 * high);
    equal(await target([0, -3, 2]), 0.25 + 0.9 * low);
    const terminal = { discount: new Float32Array(8), reward: new Float32Array(8).fill(1) };
    equal(await target([7, 7, 9], terminal), 1);
    await stepper.dispose();
  }
});

const encoder = {
  ...{ height: 18, width: 16, channels: 1, patch: 8 },
  ...{ embedding: 8, depth: 1, heads: 2, token_outputs: 2, outputs: 3 },
};

/** Settings whose networks see two small images, and feeds with pixels in them. */
function seeing(seed: number): { settings: Td3Settings; feeds: { critic: Values; actor: Values } } {
  const { shape, hyper } = settingsOf();
  const settings = { shape: { ...shape, encoders: [encoder, encoder] }, hyper };
  const feeds = drawFeeds(settings, seed);
  for (const name of Object.keys(feeds.critic).filter((key) => key.includes('image')))
    feeds.critic[name] = feeds.critic[name].map((value) => Math.round(127 + 50 * Math.tanh(value)));
  return { settings, feeds };
}

test('the image encoder learns from the critics alone, and actor and critics see the same of it', async () => {
  const { settings, feeds } = seeing(4);
  const [onnx, eager] = [await compiled(settings), await compiled(settings, 'tfjs')];
  const before = await onnx.read();
  const [{ seen, critic_loss }, other] = [
    await onnx.step('critic', feeds.critic),
    await eager.step('critic', feeds.critic),
  ];
  assert.ok(Math.abs(critic_loss[0] - other.critic_loss[0]) < 1e-5);
  assert.equal(seen.length, 8 * (3 + 2 * 3), 'numbers, then what each camera shows');
  for (let row = 0; row < 8; row++)
    assert.deepEqual(seen.slice(9 * row, 9 * row + 3), feeds.critic.input.slice(3 * row, 3 * row + 3));
  const learned = await onnx.read();
  const eagerly = await eager.read();
  const names = Object.keys(before).filter((name) => name.startsWith('encoder/'));
  assert.ok(names.length > 20);
  for (const name of names) {
    const most = Math.max(...learned[name].map((value, i) => Math.abs(value - eagerly[name][i])));
    assert.ok(most < 2e-4, `${name}: the engines differ by ${most}`);
  }
  const weight = 'encoder/camera1/patch/weight';
  assert.notDeepEqual(learned[weight], before[weight]);
  await onnx.step('actor', { ...feeds.actor, seen });
  assert.deepEqual((await onnx.read([weight]))[weight], learned[weight]);
  await onnx.dispose();
  await eager.dispose();
});

test('what the networks see depends on the pixels, and on the next ones in the target', async () => {
  const { settings, feeds } = seeing(5);
  const stepper = await compiled(settings);
  const initial = await stepper.read();
  const look = async (changes: Values): Promise<{ seen: number[]; target: number }> => {
    stepper.write(initial);
    const { seen, target_mean } = await stepper.step('critic', { ...feeds.critic, ...changes });
    return { seen: Array.from(seen), target: target_mean[0] };
  };
  const dark = { image0: new Float32Array(feeds.critic.image0.length) };
  const darkNext = { next_image1: new Float32Array(feeds.critic.next_image1.length) };
  const [plain, here, next] = [await look({}), await look(dark), await look(darkNext)];
  assert.notDeepEqual(here.seen, plain.seen);
  assert.equal(here.target, plain.target);
  assert.deepEqual(next.seen, plain.seen);
  assert.notEqual(next.target, plain.target);
  await stepper.dispose();
});

test('critics see the residual that is executable, which is what combine() makes of it', async () => {
  const settings = settingsOf({ action_scale: 0.25, residual_penalty: 0, clip_target: false });
  const stepper = await compiled(settings);
  const initial = await stepper.read();
  const { critic, actor } = drawFeeds(settings, 6);
  const noiseless = { ...critic, target_noise: new Float32Array(16) };
  const rowsOf = (base: Float32Array): Float32Array =>
    Float32Array.from({ length: 16 }, (_, i) => base[i % 2]);
  /** Values of target critics and of critics for a constant direction of the actor. */
  const values = async (base: Float32Array, direction: readonly number[]): Promise<number[]> => {
    stepper.write(initial);
    for (const prefix of ['actor', 'target_actor'])
      await makeConstant(stepper, prefix, direction.map(Math.atanh));
    const loss = (await stepper.step('actor', { ...actor, base: rowsOf(base) })).actor_loss[0];
    stepper.write(initial);
    await makeConstant(stepper, 'target_actor', direction.map(Math.atanh));
    return [-loss, (await stepper.step('critic', { ...noiseless, next_base: rowsOf(base) })).target_mean[0]];
  };
  const cases = [
    [0.9, -0.2, 0.95, 0.5],
    [-0.95, 0.9, -0.99, 0.8],
    [1.3, 0, 0.7, -0.7],
    [-1.2, 1.1, -0.9, -0.9],
    [0.1, 0.2, 0.5, -0.5],
  ];
  for (const [b0, b1, d0, d1] of cases) {
    const base = Float32Array.of(b0, b1);
    const asked = [d0, d1];
    const executed = combine(
      base,
      Float32Array.from(asked, (d) => 0.25 * d),
    );
    const executable = Array.from(executed, (value, i) => (value - base[i]) / 0.25);
    const [a, b] = [await values(base, asked), await values(base, executable)];
    a.forEach((value, i) =>
      assert.ok(Math.abs(value - b[i]) < 1e-4, `base ${b0}, ${b1}: ${value} and ${b[i]}`),
    );
  }
  const [free, other] = [
    await values(Float32Array.of(0, 0), [0.9, 0.5]),
    await values(Float32Array.of(0, 0), [0.2, 0.5]),
  ];
  free.forEach((value, i) =>
    assert.ok(Math.abs(value - other[i]) > 1e-3, 'the critics see the residual at all'),
  );
  await stepper.dispose();
});

test('target noise moves the next action but never beyond the bound of the residual', async () => {
  const settings = settingsOf({ action_scale: 0.25, clip_target: false });
  const stepper = await compiled(settings);
  const initial = await stepper.read();
  const feeds = { ...drawFeeds(settings, 8).critic, next_base: new Float32Array(16) };
  const target = async (direction: number, noise: number): Promise<number> => {
    stepper.write(initial);
    await makeConstant(stepper, 'target_actor', [direction, direction].map(Math.atanh));
    return (await stepper.step('critic', { ...feeds, target_noise: new Float32Array(16).fill(noise) }))
      .target_mean[0];
  };
  assert.ok(
    Math.abs((await target(0.2, 0.05)) - (await target(0.4, 0))) < 1e-5,
    'noise is in normalised action units',
  );
  assert.ok(Math.abs((await target(0.5, 1)) - (await target(0.2, 1))) < 1e-6, 'both saturate');
  await stepper.dispose();
});

async function climb(
  residual_penalty: number,
): Promise<{ losses: number[]; residual: number; critic: Values }> {
  const settings = settingsOf({ residual_penalty, actor_lr: 5e-3 });
  const stepper = await compiled(settings);
  const feeds = drawFeeds(settings, 9).actor;
  feeds.base = feeds.base.map((value) => 0.3 * value);
  const losses: number[] = [];
  let residual = 0;
  for (let i = 0; i < 60; i++) {
    const { actor_loss, residual_abs } = await stepper.step('actor', feeds);
    losses.push(actor_loss[0]);
    residual = residual_abs[0];
    if (i === 0) assert.equal(residual, 0, 'the first policy is the base policy');
  }
  const critic = await stepper.read(['critic/layer0/weight']);
  await stepper.dispose();
  return { losses, residual, critic };
}

test('actor steps raise the value of a fixed batch and leave the critics alone', async () => {
  const { losses, residual, critic } = await climb(0);
  assert.ok(losses[59] < losses[0] - 0.01, `loss ${losses[0]} -> ${losses[59]}`);
  assert.ok(residual > 0.05);
  assert.deepEqual(
    critic['critic/layer0/weight'],
    td3Initial(settingsOf(), createRandom(1))['critic/layer0/weight'],
  );
});

test('the penalty holds residuals back', async () => {
  const [free, held] = [await climb(0), await climb(5)];
  assert.ok(held.residual < 0.5 * free.residual, `${held.residual} with, ${free.residual} without`);
});

test('target networks follow by Polyak averaging', async () => {
  const settings = settingsOf({ tau: 0.25 });
  const stepper = await compiled(settings);
  const before = await stepper.read();
  const feeds = drawFeeds(settings, 3);
  await stepper.step('critic', feeds.critic);
  await stepper.step('actor', feeds.actor);
  const after = await stepper.read();
  for (const name of Object.keys(before).filter((key) => /^(critic|actor)\//.test(key))) {
    const target = `target_${name}`;
    assert.deepEqual(before[target], before[name], 'targets begin as copies');
    after[target].forEach((value, i) =>
      assert.ok(Math.abs(value - (0.75 * before[target][i] + 0.25 * after[name][i])) < 1e-6, target),
    );
  }
  assert.notDeepEqual(after['critic/layer0/weight'], before['critic/layer0/weight']);
  await stepper.dispose();
});
