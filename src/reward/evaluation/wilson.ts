/** How sure a success rate is. */

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
