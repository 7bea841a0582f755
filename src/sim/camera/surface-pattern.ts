/** Patterns of brightness: squares on planes, and solid noise on geoms that have a pattern of their own. */
import type { FrameState } from './frame-state.js';

/** A place on a surface. */
export type PatternPoint = {
  /** world, m */
  x: number;
  y: number;
  z: number;
  /** what a sample spans of the surface there, m: patterns that are not much larger than that fade, or they would flicker */
  span: number;
};

/** Checker squares on planes: edge (m), and how much darker every second one is. */
const SQUARE = 0.25;
const CHECKER_CONTRAST = 0.1;

/**
 * Factor on the brightness of geom `index` at a world point: 1 + contrast * noise, where noise is solid (Perlin 1985, An Image
 * Synthesizer): a function of the place in the geom's own frame, so that the pattern moves with the geom and does not end at
 * edges. It has values from -1 to 1 at the corners of cubes whose edge is the pattern's size, and is smooth in between.
 */
export function patternBrightness(
  { positions, axes, patterns }: FrameState,
  index: number,
  point: PatternPoint,
): number {
  const size = patterns[3 * index + 1];
  const sharp = 1 - point.span / size;
  if (!(sharp > 0)) return 1;
  const dx = point.x - positions[3 * index];
  const dy = point.y - positions[3 * index + 1];
  const dz = point.z - positions[3 * index + 2];
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

/** Brightness of plane `index` at `point`; squares that a sample spans blur to their mean. */
export function checker({ positions, axes }: FrameState, index: number, point: PatternPoint): number {
  const dx = point.x - positions[3 * index];
  const dy = point.y - positions[3 * index + 1];
  const dz = point.z - positions[3 * index + 2];
  const m = 9 * index;
  const u = (axes[m] * dx + axes[m + 3] * dy + axes[m + 6] * dz) / SQUARE;
  const v = (axes[m + 1] * dx + axes[m + 4] * dy + axes[m + 7] * dz) / SQUARE;
  const span = point.span / SQUARE;
  const sharp = Math.max(0, 1 - span);
  return 1 + CHECKER_CONTRAST * sharp * stripe(u, span) * stripe(v, span);
}

/** Which of two stripes, 1 wide, `u` lies on: 1 or -1, in between within half a `span` of their borders. */
function stripe(u: number, span: number): number {
  const period = 0.5 * u - Math.floor(0.5 * u); // 0..0.5 on the first stripe
  const inside = 0.5 - Math.abs(2 * period - (period < 0.5 ? 0.5 : 1.5)); // distance from the border
  const side = Math.min(1, inside / (0.5 * span + 1e-9));
  return period < 0.5 ? side : -side;
}
