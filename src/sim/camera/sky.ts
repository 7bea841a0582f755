/** Sky colours, r, g, b in 0..1: at the horizon and overhead. */
export const HORIZON = [0.86, 0.89, 0.93];
const ZENITH = [0.5, 0.63, 0.8];

/** Writes the colour of the sky, seen along the world vector x, y, z, to `at` of `colours`. */
export function skyColour(x: number, y: number, z: number, colours: Float64Array, at: number): void {
  const up = z / Math.sqrt(x * x + y * y + z * z);
  const t = up <= 0 ? 0 : Math.min(1, up * 1.6);
  for (let k = 0; k < 3; k++) colours[at + k] = HORIZON[k] + t * (ZENITH[k] - HORIZON[k]);
}
