/** Demonstrations, ready to be compared with: their features, and how far they are from each other. */
import { quantile } from '../../statistics.js';
import { FeatureSpace } from './feature-space.js';
import {
  distancesTo,
  matchSegment,
  typicalDistance,
  type Match,
  type MatchSettings,
  type Row,
  type Sequence,
} from './segment-match.js';

/** Share of the demonstrations' own moments, or ends, that count as like the others. */
const ordinaryShare = 0.95;

/** Share of a demonstration in which the task is surely not done. */
const notDoneShare = 0.8;

/** From so many times the ordinary distance on nothing is familiar any more. */
const strangeAt = 3;

/** How steeply the probability of being done falls around `done_distance`. */
const doneSteepness = 8;

/** 1 where something is as near to the demonstrations as they are to each other, falling to 0 at three times that distance. */
export function familiarity(distance: number, ordinary: number): number {
  const times = distance / Math.max(ordinary, Number.MIN_VALUE);
  return Math.min(1, Math.max(0, (strangeAt - times) / (strangeAt - 1)));
}

export class Reference {
  private constructor(
    readonly space: FeatureSpace,
    readonly demonstrations: readonly Sequence[],
    private readonly settings: MatchSettings,
    private readonly typical: number,
    /** distance of a held-out demonstration's segments to the others */
    readonly ordinary: number,
    /** distance to the nearest end of a demonstration at which done is as likely as not */
    readonly doneDistance: number,
  ) {}

  /**
   * Each demonstration is compared with the others once, to learn what is an ordinary distance.
   * @param raw features of at least two demonstrations
   * @param doneDistance in place of the one that is learned
   */
  static fit(
    raw: readonly Sequence[],
    space: FeatureSpace,
    settings: MatchSettings,
    doneDistance?: number,
  ): Reference {
    const sequences = raw.map((sequence) => sequence.map((features) => space.standardise(features)));
    const heldOut = sequences.map((sequence, i) => {
      const others = sequences.filter((_, j) => j !== i);
      return sequence.map((features, step): Row => ({
        step,
        distances: others.map((other) => distancesTo(other, features)),
      }));
    });
    const typical = typicalDistance(heldOut);
    const segments = heldOut.flatMap((rows) =>
      rows.map((_, i) => matchSegment(segmentEndingAt(rows, i, settings), settings, typical).distance),
    );
    const done = doneDistance ?? ordinaryEnd(heldOut);
    return new Reference(space, sequences, settings, typical, quantile(segments, ordinaryShare), done);
  }

  /** @param features as they come, not standardised */
  row(step: number, features: Float32Array): Row {
    const standardised = this.space.standardise(features);
    return { step, distances: this.demonstrations.map((each) => distancesTo(each, standardised)) };
  }

  /** @param rows of a clip's last moments */
  match(rows: readonly Row[]): Match & { readonly familiarity: number } {
    const match = matchSegment(rows, this.settings, this.typical);
    return { ...match, familiarity: familiarity(match.distance, this.ordinary) };
  }

  /** Half where a moment is as far from the demonstrations' ends as `doneDistance`. */
  doneProbability(row: Row): number {
    const times = endDistance(row) / Math.max(this.doneDistance, Number.MIN_VALUE);
    return 1 / (1 + Math.exp(doneSteepness * (times - 1)));
  }
}

/**
 * How far from the others' ends a held-out demonstration ends, but not so far that a moment well before the end of one would count.
 * @param heldOut rows of each demonstration with the distances to the others
 */
function ordinaryEnd(heldOut: readonly (readonly Row[])[]): number {
  const ends = heldOut.map((rows) => endDistance(rows[rows.length - 1]));
  const before = heldOut.flatMap((rows) =>
    rows.slice(0, Math.floor(notDoneShare * rows.length)).map(endDistance),
  );
  return Math.min(quantile(ends, ordinaryShare), ...before);
}

/** The last rows up to one of them, as many as a segment has. */
export function segmentEndingAt(
  rows: readonly Row[],
  index: number,
  { window }: MatchSettings,
): readonly Row[] {
  return rows.slice(Math.max(0, index + 1 - window), index + 1);
}

/** Distance of a moment to the nearest end of a demonstration. */
export function endDistance({ distances }: Row): number {
  return Math.min(...distances.map((each) => each[each.length - 1]));
}
