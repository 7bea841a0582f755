import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/engine/index.js';
import { hyperparameters, updatesDue } from '../../src/learning/hyperparameters.js';
import { ResidualLearner, type PolicySnapshot } from '../../src/learning/residual-learner.js';
import { exploringResidual, uniformNoise } from '../../src/policy/combination.js';
import { GatedResidual } from '../../src/policy/gated-residual.js';
import { residualInput } from '../../src/policy/residual-input.js';
import { idealResidual, pointManifest, runPoint, type Residual } from './point-task.js';

const hyper = hyperparameters({
  action_scale: 0.3,
  hidden_size: 32,
  num_q: 4,
  n_step: 3,
  gamma: 0.9,
  tau: 0.02,
  batch_size: 64,
  critic_lr: 1e-3,
  actor_lr: 1e-3,
  residual_penalty: 0.01,
  warmup_steps: 300,
  warmup_noise: 0.3,
  critic_warmup_updates: 200,
  exploration_noise: 0.05,
  replay_capacity: 5000,
});
const steps = 1500;

async function successRate(residual: Residual, seed: number): Promise<number> {
  const random = createRandom(seed);
  let successes = 0;
  for (let i = 0; i < 50; i++) successes += (await runPoint(`e${i}`, residual, random)).success ? 1 : 0;
  return successes / 50;
}

test('the learner lifts a biased base policy that misses its goal', async () => {
  const manifest = pointManifest;
  const learner = await ResidualLearner.create({ manifest, base_sha256: 'base', hyper, seed: 1 });
  const random = createRandom(2);
  for (let i = 0; i < 10; i++) learner.addDemo(await runPoint(`demo${i}`, idealResidual, random));
  let policy: PolicySnapshot = await learner.snapshot();
  const actor = await GatedResidual.ofWeights(manifest, policy.view, policy.weights);
  const direction: Residual = async (observed, base) => {
    const input = residualInput(observed, new Float32Array(), manifest, policy.view);
    return (await actor.act(input, base, 0, policy)).direction;
  };
  const greedy: Residual = async (observed, base) =>
    exploringResidual(await direction(observed, base), hyper.action_scale, 0, random);
  const before = await successRate(greedy, 99);
  const exploring: Residual = async (observed, base) =>
    policy.mode === 'warmup'
      ? uniformNoise(2, policy.noise, random)
      : exploringResidual(await direction(observed, base), policy.action_scale, policy.noise, random);
  for (let i = 0; learner.steps < steps; i++) {
    const onStep = async (): Promise<void> => {
      learner.countSteps(1);
      while (learner.isBehind) await learner.update();
    };
    learner.addRollout(await runPoint(`rollout${i}`, exploring, random, onStep));
    policy = await learner.snapshot();
    actor.setWeights(policy.weights);
  }
  const after = await successRate(greedy, 99);
  assert.ok(before < 0.1, `the base alone succeeds in ${before}`);
  assert.ok(after > 0.9, `after ${learner.steps} steps ${after}`);
  assert.equal(learner.updates, updatesDue(learner.steps, hyper));
  await actor.dispose();
  await learner.dispose();
});
