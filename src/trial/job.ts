/** A trial as a job of its own process: what is asked for, in a folder, and what came out of it. */
import type { CloningSettings } from '../learning/behaviour-cloning.js';
import type { SuccessCount } from '../reward/evaluation/score-intervals.js';
import type { GroundSpec, MethodSpec, TrainingSpec } from './trial.js';

/** What a base policy and the trials that start from it have in common. */
type Common = GroundSpec & {
  /** of the task file: another task is another trial */
  readonly task_sha256: string;
  readonly cloning: CloningSettings;
  /** Held-out episodes at the end; 0 for none. */
  readonly held_out: number;
};

/** A base policy, cloned once for all trials of its task and seed, and evaluated. */
export type BaseJob = Common & { readonly kind: 'base'; readonly episodes: number };

/** A trial: training on a base policy. */
export type TrainingJob = Common & TrainingSpec & { readonly kind: 'training'; readonly method: MethodSpec };

export type TrialJob = BaseJob | TrainingJob;

/** What a base job leaves in `result.json`: successes on evaluation seeds and on held-out ones. */
export type BaseResult = {
  readonly evaluation: SuccessCount;
  readonly held_out?: SuccessCount;
  readonly cloning_loss: number;
};

/** What a training job leaves in `result.json`. */
export type TrainingResult = {
  /** control steps that were taken */
  readonly steps: number;
  /** wall time of training, without evaluations */
  readonly seconds: number;
  readonly held_out?: SuccessCount;
};

/** What a job says to the process that started it: control steps taken so far. */
export type JobProgress = { readonly steps: number };

/** Files of a job's folder; a base job's also holds the policy. */
export const jobFiles = {
  /** the job, a TrialJob */
  job: 'trial.json',
  /** one TrialPoint a line, written as they come */
  points: 'evaluations.jsonl',
  /** the job is complete */
  result: 'result.json',
  log: 'log.txt',
} as const;
