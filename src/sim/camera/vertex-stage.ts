import type { Tessellation } from './tessellation.js';
import { NEAR } from './view.js';
import type { View } from './view.js';

/**
 * A vertex is `STRIDE` numbers: place in the view's frame (x right, y down, z forward, m), place on the screen (column,
 * row, with centres at halves), nearness (`View`), and the world normal.
 */
export const STRIDE = 9;
export const SCREEN_X = 3;
export const SCREEN_Y = 4;
export const NEARNESS = 5;
export const NORMAL = 6;
const DEPTH = 2;

/** Moves the vertices of one geom at a time onto a view's screen, in a buffer that it keeps. */
export class VertexStage {
  /** Vertices of the current geom; four spare ones at the end serve clipping. */
  vertices = new Float64Array(STRIDE * 64);
  /** Geom's frame to the view's: 3 x 3 by rows, then the translation. */
  readonly #toView = new Float64Array(12);

  /** Loads the surface of geom `index` in `positions` (n, 3) and `axes` (n, 3, 3); `normals` wants them too. */
  load(
    view: View,
    surface: Tessellation,
    positions: Float64Array,
    axes: Float64Array,
    index: number,
    normals: boolean,
  ): void {
    const count = surface.positions.length / 3;
    if (this.vertices.length < STRIDE * (count + 4)) this.vertices = new Float64Array(STRIDE * (count + 4));
    this.#setFrame(view, positions, axes, index);
    const v = this.vertices;
    const m = this.#toView;
    for (let i = 0, at = 0; i < surface.positions.length; i += 3, at += STRIDE) {
      const x = surface.positions[i];
      const y = surface.positions[i + 1];
      const z = surface.positions[i + 2];
      v[at] = m[0] * x + m[1] * y + m[2] * z + m[9];
      v[at + 1] = m[3] * x + m[4] * y + m[5] * z + m[10];
      v[at + 2] = m[6] * x + m[7] * y + m[8] * z + m[11];
      this.#project(view, at);
    }
    if (normals) this.#turnNormals(surface.normals, axes, 9 * index);
  }

  /**
   * Clips a triangle with corners at the offsets `a`, `b`, `c` that crosses the plane `NEAR` in front of the eye (Sutherland
   * and Hodgman 1974, one plane). The corners of what lies beyond it, three or four in order, go to the spare vertices.
   * @returns their number; the first is at `spare`
   */
  clip(view: View, a: number, b: number, c: number): number {
    const v = this.vertices;
    const corners = [a, b, c];
    let count = 0;
    for (let k = 0; k < 3; k++) {
      const from = corners[k];
      const to = corners[(k + 1) % 3];
      const [start, end] = [v[from + DEPTH], v[to + DEPTH]];
      if (start >= NEAR) this.#blend(count++, from, from, 0);
      if (start >= NEAR !== end >= NEAR) this.#blend(count++, from, to, (NEAR - start) / (end - start));
    }
    for (let k = 0; k < count; k++) this.#project(view, this.spare + STRIDE * k);
    return count;
  }

  /** Offset of the first spare vertex. */
  get spare(): number {
    return this.vertices.length - 4 * STRIDE;
  }

  /** Whether the vertex at offset `at` is far enough from the eye to be on the screen. */
  isBeyondNear(at: number): boolean {
    return this.vertices[at + DEPTH] >= NEAR;
  }

  #setFrame({ pose }: View, positions: Float64Array, axes: Float64Array, index: number): void {
    const m = this.#toView;
    const dx = positions[3 * index] - pose.position[0];
    const dy = positions[3 * index + 1] - pose.position[1];
    const dz = positions[3 * index + 2] - pose.position[2];
    const g = 9 * index;
    for (let row = 0; row < 3; row++) {
      const axis = row === 0 ? pose.right : row === 1 ? pose.down : pose.forward;
      for (let k = 0; k < 3; k++) {
        m[3 * row + k] = axis[0] * axes[g + k] + axis[1] * axes[g + 3 + k] + axis[2] * axes[g + 6 + k];
      }
      m[9 + row] = axis[0] * dx + axis[1] * dy + axis[2] * dz;
    }
  }

  #project({ parallel, scaleX, scaleY, centreX, centreY }: View, at: number): void {
    const v = this.vertices;
    const scale = parallel ? 1 : 1 / v[at + DEPTH];
    v[at + SCREEN_X] = v[at] * scale * scaleX + centreX;
    v[at + SCREEN_Y] = v[at + 1] * scale * scaleY + centreY;
    v[at + NEARNESS] = parallel ? -v[at + DEPTH] : scale;
  }

  #turnNormals(normals: Float32Array, axes: Float64Array, m: number): void {
    const v = this.vertices;
    for (let i = 0, at = NORMAL; i < normals.length; i += 3, at += STRIDE) {
      const x = normals[i];
      const y = normals[i + 1];
      const z = normals[i + 2];
      v[at] = axes[m] * x + axes[m + 1] * y + axes[m + 2] * z;
      v[at + 1] = axes[m + 3] * x + axes[m + 4] * y + axes[m + 5] * z;
      v[at + 2] = axes[m + 6] * x + axes[m + 7] * y + axes[m + 8] * z;
    }
  }

  #blend(corner: number, a: number, b: number, t: number): void {
    const v = this.vertices;
    const to = this.spare + STRIDE * corner;
    for (let k = 0; k < STRIDE; k++) v[to + k] = a === b ? v[a + k] : v[a + k] + t * (v[b + k] - v[a + k]);
  }
}
