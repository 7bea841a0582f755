/** What success counts say. */
import { wilsonInterval, type SuccessCount } from '../reward/evaluation/score-intervals.js';

/** `46.0 % (92 of 200, 95 % interval 39.2 to 52.9 %)`. */
export function describeSuccess(count: SuccessCount): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const [low, high] = wilsonInterval(count);
  const share = count.episodes === 0 ? 0 : count.successes / count.episodes;
  return `${percent(share)} % (${count.successes} of ${count.episodes}, 95 % interval ${percent(low)} to ${percent(high)} %)`;
}

/** A point of the learning curve: the success rate of the episodes in a window that ends at `step`. */
export type RatePoint = { readonly step: number; readonly rate: number; readonly episodes: number };

/**
 * The success rate over the last `window` episodes, after each episode from the `minimum`-th on.
 * @param episodes in order; `step` is the number of control steps when the episode ended
 */
export function slidingSuccessRate(
  episodes: readonly { readonly step: number; readonly success: boolean }[],
  window: number,
  minimum = Math.min(window, 10),
): RatePoint[] {
  const points: RatePoint[] = [];
  let successes = 0;
  episodes.forEach(({ step, success }, i) => {
    if (success) successes++;
    if (i >= window && episodes[i - window].success) successes--;
    const count = Math.min(i + 1, window);
    if (i + 1 >= minimum) points.push({ step, rate: successes / count, episodes: count });
  });
  return points;
}
