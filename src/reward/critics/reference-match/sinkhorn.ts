/** Entropic optimal transport between two sequences (Cuturi 2013), in logarithms: with epsilon 0.01 the kernel itself underflows. */

/** Where a moment's share of mass goes. */
export type Transported = {
  /** sum of coupling * cost over the row, as OTR pays it */
  readonly cost: number;
  /** mean place in the other sequence, from 0 at its beginning to 1 at its end */
  readonly place: number;
};

/** Rounds stop when no row's mass is off by more than this share, or after so many. */
const [tolerance, mostRounds] = [1e-3, 500];

/**
 * Couples the rows with the columns; both have the same mass each, together 1.
 * @param costs [rows][columns]
 * @param epsilon weight of the entropy, in the unit of the costs
 */
export function transport(costs: readonly Float32Array[], epsilon: number): Transported[] {
  const [rows, columns] = [costs.length, costs[0].length];
  const f = new Float64Array(rows);
  const g = new Float64Array(columns);
  const column = (j: number): number => softMinimum(rows, (i) => costs[i][j] - f[i], epsilon);
  const row = (i: number): number => softMinimum(columns, (j) => costs[i][j] - g[j], epsilon);
  for (let round = 0; round < mostRounds; round++) {
    for (let j = 0; j < columns; j++) g[j] = column(j) - epsilon * Math.log(columns);
    let worst = 0;
    for (let i = 0; i < rows; i++) {
      const next = row(i) - epsilon * Math.log(rows);
      worst = Math.max(worst, Math.abs(Math.expm1((next - f[i]) / epsilon)));
      f[i] = next;
    }
    if (worst < tolerance) break;
  }
  return costs.map((each, i) => {
    let [mass, cost, place] = [0, 0, 0];
    each.forEach((value, j) => {
      const coupling = Math.exp((f[i] + g[j] - value) / epsilon);
      mass += coupling;
      cost += coupling * value;
      place += coupling * j;
    });
    return { cost, place: columns > 1 ? place / mass / (columns - 1) : 1 };
  });
}

/** -epsilon * log(sum of exp(-value / epsilon)). */
function softMinimum(count: number, value: (index: number) => number, epsilon: number): number {
  let least = Infinity;
  for (let i = 0; i < count; i++) least = Math.min(least, value(i));
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp((least - value(i)) / epsilon);
  return least - epsilon * Math.log(sum);
}

/** 1 - cosine; 1 where one of the vectors is zero. */
export function cosineCost(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  const norms = Math.sqrt(aa * bb);
  return norms > 0 ? 1 - dot / norms : 1;
}
