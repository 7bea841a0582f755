/**
 * Demonstrations, cloning and learning in one process, without ROS: the same pure code as the nodes'. A trial is one way to learn a task
 * with one seed; everything in it follows from that seed. Demonstrations and training take their seeds from `demoSeeds`, evaluations
 * during training from `evaluationSeed` on, the last one held-out seeds from `heldOutSeed` on.
 */
import { ConfigError } from '../config/config-error.js';
import { demoSeeds, evaluationSeed, heldOutSeed } from '../episodes/seeds.js';
import type { CloningSettings } from '../learning/behaviour-cloning.js';
import type { Hyperparameters } from '../learning/hyperparameters.js';
import type { PpoSettings } from '../learning/residual-ppo.js';
import type { BasePolicy } from '../policy/base-policy.js';
import { findTask } from '../sim/task.js';
import { policyAgent } from '../worlds/agent.js';
import { FilteredCloningMethod, type FilteredCloning } from './filtered-bc-method.js';
import { zeroBase } from './from-scratch.js';
import type { Method, MethodContext } from './method.js';
import { ppoMethod } from './ppo-method.js';
import { residualMethod } from './residual-method.js';
import { TrialWorld, type TrialEpisode } from './trial-world.js';

/** What the trials of a task and seed have in common. */
export type GroundSpec = {
  /** A name under sim/tasks or a task file. */
  readonly task: string;
  readonly seed: number;
  /** Successful demonstrations of the noisy expert. */
  readonly demos: number;
  /** Whether the task's randomisation is applied to all episodes. */
  readonly randomise: boolean;
};

/** A way to learn, with all of its settings. */
export type MethodSpec =
  | { readonly kind: 'residual' | 'rlpd'; readonly learner: Hyperparameters }
  | { readonly kind: 'ppo'; readonly learner: PpoSettings }
  | { readonly kind: 'filtered_bc'; readonly learner: FilteredCloning; readonly cloning: CloningSettings };

export type TrainingSpec = {
  /** Control steps. */
  readonly steps: number;
  /** Episodes of an evaluation, and the control steps between two. */
  readonly evaluate: { readonly every: number; readonly episodes: number };
};

/** An evaluation during training. */
export type TrialPoint = {
  /** the multiple of `every` that it is for, or the end of training, control steps */
  readonly at: number;
  /** the control steps that were taken by then: evaluations are between episodes */
  readonly steps: number;
  readonly successes: number;
  readonly episodes: number;
  /** success of the last training episodes, in [0, 1] */
  readonly train: number;
  /** wall time of training, without evaluations */
  readonly seconds: number;
} & Readonly<Record<string, number>>;

/** Training episodes that `train` is about. */
const recentEpisodes = 50;

/** A world of a task, and the demonstrations of a seed. */
export type Ground = {
  readonly seed: number;
  readonly world: TrialWorld;
  readonly demos: readonly TrialEpisode[];
};

/** @throws ConfigError for a task that is not there; Error if its expert fails too often */
export async function prepareGround({ task, seed, demos, randomise }: GroundSpec): Promise<Ground> {
  const world = await TrialWorld.create(findTask(task), randomise);
  return { seed, world, demos: await world.demonstrations(demos, demoSeeds(seed).demos) };
}

/** Successes of a base policy alone. */
export function evaluateBase(
  { world }: Ground,
  policy: BasePolicy,
  episodes: number,
  firstSeed = evaluationSeed,
): Promise<number> {
  return world.successes(policyAgent(world.task, policy), episodes, firstSeed);
}

/** Successes of what was learned, on held-out seeds. */
export function evaluateHeldOut({ world }: Ground, method: Method, episodes: number): Promise<number> {
  return world.successes(method.greedy, episodes, heldOutSeed);
}

export type MethodOptions = Pick<MethodContext, 'threads' | 'folder' | 'pay'>;

/** @throws ConfigError if settings do not fit the base policy, or a reward is given to a method that has no use for one */
export async function createMethod(
  { world, seed, demos }: Ground,
  policy: BasePolicy,
  spec: MethodSpec,
  options: MethodOptions,
): Promise<Method> {
  if (options.pay !== undefined && spec.kind !== 'residual' && spec.kind !== 'rlpd')
    throw new ConfigError(spec.kind, '', 'learns from success alone, and a reward was given');
  const context: MethodContext = { task: world.task, policy, demos, seed, ...options };
  switch (spec.kind) {
    case 'residual':
      return residualMethod(context, spec.learner);
    case 'rlpd':
      return residualMethod(context, spec.learner, zeroBase(policy.manifest));
    case 'ppo':
      return ppoMethod(context, spec.learner);
    case 'filtered_bc':
      return new FilteredCloningMethod(context, spec.learner, spec.cloning);
  }
}

/** Who is told how a training goes on. */
export type TrainingListener = {
  readonly onPoint: (point: TrialPoint) => void;
  /** @param steps control steps so far */
  readonly onEpisode?: (steps: number) => void;
};

/**
 * Trains until `steps` control steps are taken, in whole episodes.
 * @returns control steps and wall time of training, s
 */
export async function train(
  { world, seed }: Ground,
  method: Method,
  { steps: total, evaluate }: TrainingSpec,
  { onPoint, onEpisode }: TrainingListener,
): Promise<{ steps: number; seconds: number }> {
  const recent: boolean[] = [];
  const started = performance.now();
  let [steps, evaluating, due, seconds] = [0, 0, Math.min(evaluate.every, total), 0];
  let last: { version: number; successes: number } | undefined;
  for (let index = 0; steps < total; index++) {
    const episode = await world.episode(demoSeeds(seed).training + index, method.explorer, () => {
      steps++;
      return method.onStep();
    });
    await method.learn(episode);
    recent.push(episode.success);
    seconds = (performance.now() - started - evaluating) / 1000;
    onEpisode?.(steps);
    if (steps < due) continue;
    const begin = performance.now();
    // The same policy on the same seeds does the same.
    if (last?.version !== method.version) {
      const { episodes } = evaluate;
      const successes = await world.successes(method.greedy, episodes, evaluationSeed);
      last = { version: method.version, successes };
    }
    evaluating += performance.now() - begin;
    const at = steps >= total ? total : steps - (steps % evaluate.every);
    due = Math.min(at + evaluate.every, total);
    const window = recent.slice(-recentEpisodes);
    const trained = window.filter(Boolean).length / window.length;
    onPoint({
      ...{ at, steps, successes: last.successes, episodes: evaluate.episodes, train: trained, seconds },
      ...method.metrics,
    });
  }
  return { steps, seconds };
}
