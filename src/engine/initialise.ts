import type { Random } from './random.js';

/** How a weight matrix starts. */
export type Initialiser = 'uniform' | 'he' | 'orthogonal';

/**
 * Initial values of a weight matrix [fanIn, fanOut].
 * `uniform`: in +-1/sqrt(fanIn), as torch.nn.Linear. `he`: normal with variance 2/fanIn (He et al. 2015, eq. 10).
 * `orthogonal`: orthonormal columns or rows, whichever are fewer (Saxe et al. 2014).
 */
export function initialWeight(
  kind: Initialiser,
  fanIn: number,
  fanOut: number,
  random: Random,
): Float32Array {
  const size = fanIn * fanOut;
  if (kind === 'uniform') return initialUniform(size, fanIn, random);
  if (kind === 'he') return Float32Array.from({ length: size }, () => random.normal() * Math.sqrt(2 / fanIn));
  return orthogonal(fanIn, fanOut, random);
}

/** `size` numbers uniform in +-1/sqrt(fanIn): torch.nn.Linear's bias. */
export function initialUniform(size: number, fanIn: number, random: Random): Float32Array {
  const bound = 1 / Math.sqrt(fanIn);
  return Float32Array.from({ length: size }, () => (2 * random.uniform() - 1) * bound);
}

/** Gram-Schmidt on the shorter side's normal vectors, each orthogonalised twice against rounding. */
function orthogonal(rows: number, columns: number, random: Random): Float32Array {
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const basis: Float64Array[] = [];
  while (basis.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal());
    for (let pass = 0; pass < 2; pass++) for (const other of basis) removeComponent(vector, other);
    const norm = Math.hypot(...vector);
    basis.push(vector.map((value) => value / norm));
  }
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    return rows < columns ? basis[row][column] : basis[column][row];
  });
}

function removeComponent(vector: Float64Array, unit: Float64Array): void {
  const along = vector.reduce((sum, value, index) => sum + value * unit[index], 0);
  for (let index = 0; index < vector.length; index++) vector[index] -= along * unit[index];
}
