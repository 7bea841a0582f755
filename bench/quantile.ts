/** The value that `share` of the values lie below, 0 to 1; the largest for 1. @param values at least one, in any order */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
