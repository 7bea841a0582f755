/** How observations and actions are scaled for networks. */

/** Standardisation: (value - mean) / std, clipped to ±clip. Arrays have one entry per observation element. */
export type Standardisation = {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly clip: number;
};

/** Min-max scaling of actions: lower maps to -1 and upper to 1. Units of the action, one entry per joint. */
export type ActionRange = { readonly lower: readonly number[]; readonly upper: readonly number[] };

/** Smallest standard deviation that is divided by; below it an element is constant in the data. */
export const minimumStd = 0.01;

/** Half of the smallest action range, rad: a joint that hardly moves in the data must not become infinitely sensitive. */
export const minimumHalfRange = 0.05;

/** Mean and standard deviation over rows of `width` elements. */
export function fitStandardisation(
  rows: readonly Float32Array[],
  width: number,
  clip: number,
): Standardisation {
  const mean = new Array<number>(width).fill(0);
  for (const row of rows) for (let i = 0; i < width; i++) mean[i] += row[i] / rows.length;
  const variance = new Array<number>(width).fill(0);
  for (const row of rows)
    for (let i = 0; i < width; i++) variance[i] += (row[i] - mean[i]) ** 2 / rows.length;
  return { mean, std: variance.map((value) => Math.max(Math.sqrt(value), minimumStd)), clip };
}

/** Least and greatest action of each joint over the rows, widened to at least twice `minimumHalfRange`. */
export function fitActionRange(rows: readonly Float32Array[], width: number): ActionRange {
  const lower = new Array<number>(width).fill(Infinity);
  const upper = new Array<number>(width).fill(-Infinity);
  for (const row of rows) {
    for (let i = 0; i < width; i++) {
      lower[i] = Math.min(lower[i], row[i]);
      upper[i] = Math.max(upper[i], row[i]);
    }
  }
  for (let i = 0; i < width; i++) {
    const missing = Math.max(0, minimumHalfRange - (upper[i] - lower[i]) / 2);
    lower[i] -= missing;
    upper[i] += missing;
  }
  return { lower, upper };
}

/** Standardised copy of an observation. */
export function standardise(values: Float32Array, { mean, std, clip }: Standardisation): Float32Array {
  return values.map((value, i) => Math.min(clip, Math.max(-clip, (value - mean[i]) / std[i])));
}

/** Action in [-1, 1] per joint where it lies in the range; values outside map outside. */
export function normaliseAction(values: ArrayLike<number>, { lower, upper }: ActionRange): Float32Array {
  return Float32Array.from(values, (value, i) => (2 * (value - lower[i])) / (upper[i] - lower[i]) - 1);
}

/** The inverse of `normaliseAction`. */
export function denormaliseAction(values: ArrayLike<number>, { lower, upper }: ActionRange): Float32Array {
  return Float32Array.from(values, (value, i) => lower[i] + ((value + 1) / 2) * (upper[i] - lower[i]));
}
