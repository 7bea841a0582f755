/** What a course of progress would be paid. */
import { unknown } from '../judgement.js';
import { Mixer } from '../mixing/mixer.js';
import { plainTerm, successOnly } from '../mixing/spec.js';

/** What shaping pays for a clip, by the two forms that add up to first and last progress. */
export type Paid = {
  /** sum of the changes of progress, never further from 0 than the cap */
  readonly difference: number;
  /** discounted sum of gamma progress(t+1) - progress(t), as if the clip were cut by the clock */
  readonly potential: number;
};

/** An episode is not paid more than one task's worth. */
export const cap = 1;

/** Discount per control step, as the learner's default (schemas/parameters.schema.json). */
const gamma = 0.97;

const critic = 'judged';
const terms = {
  difference: { ...plainTerm(critic, 'difference'), cap },
  potential: plainTerm(critic, 'potential'),
};
const mixer = new Mixer({ ...successOnly, terms }, { gamma });

/**
 * What the learner's mixer pays for progress. What is unknown is worth what was known before it, and in the beginning what is known first.
 * @param progress one per moment, in order
 */
export function paidReturn(progress: readonly (number | undefined)[]): Paid {
  const judgements = new Map([[critic, progress.map((value) => ({ ...unknown(''), progress: value }))]]);
  const episode = { steps: progress.length - 1, outcome: 'unknown', terminated: false, judgements } as const;
  const paid = mixer.mix(episode, { steps: 0 }).terms;
  return {
    difference: paid.difference.reduce((sum, amount) => sum + amount, 0),
    potential: paid.potential.reduceRight((later, amount) => amount + gamma * later, 0),
  };
}
