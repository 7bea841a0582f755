/** OTR: each step is paid by what it costs to move the episode onto the nearest demonstration (Luo et al. 2023, arXiv 2303.13971). */
import { quantile } from '../../statistics.js';
import type { Sequence } from './segment-match.js';
import { cosineCost, transport } from './sinkhorn.js';

/** The paper's: weight of the entropy, and reward = 5 exp(-5 cost). */
const epsilon = 0.01;
const [rewardScale, rewardSteepness] = [5, 5];

/** What is said of one moment. */
export type TransportMatch = {
  /** as the paper pays it */
  readonly reward: number;
  /** mean cosine cost of the moment, 0 to 2 */
  readonly cost: number;
  /** in the demonstration, 0 to 1 */
  readonly place: number;
};

/** The moments of an episode by the demonstration that it costs least to move it onto. All features standardised. */
export function matchByTransport(
  episode: Sequence,
  demonstrations: readonly Sequence[],
): readonly TransportMatch[] {
  let [best, least]: [readonly TransportMatch[], number] = [[], Infinity];
  for (const demonstration of demonstrations) {
    const costs = episode.map((a) => Float32Array.from(demonstration, (b) => cosineCost(a, b)));
    const moved = transport(costs, epsilon);
    const total = moved.reduce((sum, { cost }) => sum + cost, 0);
    if (total >= least) continue;
    least = total;
    best = moved.map(({ cost, place }) => ({
      reward: rewardScale * Math.exp(-rewardSteepness * cost),
      cost: cost * episode.length,
      place,
    }));
  }
  return best;
}

/** The cost that 95 % of the moments of held-out demonstrations stay below. */
export function ordinaryCost(demonstrations: readonly Sequence[]): number {
  const costs = demonstrations.flatMap((each, i) =>
    matchByTransport(
      each,
      demonstrations.filter((_, j) => j !== i),
    ).map(({ cost }) => cost),
  );
  return quantile(costs, 0.95);
}
