/**
 * A job of a sweep in a process of its own: `node main.js FOLDER BASE THREADS` does what FOLDER/trial.json asks for, with the base
 * policy in the folder BASE. It ends with the process that started it, so that nobody is left who writes into FOLDER.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../config/atomic-file.js';
import { appendJsonLine } from '../config/json-lines.js';
import { heldOutSeed } from '../episodes/seeds.js';
import { BasePolicy } from '../policy/base-policy.js';
import { cloneInto } from './clone.js';
import {
  jobFiles,
  type BaseJob,
  type BaseResult,
  type JobProgress,
  type TrainingJob,
  type TrainingResult,
  type TrialJob,
} from './job.js';
import {
  createMethod,
  evaluateBase,
  evaluateHeldOut,
  prepareGround,
  train,
  type MethodSpec,
} from './trial.js';

async function makeBase(job: BaseJob, folder: string, threads: number): Promise<BaseResult> {
  const ground = await prepareGround(job);
  const { task } = ground.world;
  const cloning_loss = await cloneInto(folder, task, ground.demos, job.cloning, threads);
  const policy = await BasePolicy.load(folder);
  const { episodes, held_out } = job;
  const evaluation = { successes: await evaluateBase(ground, policy, episodes), episodes };
  if (held_out === 0) return { evaluation, cloning_loss };
  const successes = await evaluateBase(ground, policy, held_out, heldOutSeed);
  return { evaluation, held_out: { successes, episodes: held_out }, cloning_loss };
}

async function learn(
  job: TrainingJob,
  folder: string,
  base: string,
  threads: number,
): Promise<TrainingResult> {
  const ground = await prepareGround(job);
  const policy = await BasePolicy.load(base);
  const method = await createMethod(ground, policy, withThreads(job.method, threads), { threads, folder });
  const taken = await train(ground, method, job, {
    onPoint: (point) => appendJsonLine(join(folder, jobFiles.points), point),
    onEpisode: (steps) => process.send?.({ steps } satisfies JobProgress),
  });
  const { held_out } = job;
  if (held_out === 0) return taken;
  const successes = await evaluateHeldOut(ground, method, held_out);
  return { ...taken, held_out: { successes, episodes: held_out } };
}

/** How many threads a network call has is not part of what is compared. */
function withThreads(method: MethodSpec, threads: number): MethodSpec {
  if (method.kind !== 'residual' && method.kind !== 'rlpd') return method;
  const { learner } = method;
  return { ...method, learner: { ...learner, threads: Math.max(threads, learner.threads) } };
}

process.on('disconnect', () => process.exit(1));
const [folder, base, threads] = process.argv.slice(2);
const job = JSON.parse(readFileSync(join(folder, jobFiles.job), 'utf8')) as TrialJob;
const result =
  job.kind === 'base'
    ? await makeBase(job, folder, Number(threads))
    : await learn(job, folder, base, Number(threads));
writeFileAtomic(join(folder, jobFiles.result), `${JSON.stringify(result, null, 2)}\n`);
process.exit(0);
