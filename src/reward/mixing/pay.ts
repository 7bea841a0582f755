/** What one term pays for each step of an episode. */
import type { Course } from './course.js';
import { valuesAsStated, valuesCarried, type EpisodeOpinions } from './opinions.js';
import { weightAt, type TermSpec } from './spec.js';
import { scaleOf, type EpisodeCount, type TermStatistics } from './term-statistics.js';

/** When an episode is paid, and what the term had seen before it. */
export type PayPoint = {
  readonly gamma: number;
  /** control steps of the learner, for scheduled weights */
  readonly steps: number;
  readonly statistics: TermStatistics;
};

/** @returns [T], finite */
export function payOf(term: TermSpec, episode: EpisodeOpinions, course: Course, point: PayPoint): number[] {
  if (term.form === 'potential') return potentialPay(term, episode, course, point);
  const { raw } = rawSteps(term, episode, course, point.statistics);
  const weight = weightAt(term.weight, point.steps);
  const scale = scaleOf(term, point.statistics);
  const pay = raw.map((amount, t) => {
    if (amount === undefined) return 0;
    const clipped = Math.min(term.clip, weight * squashed(term, amount / scale));
    return clipped > 0 ? clipped * course.factor[t] : clipped;
  });
  return gated(term, capped(pay, term.cap), course, point.gamma);
}

/**
 * r_t = gamma Phi(s_t+1) - Phi(s_t), with Phi = 0 after a termination and the episode's own last Phi at a time-out (Ng et al. 1999;
 * Grzes 2017 for the end of an episode). A hard infraction is a termination: its step gives back what was paid ahead.
 */
function potentialPay(
  term: TermSpec,
  episode: EpisodeOpinions,
  { infraction, terminated }: Course,
  { gamma, steps, statistics }: PayPoint,
): number[] {
  const values = potentialValues(term, episode, statistics);
  const weight = weightAt(term.weight, steps);
  const last = infraction ?? episode.steps - 1;
  return Array.from({ length: episode.steps }, (_, t) => {
    if (values === undefined || t > last) return 0;
    const next = t === last && terminated ? 0 : weight * values[t + 1];
    return gamma * next - weight * values[t];
  });
}

/**
 * What the term says was gained in the episode, in units of reward: the sum of what it paid, but the rise of Phi for a potential, which pays
 * -Phi(s_0) in all whatever its critics say.
 */
export function claimOf(
  term: TermSpec,
  episode: EpisodeOpinions,
  { paid, infraction }: Course,
  { steps, statistics }: PayPoint,
  pay: readonly number[],
): number {
  if (term.form !== 'potential') return pay.reduce((sum, amount) => sum + amount, 0);
  const values = potentialValues(term, episode, statistics);
  if (values === undefined) return 0;
  const end = infraction === undefined ? paid : infraction + 1;
  return weightAt(term.weight, steps) * (values[end] - values[0]);
}

/**
 * Values without gaps, [T + 1]. What stands for an unknown beginning must not depend on what comes later: all that a potential adds to a
 * return is -Phi(s_0), and a robot would earn by looking bad when the first opinion comes. So it is the mean with which earlier episodes
 * began, and the first opinion itself only in the first episode.
 */
function potentialValues(
  term: TermSpec,
  episode: EpisodeOpinions,
  { episodes, beginning }: TermStatistics,
): readonly number[] | undefined {
  const found = valuesCarried(term, episode);
  if (found === undefined || episodes === 0) return found?.values;
  return found.values.map((value, m) => (m < found.since ? beginning : value));
}

/** What an episode adds to the term's statistics. */
export function countOf(
  term: TermSpec,
  episode: EpisodeOpinions,
  course: Course,
  statistics: TermStatistics,
): EpisodeCount {
  if (term.form !== 'potential')
    return { ...rawSteps(term, episode, course, statistics), beginning: undefined };
  const found = valuesCarried(term, episode);
  return { raw: [], beginning: found?.values[found.since], visits: [] };
}

/**
 * What is paid before weights and limits, [T]; undefined where nothing is: the opinion is unknown or an infraction came before. Also the
 * visits of the term's bins once the episode is counted.
 */
function rawSteps(
  term: TermSpec,
  episode: EpisodeOpinions,
  { paid }: Course,
  { visits }: TermStatistics,
): { raw: (number | undefined)[]; visits: readonly number[] } {
  const steps = Array.from({ length: episode.steps }, (_, t) => t);
  if (term.form === 'difference') {
    const values = valuesCarried(term, episode)?.values;
    const change = (t: number): number | undefined => values && values[t + 1] - values[t];
    return { raw: steps.map((t) => (t < paid ? change(t) : undefined)), visits };
  }
  const values = valuesAsStated(term, episode);
  const reached = steps.map((t) => (t < paid ? values[t + 1] : undefined));
  return term.form === 'level' ? { raw: reached, visits } : bonuses(term, reached, visits);
}

/** 1 / sqrt(N) for the N-th visit of a bin, this one included (ProgressCounts, arXiv 2410.09187). */
function bonuses(
  { range: [low, high], bins }: TermSpec,
  reached: readonly (number | undefined)[],
  before: readonly number[],
): { raw: (number | undefined)[]; visits: readonly number[] } {
  const visits = [...before];
  const raw = reached.map((value) => {
    if (value === undefined) return undefined;
    const bin = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    visits[bin]++;
    return 1 / Math.sqrt(visits[bin]);
  });
  return { raw, visits };
}

/** PAR: bounded, steepest at the reference, and 0 there (arXiv 2502.18770, centred). */
function squashed({ squash, reference }: TermSpec, amount: number): number {
  return squash === 'none' ? amount : 1 / (1 + Math.exp(reference - amount)) - 0.5;
}

/** Keeps the running sum between -cap and cap. What is lost at a bound is not paid later, and not owed either. */
function capped(pay: readonly number[], cap: number): number[] {
  if (cap === Infinity) return [...pay];
  let sum = 0;
  return pay.map((amount) => {
    const before = sum;
    sum = Math.min(cap, Math.max(-cap, sum + amount));
    return sum - before;
  });
}

/**
 * With gate `outcome` nothing is paid unless the episode succeeded (G-RA, arXiv 2508.10548) and the term agrees: its sum, plain
 * and discounted, is not negative. So every failure earns 0 by gated terms and every success at least that.
 */
function gated({ gate }: TermSpec, pay: number[], { success }: Course, gamma: number): number[] {
  if (gate === 'none') return pay;
  const sum = pay.reduce((total, amount) => total + amount, 0);
  const discounted = pay.reduceRight((later, amount) => amount + gamma * later, 0);
  return success && sum >= 0 && discounted >= 0 ? pay : pay.map(() => 0);
}
