/** How two rows of numbers go together. */

/** Ranks from 1 on; equal values share the mean of their ranks. */
export function midRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Array<number>(values.length);
  for (let first = 0; first < order.length;) {
    let next = first + 1;
    while (next < order.length && values[order[next]] === values[order[first]]) next++;
    for (let i = first; i < next; i++) ranks[order[i]] = (first + 1 + next) / 2;
    first = next;
  }
  return ranks;
}

/** Sums over pairs (x, y), from which a correlation follows; those of several groups can be added. */
export type PairSums = {
  readonly n: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
};

/** The sums over all pairs of two rows of one length. */
export function pairSums(xs: readonly number[], ys: readonly number[]): PairSums {
  const sum = (of: (i: number) => number): number => xs.reduce((total, _, i) => total + of(i), 0);
  return {
    n: xs.length,
    x: sum((i) => xs[i]),
    y: sum((i) => ys[i]),
    xx: sum((i) => xs[i] * xs[i]),
    yy: sum((i) => ys[i] * ys[i]),
    xy: sum((i) => xs[i] * ys[i]),
  };
}

/** Variances below this share of the mean square are rounding. */
const smallestVariance = 1e-12;

/** Pearson's correlation out of sums; undefined with fewer than two pairs, or where one side is constant. */
export function pearsonOf(groups: readonly PairSums[]): number | undefined {
  const all = { n: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0 };
  for (const group of groups)
    for (const key of Object.keys(all) as (keyof PairSums)[]) all[key] += group[key];
  const { n, x, y, xx, yy, xy } = all;
  if (n < 2) return undefined;
  const [vx, vy] = [xx - (x * x) / n, yy - (y * y) / n];
  if (!(vx > smallestVariance * xx) || !(vy > smallestVariance * yy)) return undefined;
  return Math.max(-1, Math.min(1, (xy - (x * y) / n) / Math.sqrt(vx * vy)));
}

/** Pearson's correlation; undefined with fewer than two pairs, or where one side is constant. */
export function pearson(xs: readonly number[], ys: readonly number[]): number | undefined {
  return pearsonOf([pairSums(xs, ys)]);
}

/** Spearman's correlation, ties by their mean rank; undefined with fewer than two pairs, or where one side is constant. */
export function spearman(xs: readonly number[], ys: readonly number[]): number | undefined {
  return pearson(midRanks(xs), midRanks(ys));
}
