import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/engine/index.js';
import { PpoLearner } from '../../src/learning/ppo-learner.js';
import type { Draw } from '../../src/learning/ppo-rollout.js';
import { ppoSettings } from '../../src/learning/residual-ppo.js';
import { GatedResidual } from '../../src/policy/gated-residual.js';
import { residualInput } from '../../src/policy/residual-input.js';
import type { Observed } from '../../src/robot/image-spec.js';
import { pointManifest, runPoint, type Residual } from './point-task.js';

const settings = ppoSettings({
  action_scale: 0.3,
  hidden_size: 32,
  rollout_steps: 512,
  minibatch_size: 128,
  epochs: 10,
  gamma: 0.9,
  gae_lambda: 0.95,
  initial_log_std: -0.7,
  actor_lr: 1e-3,
  critic_lr: 2e-3,
});

test('on-policy learning lifts a biased base policy that misses its goal', async () => {
  const manifest = pointManifest;
  const learner = await PpoLearner.create({ manifest, settings, seed: 1 });
  const actor = await GatedResidual.ofWeights(manifest, learner.view, await learner.weights());
  const random = createRandom(2);
  const everywhere = { action_scale: settings.action_scale, gate_deviations: 0 };
  const mean = async (observed: Observed, base: Float32Array): Promise<Float32Array> => {
    const input = residualInput(observed, new Float32Array(), manifest, learner.view);
    return (await actor.act(input, base, 0, everywhere)).direction;
  };
  const bounded = (direction: Float32Array): Float32Array =>
    direction.map((value) => settings.action_scale * Math.min(1, Math.max(-1, value)));
  const greedy: Residual = async (observed, base) => bounded(await mean(observed, base));
  const rate = async (): Promise<number> => {
    const own = createRandom(99);
    let successes = 0;
    for (let i = 0; i < 50; i++) successes += (await runPoint(`e${i}`, greedy, own)).success ? 1 : 0;
    return successes / 50;
  };
  const before = await rate();
  let draws: Draw[] = [];
  const exploring: Residual = async (observed, base) => {
    const draw = learner.draw(await mean(observed, base), random);
    draws.push(draw);
    return bounded(draw.drawn);
  };
  for (let i = 0; learner.updates < 30; i++) {
    draws = [];
    learner.addEpisode(await runPoint(`rollout${i}`, exploring, random), draws);
    if (!learner.isDue) continue;
    await learner.update();
    actor.setWeights(await learner.weights());
  }
  const after = await rate();
  assert.ok(before < 0.1, `the base alone succeeds in ${before}`);
  assert.ok(after > 0.9, `after ${learner.updates} rollouts ${after}`);
  await actor.dispose();
  await learner.dispose();
});

test('the first rollouts teach the value network alone, and episodes need a draw for each step', async () => {
  const manifest = pointManifest;
  const learner = await PpoLearner.create({
    manifest,
    settings: { ...settings, value_rollouts: 1 },
    seed: 1,
  });
  const before = await learner.weights();
  const random = createRandom(3);
  const still: Draw = { drawn: new Float32Array(2), log_prob: 0 };
  for (let i = 0; !learner.isDue; i++) {
    const episode = await runPoint(`e${i}`, () => new Float32Array(2), random);
    assert.throws(() => learner.addEpisode(episode, []), /0 draws for \d+ steps/);
    learner.addEpisode(
      episode,
      episode.executed.map(() => still),
    );
  }
  const { epochs } = await learner.update();
  assert.equal(epochs, 0);
  assert.deepEqual(await learner.weights(), before);
  assert.equal(learner.isDue, false);
  await learner.dispose();
});

test('a minibatch that is larger than a rollout is refused', async () => {
  const wrong = { ...settings, minibatch_size: 1024 };
  await assert.rejects(
    PpoLearner.create({ manifest: pointManifest, settings: wrong, seed: 1 }),
    /ppo: minibatch_size: 1024 is more than rollout_steps 512/,
  );
});
