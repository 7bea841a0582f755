/**
 * Hops between two moments, as Robo-Dopamine's reward model has them: the share of the way that is left that was gone, or of the
 * way that was gone that was lost. Hops in [-1, 1] keep integrated progress in [0, 1].
 */

/** The hop from progress `from` to progress `to`, both in [0, 1]; 0 where both are the same. */
export function hopBetween(from: number, to: number): number {
  if (to === from) return 0;
  return to > from ? (to - from) / (1 - from) : (to - from) / from;
}

/** Progress after a hop: the inverse of `hopBetween`. */
export function hopFrom(from: number, hop: number): number {
  return hop >= 0 ? from + (1 - from) * hop : from + from * hop;
}
