/** How sure a rate is: score intervals, which hold for few trials and for rates of 0 and 1. */

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

/**
 * The 95 % confidence interval of the probability that a member of one group exceeds one of another (area under the ROC curve): Newcombe's
 * method 5 (2006, Statistics in Medicine 25:559), the score interval for the variance of Hanley and McNeil. Unlike a bootstrap it does not
 * shrink to a point where the groups do not overlap.
 * @param value in [0, 1]
 * @param sizes of the groups, at least 1 each
 */
export function orderInterval(value: number, [m, n]: readonly [number, number], z = z95): [number, number] {
  const others = (m + n) / 2 - 1;
  const deviation = (p: number): number =>
    Math.sqrt((p * (1 - p) * (1 + (others * (1 - p)) / (2 - p) + (others * p) / (1 + p))) / (m * n));
  // The bound p on one side is where |value - p| is z deviations of p.
  const bound = (end: 0 | 1): number => {
    let [inside, outside] = [value, end as number];
    for (let i = 0; i < bisections; i++) {
      const middle = (inside + outside) / 2;
      if (Math.abs(value - middle) < z * deviation(middle)) inside = middle;
      else outside = middle;
    }
    return (inside + outside) / 2;
  };
  return [value === 0 ? 0 : bound(0), value === 1 ? 1 : bound(1)];
}

/** Halvings of [0, 1] until nothing of a double is left. */
const bisections = 60;

/** 97.5 % quantiles of Student's t distribution for 1 to 30 degrees of freedom. */
const t95 = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604,
  2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555,
  2.0518, 2.0484, 2.0452, 2.0423,
];

/**
 * The 95 % confidence interval of a mean of independent values with the same normal distribution (Student 1908).
 * @returns lower and upper bound; infinite with fewer than two values
 */
export function meanInterval(values: readonly number[]): [number, number] {
  const count = values.length;
  if (count < 2) return [-Infinity, Infinity];
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = (t95.at(count - 2) ?? z95) * Math.sqrt(variance / count);
  return [mean - half, mean + half];
}
