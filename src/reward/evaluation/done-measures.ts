/** What a critic's word that the task is done is worth. */
import {
  addForecasts,
  averagePrecision,
  brierScore,
  calibrationError,
  forecastSums,
  reliabilityBins,
  type Forecast,
  type ForecastSums,
  type ReliabilityBin,
} from './detection.js';
import { estimate, nothing, orderEstimate, rate, type Estimate } from './intervals.js';
import type { LabelledTracks } from './progress-measures.js';
import { firstDone, highest, known, lastProgress, type EpisodeTrack } from './track.js';

/** Whether the critic has ever said how probable it is that the task is done. */
export function givesDone({ all }: LabelledTracks): boolean {
  return all.some(({ done }) => done.some(known));
}

/**
 * Success detection without a threshold. An episode's score is its highest probability of done; with a critic that never gives one it is the
 * last known progress. Episodes without a score are left out.
 */
export function rankingMeasures(tracks: LabelledTracks): Record<'auroc' | 'auprc', Estimate> {
  const byDone = givesDone(tracks);
  const scores = (of: readonly EpisodeTrack[]): number[] =>
    of.map((track) => (byDone ? highest(track.done) : lastProgress(track))).filter(known);
  const [successes, failures] = [scores(tracks.successes), scores(tracks.failures)];
  return {
    auroc: orderEstimate(successes, failures, successes.length + failures.length),
    auprc: estimate([successes, failures], ([won, lost]) => averagePrecision(won, lost)),
  };
}

/** At which probability done counts, and how many steps before the end of a success it is early. */
export type DoneRule = { readonly threshold: number; readonly tolerance_steps: number };

/**
 * Success detection at the critic's threshold, where done counts as soon as it has been said at one frame; of episodes with a known
 * probability.
 * - `tpr`, `tnr`: shares of successes with, and of failures without it. `false_done` is 1 - tnr: what is paid for nothing.
 * - `early_done`: share of successes in which it came more than `tolerance_steps` before the end.
 */
export function thresholdMeasures(
  { successes, failures }: LabelledTracks,
  { threshold, tolerance_steps }: DoneRule,
): Record<'tpr' | 'tnr' | 'false_done' | 'early_done', Estimate> {
  const heard = (of: readonly EpisodeTrack[]): readonly EpisodeTrack[] =>
    of.filter(({ done }) => done.some(known));
  const fired = ({ done }: EpisodeTrack): boolean => firstDone(done, threshold) !== undefined;
  const early = ({ done, steps }: EpisodeTrack): boolean => {
    const first = firstDone(done, threshold);
    return first !== undefined && steps[steps.length - 1] - steps[first] > tolerance_steps;
  };
  return {
    tpr: rate(heard(successes).map(fired)),
    tnr: rate(heard(failures).map((track) => !fired(track))),
    false_done: rate(heard(failures).map(fired)),
    early_done: rate(heard(successes).map(early)),
  };
}

/** The bins of the reliability diagrams, of episodes and of frames. */
export type Reliability = { readonly episode: ReliabilityBin[]; readonly frame: ReliabilityBin[] };

/**
 * Whether done is as frequent as its probability says: expected calibration error in ten bins and Brier score.
 * - Per episode (`ece`, `brier`): the highest probability against success.
 * - Per frame (`ece_frame`, `brier_frame`): each probability against the task's own sensors at that frame. Where there are none, only the last
 *   frame of a success is done.
 */
export function calibrationMeasures(tracks: LabelledTracks): {
  measures: Record<'ece' | 'brier' | 'ece_frame' | 'brier_frame', Estimate>;
  reliability: Reliability;
} {
  const labelled = [...tracks.successes, ...tracks.failures];
  const episode = labelled.map((track) => forecastSums(episodeForecasts(track)));
  const frame = labelled.map((track) => forecastSums(frameForecasts(track)));
  return {
    measures: {
      ece: ofForecasts(episode, calibrationError),
      brier: ofForecasts(episode, brierScore),
      ece_frame: ofForecasts(frame, calibrationError),
      brier_frame: ofForecasts(frame, brierScore),
    },
    reliability: {
      episode: reliabilityBins(addForecasts(episode)),
      frame: reliabilityBins(addForecasts(frame)),
    },
  };
}

function ofForecasts(
  sums: readonly ForecastSums[],
  measure: (sums: ForecastSums) => number | undefined,
): Estimate {
  const n = addForecasts(sums).n.reduce((total, count) => total + count, 0);
  if (n === 0) return nothing;
  return estimate([sums], ([drawn]) => measure(addForecasts(drawn)), n);
}

function episodeForecasts({ done, outcome }: EpisodeTrack): Forecast[] {
  const probability = highest(done);
  return probability === undefined ? [] : [{ probability, outcome: outcome === 'success' ? 1 : 0 }];
}

function frameForecasts({ done, outcome, succeeded }: EpisodeTrack): Forecast[] {
  const last = done.length - 1;
  return done.flatMap((probability, i) => {
    if (!known(probability)) return [];
    const isDone = succeeded[i] ?? (outcome === 'success' && i === last);
    return [{ probability, outcome: isDone ? 1 : 0 }];
  });
}
