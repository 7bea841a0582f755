/**
 * Triangle rasterisation over typed arrays. A vertex is `STRIDE` numbers from an offset in a Float64Array:
 * place in the view (x right, y down, z forward, m), place on the screen (column, row, in pixels with pixel
 * centres at halves), nearness (larger wins; must be linear on the screen: 1/z in perspective, minus the
 * distance in a parallel projection), and the world normal.
 */
export const STRIDE = 9;
export const VIEW = 0;
export const SCREEN_X = 3;
export const SCREEN_Y = 4;
export const NEARNESS = 5;
export const NORMAL = 6;

/** What the shading pass needs of each pixel; `geom` is the drawn geom's index plus one, 0 for none. */
export type SurfaceBuffer = {
  readonly width: number;
  readonly height: number;
  readonly nearness: Float32Array;
  readonly geom: Uint16Array;
  readonly normals: Float32Array;
  readonly spans: Int32Array;
  readonly slopes: Float64Array;
};

/** Nearness alone, for a shadow map. */
export type DepthBuffer = {
  readonly width: number;
  readonly height: number;
  readonly nearness: Float32Array;
  readonly spans: Int32Array;
};

export function surfaceBuffer(width: number, height: number): SurfaceBuffer {
  return {
    ...depthBuffer(width, height),
    geom: new Uint16Array(width * height),
    normals: new Float32Array(3 * width * height),
    slopes: new Float64Array(8),
  };
}

export function depthBuffer(width: number, height: number): DepthBuffer {
  return {
    width,
    height,
    nearness: new Float32Array(width * height),
    spans: new Int32Array(2 * height),
  };
}

/** Twice the signed screen area, in pixels squared: negative when the corners are anticlockwise as seen. */
export function signedArea(v: Float64Array, a: number, b: number, c: number): number {
  const x = v[a + SCREEN_X];
  const y = v[a + SCREEN_Y];
  return (v[b + SCREEN_X] - x) * (v[c + SCREEN_Y] - y) - (v[c + SCREEN_X] - x) * (v[b + SCREEN_Y] - y);
}

/**
 * Finds the pixels whose centres a triangle covers: `spans` gets (start, end) columns for each row from the
 * returned first row on. Two triangles that share an edge cover each pixel along it exactly once, because
 * every edge is walked from its upper end.
 * @returns first row * 65536 + number of rows; 0 when no row is covered.
 */
function scan(
  v: Float64Array,
  a: number,
  b: number,
  c: number,
  width: number,
  height: number,
  spans: Int32Array,
): number {
  let top = a;
  let middle = b;
  let low = c;
  if (v[middle + SCREEN_Y] < v[top + SCREEN_Y]) [top, middle] = [middle, top];
  if (v[low + SCREEN_Y] < v[top + SCREEN_Y]) [top, low] = [low, top];
  if (v[low + SCREEN_Y] < v[middle + SCREEN_Y]) [middle, low] = [low, middle];
  const topX = v[top + SCREEN_X];
  const topY = v[top + SCREEN_Y];
  const middleX = v[middle + SCREEN_X];
  const middleY = v[middle + SCREEN_Y];
  const lowX = v[low + SCREEN_X];
  const lowY = v[low + SCREEN_Y];
  const first = Math.max(0, Math.ceil(topY - 0.5));
  const end = Math.min(height, Math.ceil(lowY - 0.5));
  if (!(first < end)) return 0;
  const long = (lowX - topX) / (lowY - topY);
  const upper = (middleX - topX) / (middleY - topY);
  const lower = (lowX - middleX) / (lowY - middleY);
  const middleIsRight = (middleX - topX) * (lowY - topY) > (lowX - topX) * (middleY - topY);
  let at = 0;
  for (let row = first; row < end; row++) {
    const y = row + 0.5;
    const longX = topX + (y - topY) * long;
    const bentX = y < middleY ? topX + (y - topY) * upper : middleX + (y - middleY) * lower;
    const left = Math.ceil((middleIsRight ? longX : bentX) - 0.5);
    const right = Math.ceil((middleIsRight ? bentX : longX) - 0.5);
    spans[at++] = left > 0 ? left : 0;
    spans[at++] = right < width ? right : width;
  }
  return first * 65536 + (end - first);
}

/** Slopes (per column, per row) of nearness and the three normal components over the triangle's plane. */
function findSlopes(
  v: Float64Array,
  a: number,
  b: number,
  c: number,
  area: number,
  slopes: Float64Array,
): void {
  const abX = (v[b + SCREEN_X] - v[a + SCREEN_X]) / area;
  const abY = (v[b + SCREEN_Y] - v[a + SCREEN_Y]) / area;
  const acX = (v[c + SCREEN_X] - v[a + SCREEN_X]) / area;
  const acY = (v[c + SCREEN_Y] - v[a + SCREEN_Y]) / area;
  for (let k = 0; k < 4; k++) {
    const start = v[a + NEARNESS + k];
    const ab = v[b + NEARNESS + k] - start;
    const ac = v[c + NEARNESS + k] - start;
    slopes[2 * k] = ab * acY - ac * abY;
    slopes[2 * k + 1] = ac * abX - ab * acX;
  }
}

