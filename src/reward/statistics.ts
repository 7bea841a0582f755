/** Several numbers as one. */

/** NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Undefined of nothing. */
export function meanIfAny(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : mean(values);
}

/** Standard deviation of all the values, NaN of nothing. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** The value below which a share of the values lies, between neighbours in proportion. @throws Error if there is none */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('a quantile of nothing');
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}
