import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compileSteps,
  createRandom,
  sizeOf,
  type EngineKind,
  type Stepper,
  type Values,
} from '../../src/engine/index.js';
import { advantages } from '../../src/learning/advantages.js';
import {
  gaussianLogProb,
  ppoFeeds,
  ppoInitial,
  ppoPrograms,
  ppoSettings,
  ppoSignature,
  type PpoProblem,
  type PpoSettings,
} from '../../src/learning/residual-ppo.js';

const small = { hidden_size: 16, minibatch_size: 8, rollout_steps: 64, actor_lr: 1e-3, critic_lr: 1e-3 };

function problemOf(changes: Partial<PpoSettings> = {}): PpoProblem {
  const settings = ppoSettings({ ...small, ...changes });
  const { hidden_size, layer_norm } = settings;
  return { shape: { input_size: 3, action_size: 2, hidden_size, layer_norm, encoders: [] }, settings };
}

function compiled(
  problem: PpoProblem,
  engine: EngineKind = 'onnx',
): Promise<Stepper<'policy' | 'value' | 'values'>> {
  const initial = ppoInitial(problem, createRandom(1));
  return compileSteps(ppoPrograms(problem), ppoSignature(problem), ppoFeeds(problem), initial, { engine });
}

/** Random feeds of a program; residuals were drawn around zero, the first policy's mean. */
function drawFeeds(problem: PpoProblem, name: 'policy' | 'value' | 'values', seed: number): Values {
  const random = createRandom(seed);
  const logStd = new Float32Array(2).fill(problem.settings.initial_log_std);
  const feeds: Values = Object.fromEntries(
    Object.entries(ppoFeeds(problem)[name]).map(([key, { shape }]) => [
      key,
      Float32Array.from({ length: sizeOf(shape) }, () => 0.3 * random.normal()),
    ]),
  );
  const rows = Array.from(
    { length: 8 },
    (_, i) => feeds.drawn?.subarray(2 * i, 2 * i + 2) ?? new Float32Array(2),
  );
  const log_prob = Float32Array.from(rows, (row) => gaussianLogProb(row, new Float32Array(2), logStd));
  return name === 'policy' ? { ...feeds, log_prob } : feeds;
}

test('steps on one ONNX graph equal tfjs eager', async () => {
  const problem = problemOf({ entropy_weight: 0.01 });
  const [onnx, eager] = [await compiled(problem), await compiled(problem, 'tfjs')];
  const close = (what: string, a: Float32Array, b: Float32Array): void =>
    a.forEach((value, i) => {
      const tolerance = 2e-6 + 1e-4 * Math.abs(b[i]);
      assert.ok(Math.abs(value - b[i]) <= tolerance, `${what}[${i}]: ${value}, eager ${b[i]}`);
    });
  for (let step = 0; step < 4; step++) {
    for (const name of ['values', 'value', 'policy'] as const) {
      const feeds = drawFeeds(problem, name, 10 + step);
      const [a, b] = [await onnx.step(name, feeds), await eager.step(name, feeds)];
      for (const output of Object.keys(b)) close(`step ${step} ${output}`, a[output], b[output]);
    }
  }
  const [a, b] = [await onnx.read(), await eager.read()];
  for (const name of Object.keys(ppoSignature(problem))) close(name, a[name], b[name]);
  await onnx.dispose();
  await eager.dispose();
});

test('the first policy is the base policy: log probabilities are those of a Gaussian around zero, no divergence', async () => {
  const problem = problemOf();
  const stepper = await compiled(problem);
  const feeds = drawFeeds(problem, 'policy', 3);
  const advantage = new Float32Array(8).fill(0.5);
  const { policy_loss, kl } = await stepper.step('policy', { ...feeds, advantage });
  assert.ok(Math.abs(policy_loss[0] + 0.5) < 1e-4, 'a ratio of 1 leaves the mean of the advantages');
  assert.ok(Math.abs(kl[0]) < 1e-6);
  await stepper.dispose();
});

test('what was better becomes likelier, but not by more than the clip', async () => {
  const problem = problemOf({ clip: 0.2, actor_lr: 1e-2 });
  const stepper = await compiled(problem);
  const feeds = drawFeeds(problem, 'policy', 5);
  const advantage = Float32Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const losses: number[] = [];
  for (let i = 0; i < 100; i++)
    losses.push((await stepper.step('policy', { ...feeds, advantage })).policy_loss[0]);
  const best = -(1.2 - 0.8) / 2;
  assert.ok(losses[99] < losses[0] - 0.1, `${losses[0]} -> ${losses[99]}`);
  assert.ok(Math.min(...losses) >= best - 1e-6, `${Math.min(...losses)} is beyond the clip's ${best}`);
  await stepper.dispose();
});

test('the value network fits its targets and leaves the policy alone', async () => {
  const problem = problemOf({ critic_lr: 1e-2 });
  const stepper = await compiled(problem);
  const before = await stepper.read();
  const feeds = drawFeeds(problem, 'value', 6);
  let loss = Infinity;
  for (let i = 0; i < 300; i++) loss = (await stepper.step('value', feeds)).value_loss[0];
  assert.ok(loss < 1e-3, `${loss}`);
  const { values } = await stepper.step('values', {
    input: feeds.input,
    base: feeds.base,
    place: feeds.place,
  });
  values.forEach((value, i) => assert.ok(Math.abs(value - feeds.value_target[i]) < 0.15));
  const after = await stepper.read();
  for (const name of ['log_std', 'actor/layer0/weight']) assert.deepEqual(after[name], before[name]);
  await stepper.dispose();
});

test('the log probability of a residual is that of a Gaussian, whose deviation is bounded', () => {
  const at = (drawn: number, mean: number, logStd: number): number =>
    gaussianLogProb(Float32Array.of(drawn), Float32Array.of(mean), Float32Array.of(logStd));
  assert.ok(Math.abs(at(0, 0, 0) + 0.5 * Math.log(2 * Math.PI)) < 1e-6);
  assert.ok(Math.abs(at(0.5, 0.25, Math.log(0.25)) - (at(0, 0, Math.log(0.25)) - 0.5)) < 1e-5);
  assert.equal(at(0.3, 0, 5), at(0.3, 0, 0));
  assert.equal(at(0.3, 0, -9), at(0.3, 0, -4));
});

test('advantages: with lambda 1 the return less the value, with lambda 0 the temporal difference; a time-out bootstraps', () => {
  const values = [0.5, 0.25, 0.125, 0.75];
  const close = (actual: Float32Array, expected: readonly number[]): void =>
    actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-6, actual.join()));
  const whole = { gamma: 0.9, gae_lambda: 1 };
  close(advantages([0, 0, 1], values, true, whole), [0.81 - 0.5, 0.9 - 0.25, 1 - 0.125]);
  const cut = 0.9 * 0.75;
  close(advantages([0, 0, 0], values, false, whole), [0.81 * cut - 0.5, 0.9 * cut - 0.25, cut - 0.125]);
  close(advantages([0, 0, 1], values, true, { gamma: 0.9, gae_lambda: 0 }), [
    0.9 * 0.25 - 0.5,
    0.9 * 0.125 - 0.25,
    1 - 0.125,
  ]);
});

test('settings are checked', () => {
  assert.throws(() => ppoSettings({ clip: -1 }), /ppo: clip: /);
  assert.throws(
    () => ppoSettings({ clipp: 0.1 } as Partial<PpoSettings>),
    /ppo: clipp: unknown key; did you mean clip/,
  );
  assert.equal(ppoSettings().epochs, 10);
});
