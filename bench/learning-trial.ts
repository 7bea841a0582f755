/**
 * Demonstrations, cloning and residual learning in one process, without ROS: the same pure code as the nodes', for experiments
 * on settings. Usage: node dist/bench/learning-trial.js --task lift --seed 0 --steps 20000 [--set name=value ...] [--clone name=value ...]
 * Prints one JSON line per evaluation. Evaluation seeds begin at 50000. With --final N the base and the last residual are
 * evaluated on N held-out seeds from 10000 on, which are used for nothing else. Demonstrations and training: demoSeeds(seed).
 * With --keep DIR the base and the last residual stay there, for `graft evaluate --run DIR`. With --base DIR the base policy in that
 * folder is used, which was cloned from the same demonstrations (same task, seed, --demos and --randomise) and evaluated at the end
 * of the trial that cloned it. With --reward FILE the reward file's critics and mixer pay the learner, success alone otherwise; the
 * evaluations count successes in any case. --threads are for cloning. With --randomise the task's randomisation is applied to all episodes.
 */
import { parseArgs } from 'node:util';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFolder } from '../src/cli/run-folder.js';
import { heldOutSeed } from '../src/episodes/seeds.js';
import { hyperparameters } from '../src/learning/hyperparameters.js';
import { BasePolicy } from '../src/policy/base-policy.js';
import { cloneInto, cloningOf } from '../src/trial/clone.js';
import {
  createMethod,
  evaluateBase,
  evaluateHeldOut,
  prepareGround,
  train,
  type TrialPoint,
} from '../src/trial/trial.js';
import { TrialReward } from './trial-reward.js';

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function assignments(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => [pair.split('=')[0], JSON.parse(pair.split('=')[1]) as unknown]),
  );
}

const { values: options } = parseArgs({
  options: {
    task: { type: 'string', default: 'lift' },
    seed: { type: 'string', default: '0' },
    steps: { type: 'string', default: '20000' },
    demos: { type: 'string', default: '50' },
    episodes: { type: 'string', default: '100' },
    every: { type: 'string', default: '2500' },
    set: { type: 'string', multiple: true, default: [] },
    clone: { type: 'string', multiple: true, default: [] },
    final: { type: 'string', default: '0' },
    keep: { type: 'string' },
    base: { type: 'string' },
    reward: { type: 'string' },
    threads: { type: 'string', default: '1' },
    randomise: { type: 'boolean', default: false },
    name: { type: 'string', default: 'trial' },
  },
});
const [seed, steps, episodes, last, threads] = [
  options.seed,
  options.steps,
  options.episodes,
  options.final,
  options.threads,
].map(Number);
const { randomise } = options;
const ground = await prepareGround({ task: options.task, seed, demos: Number(options.demos), randomise });
const { task } = ground.world;
const print = (record: Readonly<Record<string, unknown>>): void =>
  console.log(JSON.stringify({ name: options.name, task: task.name, seed, ...record }));

const kept = runFolder(options.keep ?? mkdtempSync(join(tmpdir(), 'graft-trial-')));
const cloning = cloningOf(task, seed, assignments(options.clone));
const cloning_loss =
  options.base === undefined ? await cloneInto(kept.base, task, ground.demos, cloning, threads) : undefined;
const policy = await BasePolicy.load(options.base ?? kept.base);
print({ steps: 0, successes: await evaluateBase(ground, policy, episodes), episodes, cloning_loss });
if (steps === 0) process.exit(0);

const learner = hyperparameters(assignments(options.set));
const reward =
  options.reward === undefined ? undefined : await TrialReward.create(options.reward, learner.gamma);
const method = await createMethod(
  ground,
  policy,
  { kind: 'residual', learner },
  { threads, folder: kept.root, pay: reward },
);
const evaluate = { every: Number(options.every), episodes };
const onPoint = (point: TrialPoint): void => {
  const paid =
    reward === undefined
      ? {}
      : { claimed: mean(reward.claims.slice(-50)), critic_seconds: reward.critic_seconds };
  print({ ...point, ...paid });
};
const taken = await train(ground, method, { steps, evaluate }, { onPoint });
if (options.keep !== undefined) {
  await method.save?.(kept.checkpoint);
  if (options.base !== undefined) cpSync(options.base, kept.base, { recursive: true });
}
if (last > 0) {
  const counts = {
    ...(options.base === undefined ? { base: await evaluateBase(ground, policy, last, heldOutSeed) } : {}),
    residual: await evaluateHeldOut(ground, method, last),
  };
  print({ final: true, ...taken, episodes: last, ...counts });
}
process.exit(0);
