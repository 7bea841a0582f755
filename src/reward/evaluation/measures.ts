/** Everything that is measured of a critic. */
import { quantile } from '../statistics.js';
import { calibrationMeasures, rankingMeasures, thresholdMeasures } from './done-measures.js';
import type { DoneRule, Reliability } from './done-measures.js';
import { nothing, type Estimate } from './intervals.js';
import { orderMeasures, outcomeMeasures, truthMeasures, unknownShare } from './progress-measures.js';
import type { LabelledTracks } from './progress-measures.js';
import type { EpisodeTrack } from './track.js';

/** What is measured, in the order in which it is shown, with what it means. */
export const measureMeanings = {
  voc: 'order of progress and time on successes, Spearman; 1 is best',
  voc_reversed: 'the same with successes shown backwards; 1: progress falls as the film runs back',
  negative_change: 'share of changes on successes that go down',
  true_progress_mae: 'mean distance from the share of stages done, all frames',
  true_progress_pearson: "Pearson's correlation with the share of stages done",
  true_progress_spearman: "Spearman's correlation with the share of stages done",
  auroc: 'success from failure by the highest probability of done (last progress where there is none)',
  auprc: 'the same as average precision',
  tpr: 'share of successes in which done is said',
  tnr: 'share of failures in which done is never said',
  ece: 'expected calibration error of done, per episode',
  brier: 'Brier score of done, per episode',
  ece_frame: 'expected calibration error of done, per frame',
  brier_frame: 'Brier score of done, per frame',
  preference_accuracy: 'share of pairs in which the success ends higher than the failure; ties 0.5',
  gap: 'mean last progress of successes less that of failures',
  false_done: 'share of failures in which done is said at any frame',
  early_done: 'share of successes in which done is said too long before the end',
  unknown: 'share of frames without progress',
  success_progress: 'mean last progress of successes',
  failure_progress: 'mean last progress of failures',
  failure_highest: 'mean highest progress of failures',
  failure_voc: 'order of progress and time on failures',
  latency_p50_ms: 'time of a judgement, median, ms',
  latency_p99_ms: 'time of a judgement, 99th percentile, ms',
} as const;

export type MeasureName = keyof typeof measureMeanings;
export type Measures = Readonly<Record<MeasureName, Estimate>>;

/** Tracks by the outcome of their episodes. */
export function byOutcome(all: readonly EpisodeTrack[]): LabelledTracks {
  const of = (outcome: EpisodeTrack['outcome']): EpisodeTrack[] =>
    all.filter((track) => track.outcome === outcome);
  return { all, successes: of('success'), failures: of('failure') };
}

/** All measures of one critic's tracks. Pure: the same tracks give the same figures, also of the intervals. */
export function measure(
  all: readonly EpisodeTrack[],
  rule: DoneRule,
): { measures: Measures; reliability: Reliability } {
  const tracks = byOutcome(all);
  const { measures: calibration, reliability } = calibrationMeasures(tracks);
  const measures = {
    ...orderMeasures(tracks),
    ...truthMeasures(tracks),
    ...rankingMeasures(tracks),
    ...thresholdMeasures(tracks, rule),
    ...calibration,
    ...outcomeMeasures(tracks),
    ...latencyMeasures(all),
    unknown: unknownShare(tracks),
  };
  return { measures, reliability };
}

function latencyMeasures(
  all: readonly EpisodeTrack[],
): Record<'latency_p50_ms' | 'latency_p99_ms', Estimate> {
  const latencies = all.flatMap((track) => track.latencies);
  const at = (q: number): Estimate =>
    latencies.length === 0 ? nothing : { value: quantile(latencies, q), n: latencies.length, interval: null };
  return { latency_p50_ms: at(0.5), latency_p99_ms: at(0.99) };
}
