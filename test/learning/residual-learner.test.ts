import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../src/engine/index.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/learning/checkpoint.js';
import {
  actorIsDue,
  hyperparameters,
  gateDeviations,
  updatesDue,
  type Hyperparameters,
} from '../../src/learning/hyperparameters.js';
import { ResidualLearner, type UpdateMetrics } from '../../src/learning/residual-learner.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { observedState } from '../robot/observed-state.js';
import { idealResidual, pointManifest, runPoint } from './point-task.js';

const tiny = {
  hidden_size: 8,
  num_q: 2,
  batch_size: 8,
  warmup_steps: 30,
  critic_warmup_updates: 10,
  actor_delay: 2,
  replay_capacity: 1000,
};

/** A learner with three demonstrations and three rollouts in its replay, and no step counted. */
async function filledLearner(
  seed: number,
  changes: Partial<Hyperparameters> = {},
  base_sha256 = 'base',
): Promise<ResidualLearner> {
  const hyper = hyperparameters({ ...tiny, ...changes });
  const learner = await ResidualLearner.create({ manifest: pointManifest, base_sha256, hyper, seed });
  const random = createRandom(7);
  for (let i = 0; i < 3; i++) {
    learner.addDemo(await runPoint(`demo${i}`, idealResidual, random));
    learner.addRollout(await runPoint(`rollout${i}`, () => Float32Array.of(0.1, -0.1), random));
  }
  return learner;
}

async function updates(learner: ResidualLearner, count: number): Promise<UpdateMetrics[]> {
  const metrics: UpdateMetrics[] = [];
  for (let i = 0; i < count; i++) metrics.push(await learner.update());
  return metrics;
}

test('deviations that the gate asks for: all of them in the warm-up, none once they have faded', () => {
  const hyper = hyperparameters({ warmup_steps: 100, gate_deviations: 2, gate_fade: 50 });
  assert.deepEqual(
    [0, 100, 125, 150, 1000].map((steps) => gateDeviations(steps, hyper)),
    [2, 2, 1, 0, 0],
  );
  assert.equal(gateDeviations(1e6, { ...hyper, gate_fade: 0 }), 2);
});

test('a policy carries the critics where there is a gate, and only there', async () => {
  for (const gate of [true, false]) {
    const learner = await filledLearner(1, { gate });
    const { weights } = await learner.snapshot();
    assert.equal(
      Object.keys(weights).some((name) => name.startsWith('critic/')),
      gate,
    );
    await learner.dispose();
  }
});

test('updates due: none in the warm-up, then the head start at once, then the ratio', () => {
  const hyper = hyperparameters({ warmup_steps: 100, critic_warmup_updates: 50, utd: 0.5 });
  assert.deepEqual(
    [0, 1, 99, 100, 101, 102, 200].map((steps) => updatesDue(steps, hyper)),
    [0, 0, 0, 50, 50, 51, 100],
  );
  const none = hyperparameters({ warmup_steps: 0, critic_warmup_updates: 20, utd: 4 });
  assert.deepEqual(
    [0, 1, 2].map((steps) => updatesDue(steps, none)),
    [0, 24, 28],
  );
});

test('the actor waits for the critics, then moves every actor_delay updates', () => {
  const hyper = hyperparameters({ critic_warmup_updates: 4, actor_delay: 2 });
  const due = [1, 2, 3, 4, 5, 6, 7, 8].filter((update) => actorIsDue(update, hyper));
  assert.deepEqual(due, [6, 8]);
});

