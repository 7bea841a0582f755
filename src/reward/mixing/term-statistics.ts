/** What a term remembers from episode to episode. */
import type { TermSpec } from './spec.js';

/** Plain data, never changed in place. */
export type TermStatistics = {
  /** steps counted */
  readonly steps: number;
  /** of the term's raw amounts over them */
  readonly mean_square: number;
  /** episodes with an opinion */
  readonly episodes: number;
  /** mean of their first known values */
  readonly beginning: number;
  /** [bins] for form count, else empty: moments at which the value was in each bin */
  readonly visits: readonly number[];
};

/** What an episode adds to them. */
export type EpisodeCount = {
  /** raw amounts, [T], undefined where they are unknown */
  readonly raw: readonly (number | undefined)[];
  /** the first known value */
  readonly beginning: number | undefined;
  /** visits of the bins once the episode is counted */
  readonly visits: readonly number[];
};

/** A term that hardly ever changes is not blown up by more than the inverse of this. */
const leastScale = 1e-3;

export function noStatistics({ form, bins }: TermSpec): TermStatistics {
  const visits = form === 'count' ? new Array<number>(bins).fill(0) : [];
  return { steps: 0, mean_square: 0, episodes: 0, beginning: 0, visits };
}

/** The statistics with one more episode. */
export function counted(before: TermStatistics, { raw, beginning, visits }: EpisodeCount): TermStatistics {
  const squares = raw.flatMap((amount) => (amount === undefined ? [] : amount * amount));
  const first = beginning === undefined ? [] : [beginning];
  return {
    steps: before.steps + squares.length,
    mean_square: meanWith(before.mean_square, before.steps, squares),
    episodes: before.episodes + first.length,
    beginning: meanWith(before.beginning, before.episodes, first),
    visits,
  };
}

/** The mean of `count` numbers and some more. */
function meanWith(mean: number, count: number, more: readonly number[]): number {
  const total = count + more.length;
  return total === 0 ? mean : more.reduce((sum, value) => sum + value, count * mean) / total;
}

/**
 * What raw amounts are divided by: the root of their mean square over all episodes so far, per term, so that no term drowns another
 * before the weights are applied (decoupled normalisation as in GDPO, arXiv 2601.05242, without its centring). 1 before anything is known.
 */
export function scaleOf({ normalise }: TermSpec, { steps, mean_square }: TermStatistics): number {
  if (normalise === 'none' || steps === 0) return 1;
  return Math.max(leastScale, Math.sqrt(mean_square));
}

/** The least that `scaleOf` can be, for bounds. */
export function leastScaleOf({ normalise }: TermSpec): number {
  return normalise === 'none' ? 1 : leastScale;
}

/** Statistics out of a checkpoint. @throws Error if they are not those of such a term */
export function checkedStatistics(term: TermSpec, name: string, value: unknown): TermStatistics {
  const { steps, mean_square, episodes, beginning, visits } = (value ?? {}) as Partial<TermStatistics>;
  if (
    !isCount(steps) ||
    !isCount(episodes) ||
    !isNumber(mean_square) ||
    !isNumber(beginning) ||
    mean_square < 0
  )
    throw new Error(`statistics of the term ${name} are not complete: ${JSON.stringify(value)}`);
  const { length } = noStatistics(term).visits;
  if (!Array.isArray(visits) || visits.length !== length || !visits.every(isCount))
    throw new Error(`the term ${name} has ${length} bins, its statistics ${JSON.stringify(visits)}`);
  return { steps, mean_square, episodes, beginning, visits };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
