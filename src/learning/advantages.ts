/** Generalised advantage estimates (Schulman et al., arXiv 1506.02438). */

export type AdvantageSettings = { readonly gamma: number; readonly gae_lambda: number };

/**
 * The advantage of every step of an episode (eq. 16): the discounted sum of the temporal differences that follow it.
 * @param reward [T]; @param values [T + 1], the last that of the observation after the last step
 * @param terminated whether nothing can be earned after the last step; else its value counts
 * @returns [T]
 */
export function advantages(
  reward: readonly number[],
  values: ArrayLike<number>,
  terminated: boolean,
  { gamma, gae_lambda }: AdvantageSettings,
): Float32Array {
  const steps = reward.length;
  const result = new Float32Array(steps);
  let later = 0;
  for (let t = steps - 1; t >= 0; t--) {
    const next = terminated && t === steps - 1 ? 0 : values[t + 1];
    later = reward[t] + gamma * next - values[t] + gamma * gae_lambda * later;
    result[t] = later;
  }
  return result;
}
