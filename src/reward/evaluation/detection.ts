/** How well a number tells successes from failures, and whether a probability means what it says. */
import { midRanks } from './correlation.js';

/**
 * The probability that a member of `higher` exceeds one of `lower`, ties counting half (Mann and Whitney 1947). Of scores it is the area
 * under the ROC curve; of last progress it is preference accuracy.
 * @returns undefined if one of them is empty
 */
export function orderProbability(higher: readonly number[], lower: readonly number[]): number | undefined {
  const [a, b] = [higher.length, lower.length];
  if (a === 0 || b === 0) return undefined;
  const ranks = midRanks([...higher, ...lower]);
  const sum = ranks.slice(0, a).reduce((total, rank) => total + rank, 0);
  return (sum - (a * (a + 1)) / 2) / (a * b);
}

/**
 * Average precision: precision at each distinct score, weighted by the recall that it adds. Equal scores are one threshold, so the order of
 * ties does not matter.
 * @returns undefined without a success or without a failure
 */
export function averagePrecision(
  successes: readonly number[],
  failures: readonly number[],
): number | undefined {
  if (successes.length === 0 || failures.length === 0) return undefined;
  const all = [
    ...successes.map((score) => ({ score, success: 1 })),
    ...failures.map((score) => ({ score, success: 0 })),
  ].sort((a, b) => b.score - a.score);
  let [found, counted, area] = [0, 0, 0];
  for (let i = 0; i < all.length; i = counted) {
    let added = 0;
    for (; counted < all.length && all[counted].score === all[i].score; counted++)
      added += all[counted].success;
    found += added;
    area += (added / successes.length) * (found / counted);
  }
  return area;
}

/** A probability that was given, and what came: 1 or 0. */
export type Forecast = { readonly probability: number; readonly outcome: 0 | 1 };

/** Forecasts that lie in one bin of probability. */
export type ReliabilityBin = {
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** undefined in an empty bin */
  readonly mean_probability: number | undefined;
  readonly share: number | undefined;
};

const binCount = 10;

/** Sums of forecasts by bin and of their squared errors; those of several episodes can be added. */
export type ForecastSums = {
  readonly n: readonly number[];
  readonly probability: readonly number[];
  readonly outcome: readonly number[];
  readonly squared_error: number;
};

/** The sums over forecasts; bins are equally wide, the last one with 1 in it. */
export function forecastSums(forecasts: readonly Forecast[]): ForecastSums {
  const zeros = (): number[] => new Array<number>(binCount).fill(0);
  const [n, probability, outcome] = [zeros(), zeros(), zeros()];
  let squared_error = 0;
  for (const forecast of forecasts) {
    const bin = Math.max(0, Math.min(binCount - 1, Math.floor(binCount * forecast.probability)));
    n[bin]++;
    probability[bin] += forecast.probability;
    outcome[bin] += forecast.outcome;
    squared_error += (forecast.probability - forecast.outcome) ** 2;
  }
  return { n, probability, outcome, squared_error };
}

/** The sums of all groups together. */
export function addForecasts(groups: readonly ForecastSums[]): ForecastSums {
  const add = (key: 'n' | 'probability' | 'outcome'): number[] =>
    Array.from({ length: binCount }, (_, bin) => groups.reduce((sum, group) => sum + group[key][bin], 0));
  const squared_error = groups.reduce((sum, group) => sum + group.squared_error, 0);
  return { n: add('n'), probability: add('probability'), outcome: add('outcome'), squared_error };
}

/** The bins of a reliability diagram. */
export function reliabilityBins({ n, probability, outcome }: ForecastSums): ReliabilityBin[] {
  return n.map((count, bin) => ({
    low: bin / binCount,
    high: (bin + 1) / binCount,
    n: count,
    mean_probability: count === 0 ? undefined : probability[bin] / count,
    share: count === 0 ? undefined : outcome[bin] / count,
  }));
}

const total = ({ n }: ForecastSums): number => n.reduce((sum, count) => sum + count, 0);

/** Expected calibration error in ten bins: the mean distance of the bins' mean probability and share, weighted by their size (Guo et al. 2017, eq. 3). */
export function calibrationError(sums: ForecastSums): number | undefined {
  const all = total(sums);
  if (all === 0) return undefined;
  return sums.probability.reduce((error, given, bin) => error + Math.abs(given - sums.outcome[bin]), 0) / all;
}

/** Mean squared error of the probabilities (Brier 1950). */
export function brierScore(sums: ForecastSums): number | undefined {
  const all = total(sums);
  return all === 0 ? undefined : sums.squared_error / all;
}
