/** Which seeds are for what, so that no policy is judged on a seed that it has seen. */

/** First held-out seed; the same for every run, so that runs compare. */
export const heldOutSeed = 10_000;

/** First seed of evaluations during training, by which settings may be chosen. */
export const evaluationSeed = 50_000;

/**
 * Seeds from here on are for the demonstrations and the training of `graft demo`. Commands that take a seed begin at 0 unless told
 * otherwise, evaluation at `heldOutSeed`.
 */
const firstSeen = 100_000_000;

/** Seeds that one run may use. */
const perRun = 1_000_000;

export type DemoSeeds = { readonly demos: number; readonly training: number };

/** The first seeds of a run's demonstrations and of its training episodes. @param seed of the run, 0 to 4000 */
export function demoSeeds(seed: number): DemoSeeds {
  const first = firstSeen + seed * perRun;
  return { demos: first, training: first + perRun / 10 };
}
