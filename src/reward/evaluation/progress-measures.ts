/** What a critic's progress is worth. */
import { mean } from '../statistics.js';
import { midRanks, pairSums, pearsonOf, spearman } from './correlation.js';
import { estimate, meanEstimate, orderEstimate, pooledEstimate, type Estimate } from './intervals.js';
import { highest, known, lastProgress, type EpisodeTrack } from './track.js';

/** Tracks of one critic by what came of the episodes; `all` has those that nobody labelled as well. */
export type LabelledTracks = {
  readonly all: readonly EpisodeTrack[];
  readonly successes: readonly EpisodeTrack[];
  readonly failures: readonly EpisodeTrack[];
};

type Row = readonly (number | undefined)[];

/**
 * Value-order correlation of an episode: Spearman's of progress and time (GVL; OpenGVL). 0 where that is not defined: fewer than two known
 * values, or all of them the same.
 * @param progress in the order of time
 */
export function valueOrder(progress: Row): number {
  const points = [...progress.entries()].filter(([, value]) => known(value));
  const values = points.map(([, value]) => value ?? NaN);
  const places = points.map(([i]) => i);
  return spearman(values, places) ?? 0;
}

/**
 * Whether progress goes the way that time goes.
 * - `voc`: mean value-order correlation of successes, `failure_voc` of failures.
 * - `voc_reversed`: the critic is shown the frames of a success last first, as if time ran so; the correlation is that of what it said of each
 *   frame with the frame's place in the recording. 1: progress falls as the film runs backwards. A critic that counts time has -1.
 * - `negative_change`: share of all changes on successes, from one known value to the next, that are below 0.
 */
export function orderMeasures({
  successes,
  failures,
}: LabelledTracks): Record<'voc' | 'voc_reversed' | 'negative_change' | 'failure_voc', Estimate> {
  const changes = ({ progress }: EpisodeTrack): number[] => {
    const values = progress.filter(known);
    return values.slice(1).map((value, i) => value - values[i]);
  };
  const negative = (of: readonly number[]) => ({ sum: of.filter((c) => c < 0).length, n: of.length });
  return {
    voc: meanEstimate(successes.map(({ progress }) => valueOrder(progress))),
    voc_reversed: meanEstimate(successes.map(({ reversed }) => valueOrder(reversed ?? []))),
    negative_change: pooledEstimate(successes.map((track) => negative(changes(track)))),
    failure_voc: meanEstimate(failures.map(({ progress }) => valueOrder(progress))),
  };
}

/** Progress and true progress of the same frames. */
type Pairs = { readonly said: readonly number[]; readonly real: readonly number[] };

/** The frames of an episode of which both are known. */
function truePairs({ progress, truth }: EpisodeTrack): Pairs {
  const both = [...progress.keys()].filter((i) => known(progress[i]) && known(truth[i]));
  return { said: both.map((i) => progress[i] ?? NaN), real: both.map((i) => truth[i] ?? NaN) };
}

/**
 * Progress against the share of the task's stages that its sensors call done, over the frames of all episodes: mean absolute error,
 * Pearson's correlation (ROVER) and Spearman's. For the interval of Spearman's the ranks stay those among all frames.
 */
export function truthMeasures({
  all,
}: LabelledTracks): Record<
  'true_progress_mae' | 'true_progress_pearson' | 'true_progress_spearman',
  Estimate
> {
  const pairs = all.map(truePairs);
  const n = pairs.reduce((sum, { said }) => sum + said.length, 0);
  const errors = pairs.map(({ said, real }) => ({
    sum: said.reduce((total, value, i) => total + Math.abs(value - real[i]), 0),
    n: said.length,
  }));
  const correlation = (rows: readonly Pairs[]): Estimate =>
    estimate([rows.map(({ said, real }) => pairSums(said, real))], ([drawn]) => pearsonOf(drawn), n);
  return {
    true_progress_mae: pooledEstimate(errors),
    true_progress_pearson: correlation(pairs),
    true_progress_spearman: correlation(ranked(pairs)),
  };
}

/** The same pairs as ranks among those of all episodes. */
function ranked(pairs: readonly Pairs[]): Pairs[] {
  const said = midRanks(pairs.flatMap((pair) => pair.said));
  const real = midRanks(pairs.flatMap((pair) => pair.real));
  let start = 0;
  return pairs.map((pair) => {
    const [from, to] = [start, (start += pair.said.length)];
    return { said: said.slice(from, to), real: real.slice(from, to) };
  });
}

/**
 * Whether success ends higher than failure, by each episode's last known progress.
 * - `preference_accuracy`: share of pairs of a success and a failure in which the success is higher; ties count half.
 * - `gap`: mean of successes less mean of failures.
 * - `success_progress`, `failure_progress`: the means; `failure_highest`: mean of the highest progress of failures.
 */
export function outcomeMeasures({
  successes,
  failures,
}: LabelledTracks): Record<
  'preference_accuracy' | 'gap' | 'success_progress' | 'failure_progress' | 'failure_highest',
  Estimate
> {
  const last = (tracks: readonly EpisodeTrack[]): number[] => tracks.map(lastProgress).filter(known);
  const both = [last(successes), last(failures)];
  const [higher, lower] = both;
  const peaks = failures.map(({ progress }) => highest(progress)).filter(known);
  const gap = ([a, b]: readonly (readonly number[])[]): number | undefined => {
    const [success, failure] = [mean(a), mean(b)];
    return success === undefined || failure === undefined ? undefined : success - failure;
  };
  return {
    preference_accuracy: orderEstimate(higher, lower, higher.length * lower.length),
    gap: estimate(both, gap),
    success_progress: meanEstimate(higher),
    failure_progress: meanEstimate(lower),
    failure_highest: meanEstimate(peaks),
  };
}

/** The share of frames whose progress the critic cannot say. */
export function unknownShare({ all }: LabelledTracks): Estimate {
  return pooledEstimate(
    all.map(({ progress }) => ({
      sum: progress.filter((value) => !known(value)).length,
      n: progress.length,
    })),
  );
}