test('the update-to-data ratio is exact whatever the delays of learner and robot', async () => {
  for (const utd of [0.5, 3]) {
    const learner = await filledLearner(1, { utd, warmup_steps: 10, critic_warmup_updates: 5 });
    const hyper = hyperparameters({ ...tiny, utd, warmup_steps: 10, critic_warmup_updates: 5 });
    const [burst] = fc.sample(fc.array(fc.tuple(fc.nat(4), fc.nat(6)), { minLength: 12, maxLength: 12 }), {
      seed: 3,
      numRuns: 1,
    });
    for (const [arrived, budget] of burst) {
      learner.countSteps(arrived);
      for (let i = 0; i < budget && learner.isBehind; i++) await learner.update();
      assert.ok(learner.updates <= updatesDue(learner.steps, hyper), 'never ahead');
    }
    while (learner.isBehind) await learner.update();
    assert.equal(learner.updates, updatesDue(learner.steps, hyper));
    assert.ok(learner.updates > 5);
    await learner.dispose();
  }
});

test('to wait for turns changes when an update is made, not what it makes', async () => {
  const [waiting, other] = [await filledLearner(1), await filledLearner(1)];
  let asked = 0;
  const next = async (): Promise<void> => {
    asked++;
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (const learner of [waiting, other]) learner.countSteps(60);
  // The actor learns from the twelfth update on.
  for (let i = 0; i < 16; i++)
    assert.deepEqual(await waiting.update({ part: 1e-4, next }), await other.update());
  assert.ok(asked >= 8 * 3, 'to sample, for the critics and for the actor');
  assert.ok(waiting.metrics.residual_abs > 0, 'the actor has learned, too');
  assert.deepEqual((await waiting.snapshot()).weights, (await other.snapshot()).weights);
  await waiting.dispose();
  await other.dispose();
});

test('nothing is owed while there is no episode to learn from', async () => {
  const hyper = hyperparameters({ ...tiny, warmup_steps: 0 });
  const learner = await ResidualLearner.create({ manifest: pointManifest, base_sha256: 'b', hyper, seed: 0 });
  learner.countSteps(5);
  assert.equal(learner.isBehind, false);
  learner.addRollout(await runPoint('r', idealResidual, createRandom(1)));
  assert.equal(learner.isBehind, true);
  await learner.update();
  await learner.dispose();
});

test('a resumed learner goes on bit for bit: weights, moments, counters, generator', async (t) => {
  const folder = scratchFolder(t);
  const first = await filledLearner(1);
  first.countSteps(60);
  await updates(first, 25);
  await first.snapshot();
  await first.save(folder);
  const second = await filledLearner(2);
  second.countSteps(60);
  second.restore(folder);
  assert.deepEqual([second.steps, second.updates], [60, 25]);
  assert.deepEqual(await updates(second, 6), await updates(first, 6));
  assert.deepEqual(await second.snapshot(), await first.snapshot());
  assert.equal((await first.snapshot()).version, 3);
  await first.dispose();
  await second.dispose();
});

test('a fresh learner with another seed does not go on alike: the resume above is no accident', async () => {
  const [first, second] = [await filledLearner(1), await filledLearner(2)];
  for (const learner of [first, second]) learner.countSteps(60);
  assert.notDeepEqual(await updates(first, 2), await updates(second, 2));
  await first.dispose();
  await second.dispose();
});

test('the step count of a resume is the greater of checkpoint and bags; bags that lack steps are refused', async (t) => {
  const folder = scratchFolder(t);
  const first = await filledLearner(1);
  first.countSteps(100);
  await first.save(folder);
  for (const [inBags, expected] of [
    [95, 100],
    [120, 120],
  ]) {
    const learner = await filledLearner(1);
    learner.countSteps(inBags);
    learner.restore(folder);
    assert.equal(learner.steps, expected);
    await learner.dispose();
  }
  const learner = await filledLearner(1);
  learner.countSteps(50);
  assert.throws(() => learner.restore(folder), /has learned from 100 steps, the bags hold 50/);
  await learner.dispose();
  await first.dispose();
});

test('a resume that cannot be complete is an error, never a start from random weights', async (t) => {
  const folder = scratchFolder(t);
  const file = join(folder, 'residual.safetensors');
  const learner = await filledLearner(1);
  const refuse = (expected: RegExp): void => assert.throws(() => learner.restore(folder), expected);
  refuse(/residual\.safetensors: there is no checkpoint to go on from/);
  await learner.save(folder);
  const good = readFileSync(file);
  const whole = loadCheckpoint(folder);

  truncateSync(file, good.length - 10);
  refuse(/residual\.safetensors: is cut short: tensor/);
  truncateSync(file, 30);
  refuse(/is cut short: its header/);
  writeFileSync(file, '');
  refuse(/too short/);
  writeFileSync(file, Buffer.from(good).fill('x', 8, 20));
  refuse(/residual\.safetensors: .*JSON/);

  const { 'critic/layer0/bias': critic, ...rest } = whole.tensors;
  saveCheckpoint(folder, { ...whole, tensors: rest });
  refuse(/lacks critic\/layer0\/bias/);
  saveCheckpoint(folder, {
    ...whole,
    tensors: { ...whole.tensors, 'critic/layer0/bias': critic.map(() => NaN) },
  });
  refuse(/tensor critic\/layer0\/bias holds a value that is not finite/);
  const { steps, updates: done, version } = whole.progress;
  saveCheckpoint(folder, { ...whole, progress: { steps, updates: done, version, random: [1, 2] } });
  refuse(/random state/);
  saveCheckpoint(folder, { ...whole, progress: { steps, version } as typeof whole.progress });
  refuse(/progress .* is not complete/);

  writeFileSync(file, good);
  const others = [
    await filledLearner(1, {}, 'another'),
    await filledLearner(1, { num_q: 3 }),
    await filledLearner(1, { action_scale: 0.2 }),
    await filledLearner(1, { layer_norm: false }),
  ];
  assert.throws(() => others[0].restore(folder), /belongs to base policy base, not to another/);
  assert.throws(() => others[1].restore(folder), /critic\/layer0\/weight.*expected/);
  assert.throws(() => others[2].restore(folder), /has action_scale 0\.1, not 0\.2/);
  assert.throws(() => others[3].restore(folder), /has layer_norm true, not false/);
  learner.restore(folder);
  for (const each of [learner, ...others]) await each.dispose();
});

test('a checkpoint of another view is refused', async (t) => {
  const folder = scratchFolder(t);
  const [first, second] = await Promise.all(
    (['state', 'features'] as const).map((view) => {
      const manifest = { ...pointManifest, features: { output: 'features', size: 1, clip: 5 } };
      const hyper = hyperparameters({ ...tiny, view });
      return ResidualLearner.create({ manifest, base_sha256: 'base', hyper, seed: 1 });
    }),
  );
  await first.save(folder);
  assert.throws(() => second.restore(folder), /the checkpoint in .* sees "state", not features/);
  await second.save(folder);
  assert.throws(() => first.restore(folder), /the checkpoint in .* sees "features", not state/);
  for (const learner of [first, second]) await learner.dispose();
});

test('a policy is warm-up before its steps, then the learned one; its version counts up', async () => {
  const learner = await filledLearner(1);
  learner.countSteps(29);
  const warm = await learner.snapshot();
  assert.deepEqual([warm.version, warm.mode, warm.noise], [1, 'warmup', 0.04]);
  learner.countSteps(1);
  const learned = await learner.snapshot();
  assert.deepEqual([learned.version, learned.mode, learned.noise], [2, 'policy', 0.02]);
  assert.ok(learned.weights['actor/layer2/weight'].every((value) => value === 0));
  await learner.dispose();
});

test('values that stop being finite end the learner instead of being published', async () => {
  const learner = await filledLearner(1);
  const episode = await runPoint('bad', idealResidual, createRandom(1));
  const observation = episode.observation.map(() => observedState(NaN, NaN));
  for (let i = 0; i < 30; i++) learner.addRollout({ ...episode, observation });
  await assert.rejects(updates(learner, 10), /(critic_loss|target_mean|grad_norm) is NaN at update/);
  await learner.dispose();
});

test('a subset of critics larger than the ensemble is refused', async () => {
  await assert.rejects(filledLearner(1, { num_q: 2, num_min_q: 3 }), /num_min_q: 3 is more than num_q 2/);
});
