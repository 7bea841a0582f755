/** Patterns of brightness on geoms that have no texture of their own. */
import type { FrameState } from './frame-state.js';

/**
 * Factor on the brightness of geom `index` at a world point: 1 + contrast * noise, where noise is solid (Perlin 1985, An Image
 * Synthesizer): a function of the place in the geom's own frame, so that the pattern moves with the geom and does not end at
 * edges. It has values from -1 to 1 at the corners of cubes whose edge is the pattern's size, and is smooth in between.
 * @param point x, y, z, m; the distance from the eye, which is not used; what a sample spans there, m: patterns that are not
 * much larger than that fade, or they would flicker
 */
export function patternBrightness(
  { positions, axes, patterns }: FrameState,
  index: number,
  point: Float64Array,
): number {
  const size = patterns[3 * index + 1];
  const sharp = 1 - point[4] / size;
  if (!(sharp > 0)) return 1;
  const dx = point[0] - positions[3 * index];
  const dy = point[1] - positions[3 * index + 1];
  const dz = point[2] - positions[3 * index + 2];
  const m = 9 * index;
  const x = (axes[m] * dx + axes[m + 3] * dy + axes[m + 6] * dz) / size;
  const y = (axes[m + 1] * dx + axes[m + 4] * dy + axes[m + 7] * dz) / size;
  const z = (axes[m + 2] * dx + axes[m + 5] * dy + axes[m + 8] * dz) / size;
  return 1 + patterns[3 * index] * sharp * valueNoise(x, y, z, patterns[3 * index + 2]);
}

/** Factors of a cell's hash (Teschner et al. 2003). */
const [ALONG_X, ALONG_Y, ALONG_Z] = [73856093, 19349663, 83492791];

/** Noise from -1 to 1 with independent values at whole numbers; `seed` is a whole number, of which the low 32 bits count. */
function valueNoise(x: number, y: number, z: number, seed: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const k = Math.floor(z);
  const u = smoothStep(x - i);
  const v = smoothStep(y - j);
  const west = Math.imul(i, ALONG_X);
  const east = (west + ALONG_X) | 0;
  const south = Math.imul(j, ALONG_Y);
  const north = (south + ALONG_Y) | 0;
  const low = Math.imul(k, ALONG_Z) ^ seed;
  const high = ((low ^ seed) + ALONG_Z) ^ seed;
  const below = blend(
    blend(valueOf(west ^ south ^ low), valueOf(east ^ south ^ low), u),
    blend(valueOf(west ^ north ^ low), valueOf(east ^ north ^ low), u),
    v,
  );
  const above = blend(
    blend(valueOf(west ^ south ^ high), valueOf(east ^ south ^ high), u),
    blend(valueOf(west ^ north ^ high), valueOf(east ^ north ^ high), u),
    v,
  );
  return blend(below, above, smoothStep(z - k));
}

/** A number from -1 to 1 for 32 bits (Wellons' lowbias32). */
function valueOf(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) * 2 ** -31;
}

function blend(a: number, b: number, t: number): number {
  return a + t * (b - a);
}

function smoothStep(t: number): number {
  return t * t * (3 - 2 * t);
}
