/** What a trial asks of a way to learn. */
import { createRandom, type Random } from '../engine/index.js';
import type { Paid } from '../learning/replay.js';
import type { Returns } from '../learning/residual-td3.js';
import type { BasePolicy } from '../policy/base-policy.js';
import type { Task } from '../sim/task.js';
import type { Actor, TrialEpisode } from './trial-world.js';

/** A way to learn, driven from outside, step by step and episode by episode. */
export type Method = {
  /** Acts with exploration. */
  readonly explorer: Actor;
  /** Acts as what was learned so far, without exploration. */
  readonly greedy: Actor;
  /** Changes whenever `greedy` acts differently than before. */
  readonly version: number;
  /** Of the last update, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Called after each executed step of the explorer. */
  onStep(): Promise<void>;
  /** Takes the explorer's last episode. */
  learn(episode: TrialEpisode): Promise<void>;
  /** Writes what was learned into a folder, for `graft evaluate`; undefined where that knows no such policy. */
  readonly save: ((folder: string) => Promise<void>) | undefined;
  dispose(): Promise<void>;
};

/** What exploration draws from: apart from the seed itself, which learners draw their weights and batches from. */
export function explorationRandom(seed: number): Random {
  return createRandom(seed + 17);
}

/** What every method is given. */
export type MethodContext = {
  readonly task: Task;
  readonly policy: BasePolicy;
  readonly demos: readonly TrialEpisode[];
  readonly seed: number;
  /** Threads of one network call; the residual learner has a setting for its own. */
  readonly threads: number;
  /** For what a method must keep in files. */
  readonly folder: string;
  /** What pays instead of success alone; of the residual learner only. */
  readonly pay?: TrialPay | undefined;
};

/** A reward for trials: what it may return, and what the steps of an episode are paid. */
export type TrialPay = {
  readonly returns: Returns;
  /** @param steps control steps learned from so far */
  pay(episode: TrialEpisode, steps: number): Promise<Paid>;
};
