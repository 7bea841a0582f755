/** What success counts say. */

/** Successes among independent trials. */
export type SuccessCount = { readonly successes: number; readonly episodes: number };

/** 97.5 % quantile of the standard normal distribution. */
const z95 = 1.959963984540054;

/**
 * The 95 % confidence interval of a success probability (Wilson 1927, "Probable inference, the law of succession, and
 * statistical inference", eq. for the score interval).
 * @returns lower and upper bound in [0, 1]; [0, 1] without any trial
 */
export function wilsonInterval({ successes, episodes }: SuccessCount, z = z95): [number, number] {
  if (episodes === 0) return [0, 1];
  const share = successes / episodes;
  const shrink = 1 + (z * z) / episodes;
  const centre = (share + (z * z) / (2 * episodes)) / shrink;
  const half =
    (z / shrink) * Math.sqrt((share * (1 - share)) / episodes + (z * z) / (4 * episodes * episodes));
  return [successes === 0 ? 0 : centre - half, successes === episodes ? 1 : centre + half];
}

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
