import type { SampleBuffer } from './sample-buffer.js';
import { NEARNESS, NORMAL, SCREEN_X, SCREEN_Y } from './vertex-stage.js';

/** Draws triangles of vertices laid out as `VertexStage` has them. */
export class TriangleRasteriser {
  readonly #target: SampleBuffer;
  /** (start, end) columns of each covered row. */
  readonly #spans: Int32Array;
  /** Slopes per column and per row of nearness and the three components of the normal. */
  readonly #slopes = new Float64Array(8);

  constructor(target: SampleBuffer) {
    this.#target = target;
    this.#spans = new Int32Array(2 * target.height);
  }

  /**
   * Draws the triangle with corners at the offsets `a`, `b`, `c` of `v` where it is nearer than what is there.
   * @param facing -1 draws it if it faces the eye (anticlockwise as seen), 1 if it faces away
   * @param part its number in the buffer
   * @param smooth writes normals, interpolated linearly on the screen
   * @param stipple draws every second sample, which antialiasing turns into a half transparent surface
   */
  draw(
    v: Float64Array,
    a: number,
    b: number,
    c: number,
    facing: 1 | -1,
    part: number,
    smooth: boolean,
    stipple: boolean,
  ): void {
    const area = signedArea(v, a, b, c);
    if (!(area * facing > 0)) return;
    const rows = this.#scan(v, a, b, c);
    if (rows === 0) return;
    const slopes = this.#slopes;
    findSlopes(v, a, b, c, area, smooth ? 4 : 1, slopes);
    const spans = this.#spans;
    const { width, nearness, parts, normals } = this.#target;
    const first = Math.floor(rows / 65536);
    const end = first + (rows % 65536);
    const slope = slopes[0];
    for (let row = first; row < end; row++) {
      const start = spans[2 * (row - first)];
      const stop = spans[2 * (row - first) + 1];
      const dy = row + 0.5 - v[a + SCREEN_Y];
      const offset = start + 0.5 - v[a + SCREEN_X];
      let near = v[a + NEARNESS] + slope * offset + slopes[1] * dy;
      for (let column = start; column < stop; column++, near += slope) {
        const at = row * width + column;
        if (!(near > nearness[at]) || (stipple && ((column ^ row) & 1) === 1)) continue;
        nearness[at] = near;
        parts[at] = part;
        if (!smooth) continue;
        const dx = column + 0.5 - v[a + SCREEN_X];
        normals[3 * at] = v[a + NORMAL] + slopes[2] * dx + slopes[3] * dy;
        normals[3 * at + 1] = v[a + NORMAL + 1] + slopes[4] * dx + slopes[5] * dy;
        normals[3 * at + 2] = v[a + NORMAL + 2] + slopes[6] * dx + slopes[7] * dy;
      }
    }
  }

  /**
   * Finds the samples whose centres a triangle covers: `#spans` gets their columns for each row from the returned first row
   * on. Two triangles that share an edge cover each sample along it exactly once, because every edge is walked from its
   * upper end.
   * @returns first row * 65536 + number of rows; 0 when no row is covered
   */
  #scan(v: Float64Array, a: number, b: number, c: number): number {
    const { width, height } = this.#target;
    const spans = this.#spans;
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
}

/** Twice the signed screen area, in samples squared: negative when the corners are anticlockwise as seen. */
function signedArea(v: Float64Array, a: number, b: number, c: number): number {
  const x = v[a + SCREEN_X];
  const y = v[a + SCREEN_Y];
  return (v[b + SCREEN_X] - x) * (v[c + SCREEN_Y] - y) - (v[c + SCREEN_X] - x) * (v[b + SCREEN_Y] - y);
}

/** Slopes (per column, per row) of nearness and of the normal's components, `count` of them, over a triangle's plane. */
function findSlopes(
  v: Float64Array,
  a: number,
  b: number,
  c: number,
  area: number,
  count: number,
  slopes: Float64Array,
): void {
  const abX = (v[b + SCREEN_X] - v[a + SCREEN_X]) / area;
  const abY = (v[b + SCREEN_Y] - v[a + SCREEN_Y]) / area;
  const acX = (v[c + SCREEN_X] - v[a + SCREEN_X]) / area;
  const acY = (v[c + SCREEN_Y] - v[a + SCREEN_Y]) / area;
  for (let k = 0; k < count; k++) {
    const start = v[a + NEARNESS + k];
    const ab = v[b + NEARNESS + k] - start;
    const ac = v[c + NEARNESS + k] - start;
    slopes[2 * k] = ab * acY - ac * abY;
    slopes[2 * k + 1] = ac * abX - ab * acX;
  }
}
