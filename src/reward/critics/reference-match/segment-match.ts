/**
 * Where in the demonstrations a robot is. The last moments, a segment, are laid along each demonstration: the place may move on, stay
 * or, at a price, go back, at most so fast. What such a path costs is the mean distance of the features along it, so a place is found
 * by what led there and not by one image, and the work is linear in the demonstrations' length. After the segment matching of Dong,
 * Omori and Ross 2025 (arXiv 2506.06793); the segment that corresponds is searched for here, since the robot may be slower or faster
 * than the demonstrations, or lose what it had gained.
 */
import { quantile } from '../../statistics.js';
import { distance } from './feature-space.js';

/** Features of one moment after the other. */
export type Sequence = readonly Float32Array[];

export type MatchSettings = {
  /** moments of a segment */
  readonly window: number;
  /** demonstrations that are averaged over */
  readonly neighbours: number;
  /** steps of a demonstration that one step may move the place by, either way */
  readonly speed: number;
};

/** A moment: its distances to all moments of each demonstration, and its step. */
export type Row = { readonly step: number; readonly distances: readonly Float32Array[] };

/** What is said of the last moment of a segment. */
export type Match = {
  /** 0 at the demonstrations' beginning, 1 at their end */
  readonly place: number;
  /** standard deviation of the place over the demonstrations */
  readonly spread: number;
  /** mean distance along the best path */
  readonly distance: number;
};

/** What a move back costs, in typical distances: a segment that could be either is on its way forward. */
const backward = 0.25;

/** Places are averaged where a path costs not much more than the best one: this share of the typical distance. */
const softness = 0.1;

/** Distances of a moment to a demonstration's. */
export function distancesTo(demonstration: Sequence, features: Float32Array): Float32Array {
  return Float32Array.from(demonstration, (other) => distance(features, other));
}

/** The typical distance of a moment to the nearest one in the other demonstrations. */
export function typicalDistance(rows: readonly (readonly Row[])[]): number {
  return quantile(
    rows
      .flat()
      .map(({ distances }) => Math.min(...distances.map((row) => row.reduce((a, b) => Math.min(a, b))))),
    0.5,
  );
}

/**
 * Matches a segment.
 * @param rows of its moments; at least one
 * @param typical `typicalDistance` of the demonstrations among each other
 */
export function matchSegment(
  rows: readonly Row[],
  { neighbours, speed }: MatchSettings,
  typical: number,
): Match {
  const temperature = Math.max(softness * typical, Number.MIN_VALUE);
  const found = rows[0].distances.map((_, i) =>
    softPlace(pathCosts(rows, i, speed, backward * typical), temperature),
  );
  found.sort((a, b) => a.cost - b.cost);
  const nearest = found.slice(0, neighbours);
  const best = nearest[0].cost;
  const weights = nearest.map(({ cost }) => Math.exp((best - cost) / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  const mean = (value: (place: number) => number): number =>
    nearest.reduce((total, { place }, i) => total + (weights[i] / sum) * value(place), 0);
  const place = mean((each) => each);
  return { place, spread: Math.sqrt(mean((each) => (each - place) ** 2)), distance: best };
}

/** The mean cost of the cheapest path of the segment to each place of a demonstration. @param penalty of a move back */
function pathCosts(
  rows: readonly Row[],
  demonstration: number,
  speed: number,
  penalty: number,
): Float32Array {
  let costs = rows[0].distances[demonstration];
  for (let i = 1; i < rows.length; i++) {
    const moves = Math.ceil(speed * (rows[i].step - rows[i - 1].step));
    const distances = rows[i].distances[demonstration];
    const before = costs;
    costs = distances.map((cost, place) => cost + leastBefore(before, place, moves, penalty));
  }
  return costs.map((cost) => cost / rows.length);
}

/** The cheapest way to a place from at most `reach` places away; coming back from a later one costs the penalty. */
function leastBefore(costs: Float32Array, place: number, reach: number, penalty: number): number {
  let [ahead, back] = [Infinity, Infinity];
  for (let i = Math.max(0, place - reach); i <= place; i++) if (costs[i] < ahead) ahead = costs[i];
  const end = Math.min(costs.length - 1, place + reach);
  for (let i = place + 1; i <= end; i++) if (costs[i] < back) back = costs[i];
  return Math.min(ahead, back + penalty);
}

/** Mean place, as a share of the demonstration, weighted by exp(-cost / temperature); `cost` is that of the best. */
function softPlace(
  costs: Float32Array,
  temperature: number,
): { readonly place: number; readonly cost: number } {
  const best = costs.reduce((a, b) => Math.min(a, b));
  let [sum, places] = [0, 0];
  costs.forEach((cost, place) => {
    const weight = Math.exp((best - cost) / temperature);
    sum += weight;
    places += weight * place;
  });
  return { place: costs.length > 1 ? places / sum / (costs.length - 1) : 1, cost: best };
}
