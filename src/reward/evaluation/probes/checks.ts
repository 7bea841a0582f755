/** What is looked at in the runs of a probe, and the limits. */
import { mean } from '../../statistics.js';
import { doneOf, firstDone, known, lastProgress, progressOf } from '../track.js';
import { paidFor, type Bench, type Check, type CheckName, type Run } from './probe.js';

/**
 * The limits, as shares of the whole task unless told otherwise. A pay of 0.05 is a twentieth of what the task itself pays; an
 * opinion may shift by a tenth, which is one bin of what most models say.
 */
export const limits = {
  paid: 0.05,
  shift: 0.1,
  wrong_progress: 0.2,
  /** share of clips */
  wrong_done: 0,
  flipped_gap: 0.1,
} as const;

const most = (name: CheckName, value: number | undefined, limit: number): Check => ({
  ...{ name, value: value ?? null, limit, bound: 'most' },
});

/** The mean size of what is paid, for what deserves nothing either way. */
export function nothingPaid(runs: readonly Run[]): Check {
  const paid = runs.map(({ judgements }) => Math.abs(paidFor(judgements).difference));
  return most('drift', mean(paid), limits.paid);
}

/** The mean of what is paid from an index of the recorded clip's end on, losses counted as nothing. */
export function nothingGained(gains: readonly number[]): Check {
  return most('gained', mean(gains.map((gain) => Math.max(0, gain))), limits.paid);
}

/** How far apart the pay is of runs of one recorded clip, mean over the clips. */
export function samePay(runs: readonly Run[]): Check {
  const byClip = new Map<unknown, number[]>();
  for (const { sample, judgements } of runs)
    byClip.set(sample, [...(byClip.get(sample) ?? []), paidFor(judgements).difference]);
  const spreads = [...byClip.values()].map((paid) => Math.max(...paid) - Math.min(...paid));
  return most('spread', mean(spreads), limits.paid);
}

/** What is paid beyond the recorded clip, beyond the other clip that is in it, and beyond nothing; mean. */
export function noMorePaid(runs: readonly Run[]): Check {
  const excess = runs.map(({ sample, variant, judgements }) => {
    const deserved = [sample, ...(variant.partner === undefined ? [] : [variant.partner])];
    const best = Math.max(0, ...deserved.map((clip) => paidFor(clip.judgements).difference));
    return Math.max(0, paidFor(judgements).difference - best);
  });
  return most('excess', mean(excess), limits.paid);
}

/** How far progress is from what was said of the same frame as it was recorded: mean over frames, then over runs. */
export function steadyProgress(runs: readonly Run[]): Check {
  const shifts = runs.map(({ sample, variant, judgements }) => {
    const [now, before] = [progressOf(judgements), progressOf(sample.judgements)];
    const distances = now.map((value, i) => Math.abs((value ?? NaN) - (before[variant.origin[i]] ?? NaN)));
    return mean(distances.filter(known));
  });
  return most('shift', mean(shifts.filter(known)), limits.shift);
}

/** The mean last progress, for clips of another task. */
export function littleProgress(runs: readonly Run[]): Check {
  const last = runs.map(({ judgements }) => lastProgress({ progress: progressOf(judgements) }));
  return most('progress', mean(last.filter(known)), limits.wrong_progress);
}

/** The share of runs in which done is said at any frame. */
export function neverDone(runs: readonly Run[], { critic }: Bench): Check {
  return doneShare(runs, (done) => firstDone(done, critic.done_threshold) !== undefined);
}

/** The share of runs in which done is said though it was not of the recorded clip, or more than the tolerance too early. */
export function noNewDone(runs: readonly Run[], { critic, tolerance_steps }: Bench): Check {
  return doneShare(runs, (done, { sample, variant }) => {
    const now = firstDone(done, critic.done_threshold);
    if (now === undefined) return false;
    const before = firstDone(doneOf(sample.judgements), critic.done_threshold);
    return before === undefined || variant.origin[now] < before - tolerance_steps;
  });
}

function doneShare(
  runs: readonly Run[],
  isWrong: (done: readonly (number | undefined)[], run: Run) => boolean,
): Check {
  const heard = runs
    .map((run) => ({ run, done: doneOf(run.judgements) }))
    .filter(({ done }) => done.some(known));
  return most(
    'wrong_done',
    mean(heard.map(({ run, done }) => (isWrong(done, run) ? 1 : 0))),
    limits.wrong_done,
  );
}
