/** What a critic said of an episode, without the images: what all measures are taken from. */
import { performance } from 'node:perf_hooks';
import type { RecordedEpisode } from '../clip-assembler.js';
import { judgeAll, type Critic } from '../critic.js';
import type { Clip, Ended, Judgement, Moment } from '../judgement.js';

/** Judgements of a clip, or why there are none. */
export type Judged = {
  /** one per moment */
  readonly judgements: readonly Judgement[];
  /** ms, one per judgement */
  readonly latencies: readonly number[];
  /** why the critic could not judge the episode at all; empty otherwise */
  readonly broken: string;
};

export type EpisodeTrack = {
  readonly id: string;
  readonly seed: number;
  readonly outcome: Ended['outcome'];
  /** of the moments; all other rows are as long */
  readonly steps: readonly number[];
  readonly progress: readonly (number | undefined)[];
  readonly done: readonly (number | undefined)[];
  /** stages done, as a share of the task's; undefined where nothing sensed it */
  readonly truth: readonly (number | undefined)[];
  /** whether the task's own sensors said success; undefined where there are none */
  readonly succeeded: readonly (boolean | undefined)[];
  readonly latencies: readonly number[];
  readonly broken: string;
  /** progress that was said of each moment when a success was shown backwards, in the order of the steps; undefined for other episodes */
  readonly reversed: readonly (number | undefined)[] | undefined;
};

/** The same critic, which tells how long each judgement took, ms. One of whole episodes takes equally long for each moment. */
function timed(critic: Critic, onLatency: (ms: number) => void): Critic {
  const { name, model, version, done_threshold } = critic;
  const identity = { name, model, version, done_threshold, dispose: () => critic.dispose() };
  if (critic.sees === 'prefix')
    return {
      ...{ ...identity, sees: 'prefix' },
      judge: async (clip, signal) => {
        const start = performance.now();
        const judgement = await critic.judge(clip, signal);
        onLatency(performance.now() - start);
        return judgement;
      },
    };
  return {
    ...{ ...identity, sees: 'episode' },
    judgeEpisode: async (clip, ended, signal) => {
      const start = performance.now();
      const judgements = await critic.judgeEpisode(clip, ended, signal);
      const each = (performance.now() - start) / Math.max(1, clip.moments.length);
      clip.moments.forEach(() => onLatency(each));
      return judgements;
    },
  };
}

/**
 * Puts a clip to a critic. One that cannot judge at all (a server that is down) breaks this episode, not the evaluation.
 * @throws what aborted `signal`
 */
export async function judged(
  critic: Critic,
  clip: Clip,
  ended: Ended,
  signal?: AbortSignal,
): Promise<Judged> {
  const latencies: number[] = [];
  try {
    const judgements = await judgeAll(
      timed(critic, (ms) => void latencies.push(ms)),
      clip,
      ended,
      signal,
    );
    if (judgements.length !== clip.moments.length)
      throw new Error(`gave ${judgements.length} judgements of ${clip.moments.length} moments`);
    return { judgements, latencies, broken: '' };
  } catch (error) {
    signal?.throwIfAborted();
    const broken = error instanceof Error && error.message !== '' ? error.message : String(error);
    return { judgements: [], latencies, broken };
  }
}

/** A number that can be counted with. */
export function known(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}

const orUnknown = (value: number | undefined): number | undefined => (known(value) ? value : undefined);

/** Progress of all judgements; what is not finite is unknown. */
export function progressOf(judgements: readonly Judgement[]): (number | undefined)[] {
  return judgements.map(({ progress }) => orUnknown(progress));
}

/** Probabilities of done of all judgements; what is not finite is unknown. */
export function doneOf(judgements: readonly Judgement[]): (number | undefined)[] {
  return judgements.map(({ done }) => orUnknown(done));
}

/**
 * The track of an episode.
 * @param reversed the judgements of the episode shown backwards, in the order in which it was shown
 * @param stages of the task
 */
export function trackOf(
  { id, seed, clip, ended }: RecordedEpisode,
  { judgements, latencies, broken }: Judged,
  reversed: Judged | undefined,
  stages: number,
): EpisodeTrack {
  const { moments } = clip;
  const unheard = moments.map(() => undefined);
  const backwards = reversed === undefined ? undefined : progressOf(reversed.judgements).reverse();
  return {
    ...{ id, seed, outcome: ended.outcome, latencies, broken },
    steps: moments.map(({ step }) => step),
    progress: broken === '' ? progressOf(judgements) : unheard,
    done: broken === '' ? doneOf(judgements) : unheard,
    truth: moments.map((moment) => trueProgress(moment, stages)),
    succeeded: moments.map(({ signs }) => signs?.success),
    reversed: backwards,
  };
}

/** Stages done of all that the task has, as its sensors say; undefined without sensors or without stages. */
export function trueProgress({ signs }: Moment, stages: number): number | undefined {
  const stage = orUnknown(signs?.values.stage);
  return stage === undefined || stages === 0 ? undefined : Math.min(1, stage / stages);
}

/** The last progress that is known. */
export function lastProgress({ progress }: Pick<EpisodeTrack, 'progress'>): number | undefined {
  return progress.findLast(known);
}

/** The highest of the known values. */
export function highest(values: readonly (number | undefined)[]): number | undefined {
  const all = values.filter(known);
  return all.length === 0 ? undefined : Math.max(...all);
}

/** Index of the first moment at which done is at least the threshold, or undefined. */
export function firstDone(done: readonly (number | undefined)[], threshold: number): number | undefined {
  const index = done.findIndex((probability) => known(probability) && probability >= threshold);
  return index === -1 ? undefined : index;
}
