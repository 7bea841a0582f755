/**
 * Whether a progress function may be learned from, decided on recorded episodes before any training: CARD's trajectory
 * preference evaluation (successes must score above failures), with checks of what else would be exploited.
 */
import type { Judgement } from '../judgement.js';
import { overflow } from '../critics/progress-function/compile.js';
import { spearman } from '../evaluation/correlation.js';
import { orderProbability } from '../evaluation/detection.js';
import { mean } from '../statistics.js';
import type { Track } from './tracks.js';

/** What is asked of a function. Shares and progress are in [0, 1]. */
export type Criteria = {
  /** mean final progress of successes above that of failures, at least */
  readonly margin: number;
  /** share of pairs in which the success ends above the failure, ties counting half, at least */
  readonly preference_accuracy: number;
  /** mean Spearman correlation of progress with time on successes, at least */
  readonly value_order: number;
  /** mean progress at the first moment, at most */
  readonly start: number;
  /** share of a success's moments with progress of 0.98 or more, its last second left out, at most */
  readonly saturated: number;
  /** share of successes that are called done, at least */
  readonly done_on_success: number;
  /** share of failures that are called done, at most */
  readonly done_on_failure: number;
  /** share of successes that are called done more than a second before their end, at most */
  readonly done_early: number;
  /** progress that standing still, or going forward and back, gains, at most */
  readonly gain: number;
};

export const defaultCriteria: Criteria = {
  margin: 0.3,
  preference_accuracy: 0.9,
  value_order: 0.85,
  start: 0.2,
  saturated: 0.2,
  done_on_success: 0.9,
  done_on_failure: 0.05,
  done_early: 0.1,
  gain: 0.05,
};

export type Figures = {
  readonly successes: number;
  readonly failures: number;
  /** mean progress at the end */
  readonly final_success: number;
  readonly final_failure: number;
  readonly preference_accuracy: number;
  readonly value_order: number;
  readonly start: number;
  readonly saturated: number;
  readonly done_on_success: number;
  readonly done_on_failure: number;
  readonly done_early: number;
  /** the most of all episodes */
  readonly idle_gain: number;
  readonly loop_gain: number;
  /** moments with unknown progress or done, and with progress outside of [0, 1] */
  readonly unknown: number;
  readonly overflow: number;
};

/** The level from which on progress says nothing more. */
const full = 0.98;
/** The end of an episode that is looked at with less care, s. */
const ending = 1;
const doneThreshold = 0.5;

/** Figures of a function on recorded episodes. Unknown progress at the end counts as the worst: 0 on a success, 1 on a failure. */
export function figuresOf(tracks: readonly Track[]): Figures {
  const [good, bad] = [tracks.filter(({ success }) => success), tracks.filter(({ success }) => !success)];
  const [won, lost] = [good.map(finalProgress), bad.map(finalProgress)];
  const all = tracks.flatMap(({ judgements }) => judgements);
  return {
    successes: good.length,
    failures: bad.length,
    final_success: mean(won),
    final_failure: mean(lost),
    preference_accuracy: orderProbability(won, lost) ?? NaN,
    value_order: mean(good.map(valueOrder)),
    start: mean(tracks.map(({ judgements }) => judgements[0]?.progress ?? 1)),
    saturated: mean(good.map(saturatedShare)),
    done_on_success: mean(good.map((track) => (doneAt(track) === undefined ? 0 : 1))),
    done_on_failure: mean(bad.map((track) => (doneAt(track) === undefined ? 0 : 1))),
    done_early: mean(good.map((track) => (isDoneEarly(track) ? 1 : 0))),
    idle_gain: Math.max(...tracks.map(({ idle_gain }) => idle_gain)),
    loop_gain: Math.max(...tracks.map(({ loop_gain }) => loop_gain)),
    unknown: all.filter(isUnknown).length,
    overflow: all.filter(({ components }) => components[overflow] !== undefined).length,
  };
}

export function finalProgress({ judgements, success }: Track): number {
  return judgements.at(-1)?.progress ?? (success ? 0 : 1);
}

/** Spearman correlation of progress with time; 0 where progress is constant or unknown somewhere. */
export function valueOrder({ judgements, times }: Track): number {
  const known = judgements.flatMap(({ progress }) => progress ?? []);
  return known.length < judgements.length ? 0 : (spearman(known, times) ?? 0);
}

/** When the task is first called done, s; undefined if it never is. */
export function doneAt({ judgements, times }: Track): number | undefined {
  const first = judgements.findIndex(({ done }) => done !== undefined && done >= doneThreshold);
  return first === -1 ? undefined : times[first];
}

export function isDoneEarly(track: Track): boolean {
  return (doneAt(track) ?? Infinity) < endOf(track) - ending;
}

/** A judgement that lacks progress, or lacks an answer to whether the task is done. */
export function isUnknown({ progress, reason }: Judgement): boolean {
  return progress === undefined || reason !== '';
}

/** Share of the moments before the last second with full progress. */
export function saturatedShare(track: Track): number {
  const before = track.judgements.filter((_, i) => track.times[i] < endOf(track) - ending);
  return before.length === 0
    ? 0
    : before.filter(({ progress = 0 }) => progress >= full).length / before.length;
}

function endOf({ times }: Track): number {
  return times.at(-1) ?? 0;
}
