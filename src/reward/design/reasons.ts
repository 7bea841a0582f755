/** Why a progress function is refused, in words that its author, a person or a language model, can act on. */
import { overflow } from '../critics/progress-function/compile.js';
import {
  doneAt,
  figuresOf,
  finalProgress,
  isDoneEarly,
  isUnknown,
  saturatedShare,
  valueOrder,
  type Criteria,
  type Figures,
} from './preference-test.js';
import type { Track } from './tracks.js';

export type Verdict = {
  readonly figures: Figures;
  /** why it is refused; empty if it is not */
  readonly reasons: readonly string[];
};

/** Episodes that are shown with a reason. */
const mostExamples = 3;

/** The preference test. @param tracks of at least one success and one failure */
export function preferenceTest(tracks: readonly Track[], criteria: Criteria): Verdict {
  const figures = figuresOf(tracks);
  const reasons = rules.flatMap((rule) => rule(figures, criteria, tracks) ?? []);
  return { figures, reasons };
}

/** A reason, or undefined where the rule is kept. */
type Rule = (figures: Figures, criteria: Criteria, tracks: readonly Track[]) => string | undefined;

const rules: readonly Rule[] = [
  ({ unknown }, _, tracks) => {
    if (unknown === 0) return undefined;
    const moments = tracks.flatMap(({ judgements }) => judgements);
    const reason = moments.find(isUnknown)?.reason ?? '';
    return `progress or done has no value at ${unknown} of ${moments.length} moments: ${reason}`;
  },
  (figures, _, tracks) => {
    if (figures.overflow === 0) return undefined;
    const worst = Math.max(
      ...tracks.flatMap(({ judgements }) => judgements.map((j) => j.components[overflow] ?? 0)),
    );
    return `progress must stay within 0 and 1, but is outside at ${figures.overflow} moments, by up to ${short(worst)}`;
  },
  ({ final_success, final_failure }, { margin }, tracks) =>
    final_success - final_failure >= margin
      ? undefined
      : `successes must end at least ${margin} above failures, but end at ${short(final_success)} and failures at ` +
        `${short(final_failure)} on average${examples(byFinal(failures(tracks), -1), reaches)}`,
  ({ preference_accuracy }, criteria, tracks) =>
    preference_accuracy >= criteria.preference_accuracy
      ? undefined
      : `a success must end above a failure in at least ${percent(criteria.preference_accuracy)} of all pairs, but does in ` +
        percent(preference_accuracy) +
        examples(byFinal(failures(tracks), -1), reaches) +
        examples(byFinal(successes(tracks), 1), reaches),
  ({ value_order }, criteria, tracks) =>
    value_order >= criteria.value_order
      ? undefined
      : `progress must rise along successes: its rank correlation with time is ${short(value_order)}, at least ` +
        `${criteria.value_order} is asked${examples(sortedBy(successes(tracks), valueOrder), curve)}`,
  ({ start }, criteria, tracks) =>
    start <= criteria.start
      ? undefined
      : `episodes must begin at ${criteria.start} or less, but begin at ${short(start)} on average` +
        examples(
          sortedBy(tracks, (track) => -(track.judgements[0]?.progress ?? 1)),
          curve,
        ),
  ({ saturated }, criteria, tracks) =>
    saturated <= criteria.saturated
      ? undefined
      : `progress says nothing more once it is full, and on successes it is full at ${percent(saturated)} of the moments before ` +
        `the last second, at most ${percent(criteria.saturated)} is allowed` +
        examples(
          sortedBy(successes(tracks), (track) => -saturatedShare(track)),
          curve,
        ),
  ({ done_on_success }, criteria, tracks) =>
    done_on_success >= criteria.done_on_success
      ? undefined
      : `done must become true on at least ${percent(criteria.done_on_success)} of the successes, but does on ` +
        percent(done_on_success) +
        examples(
          successes(tracks).filter((track) => doneAt(track) === undefined),
          () => 'is never done',
        ),
  ({ done_on_failure }, criteria, tracks) =>
    done_on_failure <= criteria.done_on_failure
      ? undefined
      : `done must stay false on failures, but becomes true on ${percent(done_on_failure)} of them` +
        examples(
          failures(tracks).filter((track) => doneAt(track) !== undefined),
          (track) => `is done after ${short(doneAt(track) ?? 0)} s`,
        ),
  ({ done_early }, criteria, tracks) =>
    done_early <= criteria.done_early
      ? undefined
      : `done must not become true more than a second before the end of a success, but does on ${percent(done_early)} of them` +
        examples(
          successes(tracks).filter(isDoneEarly),
          (track) => `is done after ${short(doneAt(track) ?? 0)} s of ${lasts(track)}`,
        ),
  ({ idle_gain }, { gain }, tracks) =>
    idle_gain <= gain
      ? undefined
      : `standing still must earn nothing, but progress rises by up to ${short(idle_gain)} while nothing moves` +
        examples(
          sortedBy(tracks, (track) => -track.idle_gain),
          (track) => `gains ${short(track.idle_gain)}`,
        ),
  ({ loop_gain }, { gain }, tracks) =>
    loop_gain <= gain
      ? undefined
      : `going forward and back must earn nothing, but progress is up to ${short(loop_gain)} higher when an episode was played ` +
        'forward and back to its beginning; progress may depend on what is the case now, not on what once was' +
        examples(
          sortedBy(tracks, (track) => -track.loop_gain),
          (track) => `gains ${short(track.loop_gain)}`,
        ),
];

const successes = (tracks: readonly Track[]): Track[] => tracks.filter(({ success }) => success);
const failures = (tracks: readonly Track[]): Track[] => tracks.filter(({ success }) => !success);

function sortedBy(tracks: readonly Track[], key: (track: Track) => number): Track[] {
  return [...tracks].sort((a, b) => key(a) - key(b));
}

/** @param direction -1 for the highest first */
function byFinal(tracks: readonly Track[], direction: 1 | -1): Track[] {
  return sortedBy(tracks, (track) => direction * finalProgress(track));
}

function examples(tracks: readonly Track[], say: (track: Track) => string): string {
  return tracks
    .slice(0, mostExamples)
    .map((track) => `; episode ${track.name} ${track.success ? 'succeeded' : 'failed'} and ${say(track)}`)
    .join('');
}

/** Where it ends, and its components there. */
function reaches(track: Track): string {
  const components = Object.entries(track.judgements.at(-1)?.components ?? {});
  const named = components.map(([name, value]) => `${name} ${short(value)}`).join(', ');
  return `reaches ${short(finalProgress(track))}${named === '' ? '' : ` (${named})`}`;
}

/** Progress at five moments. */
function curve({ judgements }: Track): string {
  const at = [0, 0.25, 0.5, 0.75, 1].map(
    (share) => judgements[Math.round(share * (judgements.length - 1))]?.progress,
  );
  return `goes ${at.map((value) => (value === undefined ? 'unknown' : short(value))).join(', ')}`;
}

const lasts = ({ times }: Track): string => `${short(times.at(-1) ?? 0)} s`;
const short = (value: number): string => String(Number(value.toFixed(2)));
const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
