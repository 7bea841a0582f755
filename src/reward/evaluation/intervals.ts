/** What was measured, of how many, and how sure that is. */
import { createRandom } from '../../engine/index.js';
import { mean, quantile } from '../statistics.js';
import { orderProbability } from './detection.js';
import { orderInterval, wilsonInterval } from './score-intervals.js';

/** A measured value. `null`: it cannot be said, which is not 0. */
export type Estimate = {
  readonly value: number | null;
  /** of what it was taken: episodes, pairs of episodes, frames */
  readonly n: number;
  /** 95 % */
  readonly interval: readonly [number, number] | null;
};

/** The share of `flags` that are set, with its Wilson interval. */
export function rate(flags: readonly boolean[]): Estimate {
  if (flags.length === 0) return nothing;
  const count = { successes: flags.filter(Boolean).length, episodes: flags.length };
  return { value: count.successes / count.episodes, n: count.episodes, interval: wilsonInterval(count) };
}

/** How often a member of `higher` exceeds one of `lower`, ties counting half. @param n of what it was taken: the members, or their pairs */
export function orderEstimate(higher: readonly number[], lower: readonly number[], n: number): Estimate {
  const value = orderProbability(higher, lower);
  if (value === undefined) return { ...nothing, n };
  return { value, n, interval: orderInterval(value, [higher.length, lower.length]) };
}

/** Where there is nothing to measure. */
export const nothing: Estimate = { value: null, n: 0, interval: null };

/** Resamples of a bootstrap; their seed is fixed, so the same episodes give the same interval. */
const resamples = 1000;
const bootstrapSeed = 0;

/**
 * The 95 % percentile interval of a statistic, by drawing whole episodes with replacement (Efron 1979): frames of one episode
 * are not independent.
 * @param groups of episodes; each is drawn from by itself, so that every resample has as many successes and failures
 * @param statistic undefined where a resample has no value; such a resample is left out
 * @returns null where no group has two episodes
 */
export function bootstrapInterval<T>(
  groups: readonly (readonly T[])[],
  statistic: (groups: readonly (readonly T[])[]) => number | undefined,
): [number, number] | null {
  if (groups.some((group) => group.length === 0) || groups.every((group) => group.length < 2)) return null;
  const random = createRandom(bootstrapSeed);
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const drawn = groups.map((group) => group.map(() => group[random.integer(group.length)]));
    const value = statistic(drawn);
    if (value !== undefined) values.push(value);
  }
  return values.length === 0 ? null : [quantile(values, 0.025), quantile(values, 0.975)];
}

/**
 * A statistic of episodes with its bootstrap interval.
 * @param n of what it was taken, if not of the episodes
 */
export function estimate<T>(
  groups: readonly (readonly T[])[],
  statistic: (groups: readonly (readonly T[])[]) => number | undefined,
  n = groups.reduce((sum, { length }) => sum + length, 0),
): Estimate {
  const value = statistic(groups);
  if (value === undefined) return { ...nothing, n };
  return { value, n, interval: bootstrapInterval(groups, statistic) };
}

/** The mean of one number per episode. */
export function meanEstimate(values: readonly number[]): Estimate {
  return estimate([values], ([drawn]) => mean(drawn));
}

/** What an episode adds to a mean over things of which it has many: their sum and their number. */
export type Portion = { readonly sum: number; readonly n: number };

/** The mean over the things of all episodes together. The interval is drawn by episodes. */
export function pooledEstimate(portions: readonly Portion[]): Estimate {
  const total = (key: keyof Portion, of: readonly Portion[]): number =>
    of.reduce((sum, portion) => sum + portion[key], 0);
  const pooled = (of: readonly Portion[]): number | undefined =>
    total('n', of) === 0 ? undefined : total('sum', of) / total('n', of);
  return estimate([portions], ([drawn]) => pooled(drawn), total('n', portions));
}
