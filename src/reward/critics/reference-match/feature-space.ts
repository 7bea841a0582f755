/** Where features are compared: standardised by the demonstrations, so that distances have no unit. */
import type { FrameFeatures } from '../../features/frame-features.js';

/** Smallest deviation of an element that is divided by, as a share of the root mean square over all of them. */
const leastShare = 0.1;

/** Elements with deviations of their own are clipped to this many: one that hardly varied must not outweigh all others. */
const mostDeviations = 5;

export class FeatureSpace {
  private constructor(
    private readonly mean: Float64Array,
    private readonly deviation: Float64Array,
    private readonly clip: number,
  ) {}

  /**
   * @param rows features of all moments that are to be compared with
   * @param standardise each element by its own deviation, or all by the same
   */
  static fit(rows: readonly Float32Array[], standardise: FrameFeatures['standardise']): FeatureSpace {
    const size = rows[0]?.length ?? 0;
    const mean = new Float64Array(size);
    for (const row of rows) for (let i = 0; i < size; i++) mean[i] += row[i] / rows.length;
    const variance = new Float64Array(size);
    for (const row of rows)
      for (let i = 0; i < size; i++) variance[i] += (row[i] - mean[i]) ** 2 / rows.length;
    const overall = Math.sqrt(variance.reduce((sum, value) => sum + value, 0) / Math.max(1, size));
    // Demonstrations that all look the same: distances are then infinite or zero, not NaN.
    const least = Math.max(Number.MIN_VALUE, leastShare * overall);
    const deviation = variance.map((value) =>
      standardise === 'each' ? Math.max(Math.sqrt(value), least) : Math.max(overall, Number.MIN_VALUE),
    );
    return new FeatureSpace(mean, deviation, standardise === 'each' ? mostDeviations : Infinity);
  }

  /** (value - mean) / deviation, clipped where each has its own. */
  standardise(features: Float32Array): Float32Array {
    const { mean, deviation, clip } = this;
    return features.map((value, i) => Math.min(clip, Math.max(-clip, (value - mean[i]) / deviation[i])));
  }
}

/** Root mean square difference. */
export function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i] - b[i];
    sum += difference * difference;
  }
  return Math.sqrt(sum / a.length);
}
