/** How like a goal an image is, in a space that images and texts share. */

/** Scaled to length 1. @throws Error if it has none */
export function unitVector(values: Float32Array): Float32Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  if (!(length > 0) || !Number.isFinite(length)) throw new Error('an embedding has no direction');
  return values.map((value) => value / length);
}

/** Mean of unit vectors, as a unit vector. */
export function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0].length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
  return unitVector(sum);
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * Goal-baseline regularisation (Rocamonde et al. 2024, arXiv 2310.12921, section 3.2): 1 - |(x - g) P|^2 / 2 with
 * P = alpha d d^T / |d|^2 + (1 - alpha) I and d = g - b. What tells nothing of the way from the baseline to the goal counts the less, the
 * larger alpha is; with alpha 0 it is the cosine of image and goal.
 * @param x image, g goal, b baseline; unit vectors
 * @throws Error if goal and baseline are the same and alpha is not 0
 */
export function goalBaselineSimilarity(
  x: Float32Array,
  g: Float32Array,
  b: Float32Array,
  alpha: number,
): number {
  const direction = g.map((value, i) => value - b[i]);
  const away = x.map((value, i) => value - g[i]);
  const length = dot(direction, direction);
  if (alpha > 0 && !(length > 0)) throw new Error('goal and baseline are the same');
  // P keeps the part along d whole, and the rest by a factor of 1 - alpha.
  const along = length > 0 ? dot(away, direction) ** 2 / length : 0;
  return 1 - (along + (1 - alpha) ** 2 * Math.max(0, dot(away, away) - along)) / 2;
}
