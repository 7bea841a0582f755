/** What a course of progress would be paid. */
import { known } from './track.js';

/** What shaping pays for a clip, by the two forms of potential-based reward. */
export type Paid = {
  /** sum of the changes of progress, never further from 0 than the cap */
  readonly difference: number;
  /** sum of gamma^t (gamma progress(t+1) - progress(t)), as if the clip were cut by the clock */
  readonly potential: number;
};

/** An episode is not paid more than one task's worth. */
export const cap = 1;

/** Discount per control step, as the learner's default (schemas/parameters.schema.json). */
const gamma = 0.97;

/**
 * What is paid for progress (Ng, Harada and Russell 1999 for the potential). A value that is unknown pays nothing until the next known one.
 * @param progress one per moment, in order
 */
export function paidReturn(progress: readonly (number | undefined)[]): Paid {
  let last: number | undefined;
  let [difference, potential] = [0, 0];
  progress.forEach((value, step) => {
    const next = known(value) ? value : last;
    if (last !== undefined && next !== undefined) {
      difference = Math.max(-cap, Math.min(cap, difference + next - last));
      potential += gamma ** (step - 1) * (gamma * next - last);
    }
    last = next;
  });
  return { difference, potential };
}