/**
 * Draws the triangle with corners at the offsets `a`, `b`, `c` of `v` where it is nearer than what is there.
 * Triangles that face away (clockwise as seen) are dropped. Normals are interpolated linearly on the screen:
 * exact for flat faces, and curved ones have small triangles. `stipple` draws every second pixel, which
 * antialiasing turns into a half transparent surface.
 */
export function drawSurface(
  target: SurfaceBuffer,
  v: Float64Array,
  a: number,
  b: number,
  c: number,
  geom: number,
  stipple: boolean,
): void {
  const area = signedArea(v, a, b, c);
  if (!(area < 0)) return;
  const { spans, slopes } = target;
  const rows = scan(v, a, b, c, target.width, target.height, spans);
  if (rows === 0) return;
  findSlopes(v, a, b, c, area, slopes);
  const first = Math.floor(rows / 65536);
  const end = first + (rows % 65536);
  for (let row = first; row < end; row++) {
    const start = spans[2 * (row - first)];
    const stop = spans[2 * (row - first) + 1];
    const dx = start + 0.5 - v[a + SCREEN_X];
    const dy = row + 0.5 - v[a + SCREEN_Y];
    const near = v[a + NEARNESS] + slopes[0] * dx + slopes[1] * dy;
    const nx = v[a + NORMAL] + slopes[2] * dx + slopes[3] * dy;
    const ny = v[a + NORMAL + 1] + slopes[4] * dx + slopes[5] * dy;
    const nz = v[a + NORMAL + 2] + slopes[6] * dx + slopes[7] * dy;
    fillSpan(target, row, start, stop, near, nx, ny, nz, geom, stipple);
  }
}

/** Fills columns `start` to `stop` of a row where nearer; the values given hold at the first one. */
function fillSpan(
  target: SurfaceBuffer,
  row: number,
  start: number,
  stop: number,
  near: number,
  nx: number,
  ny: number,
  nz: number,
  geom: number,
  stipple: boolean,
): void {
  const { width, nearness, normals, slopes } = target;
  const nearSlope = slopes[0];
  const xSlope = slopes[2];
  const ySlope = slopes[4];
  const zSlope = slopes[6];
  for (let column = start; column < stop; column++) {
    const pixel = row * width + column;
    if (near > nearness[pixel] && !(stipple && ((column ^ row) & 1) === 1)) {
      nearness[pixel] = near;
      target.geom[pixel] = geom;
      normals[3 * pixel] = nx;
      normals[3 * pixel + 1] = ny;
      normals[3 * pixel + 2] = nz;
    }
    near += nearSlope;
    nx += xSlope;
    ny += ySlope;
    nz += zSlope;
  }
}

/**
 * Draws the nearness of a triangle that faces away. A shadow map of the far sides of solids needs no bias
 * against a surface shadowing itself.
 */
export function drawBackDepth(target: DepthBuffer, v: Float64Array, a: number, b: number, c: number): void {
  const area = signedArea(v, a, b, c);
  if (!(area > 0)) return;
  const { width, nearness, spans } = target;
  const rows = scan(v, a, b, c, width, target.height, spans);
  if (rows === 0) return;
  const ab = v[b + NEARNESS] - v[a + NEARNESS];
  const ac = v[c + NEARNESS] - v[a + NEARNESS];
  const slopeX = (ab * (v[c + SCREEN_Y] - v[a + SCREEN_Y]) - ac * (v[b + SCREEN_Y] - v[a + SCREEN_Y])) / area;
  const slopeY = (ac * (v[b + SCREEN_X] - v[a + SCREEN_X]) - ab * (v[c + SCREEN_X] - v[a + SCREEN_X])) / area;
  const first = Math.floor(rows / 65536);
  const end = first + (rows % 65536);
  for (let row = first; row < end; row++) {
    const start = spans[2 * (row - first)];
    const stop = spans[2 * (row - first) + 1];
    let near =
      v[a + NEARNESS] + slopeX * (start + 0.5 - v[a + SCREEN_X]) + slopeY * (row + 0.5 - v[a + SCREEN_Y]);
    for (let pixel = row * width + start; pixel < row * width + stop; pixel++) {
      if (near > nearness[pixel]) nearness[pixel] = near;
      near += slopeX;
    }
  }
}
