/** Whether one row of numbers rises with another. */

/** Ranks from 1 on; equal values share the mean of their ranks. */
function midRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = values.map(() => 0);
  for (let first = 0, next = 0; first < order.length; first = next) {
    while (next < order.length && values[order[next]] === values[order[first]]) next++;
    for (let i = first; i < next; i++) ranks[order[i]] = (first + 1 + next) / 2;
  }
  return ranks;
}

/** Spearman's rank correlation with ties; undefined where either row is constant. */
export function spearman(xs: readonly number[], ys: readonly number[]): number | undefined {
  const [a, b] = [midRanks(xs), midRanks(ys)];
  const mean = (xs.length + 1) / 2;
  let [product, squaresA, squaresB] = [0, 0, 0];
  a.forEach((rank, i) => {
    product += (rank - mean) * (b[i] - mean);
    squaresA += (rank - mean) ** 2;
    squaresB += (b[i] - mean) ** 2;
  });
  return squaresA === 0 || squaresB === 0 ? undefined : product / Math.sqrt(squaresA * squaresB);
}
