import type { CameraPose } from './camera-model.js';
import { NEARNESS, NORMAL, SCREEN_X, SCREEN_Y, STRIDE, VIEW } from './rasteriser.js';
import type { Tessellation } from './tessellation.js';

/** Perspective projection in pixels, with pixel centres at halves. */
export type Perspective = {
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
};

/** Parallel projection: `scale` pixels a metre, the view's origin at (`cx`, `cy`). */
export type Parallel = { scale: number; cx: number; cy: number };

/** World poses of the geoms: `positions` (ngeom, 3) m and `axes` (ngeom, 3, 3), as in MjData. */
export type GeomPoses = { positions: Float64Array; axes: Float64Array };

/** Moves the vertices of one geom at a time into a view and onto its screen, in buffers it keeps. */
export class VertexStage {
  /** Vertices of the current geom, `STRIDE` numbers each; four spare ones at the end serve clipping. */
  vertices = new Float64Array(STRIDE * 1024);
  /** Geom frame to view frame: 3x3 by rows, then the translation. */
  readonly #toView = new Float64Array(12);
  readonly #toWorld = new Float64Array(9);

  /** Sets the frame of geom `id` as seen from `pose`. */
  setFrame(poses: GeomPoses, id: number, pose: CameraPose): void {
    const m = this.#toView;
    const world = this.#toWorld;
    for (let k = 0; k < 9; k++) world[k] = poses.axes[9 * id + k];
    const dx = poses.positions[3 * id] - pose.position[0];
    const dy = poses.positions[3 * id + 1] - pose.position[1];
    const dz = poses.positions[3 * id + 2] - pose.position[2];
    for (let row = 0; row < 3; row++) {
      const axis = row === 0 ? pose.right : row === 1 ? pose.down : pose.forward;
      for (let k = 0; k < 3; k++) {
        m[3 * row + k] = axis[0] * world[k] + axis[1] * world[3 + k] + axis[2] * world[6 + k];
      }
      m[9 + row] = axis[0] * dx + axis[1] * dy + axis[2] * dz;
    }
  }

  /** Place of the frame's origin along view axis `k` (x right, y down, z forward), m. */
  origin(k: number): number {
    return this.#toView[9 + k];
  }

  /** Loads a surface: places in the view and world normals. */
  load({ positions, normals }: Tessellation): void {
    const count = positions.length / 3;
    if (this.vertices.length < STRIDE * (count + 4)) this.vertices = new Float64Array(STRIDE * (count + 4));
    const v = this.vertices;
    const m = this.#toView;
    const w = this.#toWorld;
    for (let i = 0, at = 0; i < positions.length; i += 3, at += STRIDE) {
      const x = positions[i];
      const y = positions[i + 1];
      const z = positions[i + 2];
      v[at + VIEW] = m[0] * x + m[1] * y + m[2] * z + m[9];
      v[at + VIEW + 1] = m[3] * x + m[4] * y + m[5] * z + m[10];
      v[at + VIEW + 2] = m[6] * x + m[7] * y + m[8] * z + m[11];
      const nx = normals[i];
      const ny = normals[i + 1];
      const nz = normals[i + 2];
      v[at + NORMAL] = w[0] * nx + w[1] * ny + w[2] * nz;
      v[at + NORMAL + 1] = w[3] * nx + w[4] * ny + w[5] * nz;
      v[at + NORMAL + 2] = w[6] * nx + w[7] * ny + w[8] * nz;
    }
  }

  /** Puts the vertex at offset `at` on the screen; its view z must be positive. */
  projectPerspective(at: number, { fx, fy, cx, cy }: Perspective): void {
    const v = this.vertices;
    const inverse = 1 / v[at + VIEW + 2];
    v[at + SCREEN_X] = v[at + VIEW] * inverse * fx + cx;
    v[at + SCREEN_Y] = v[at + VIEW + 1] * inverse * fy + cy;
    v[at + NEARNESS] = inverse;
  }

  /** Puts the first `count` vertices on the screen of a parallel projection. */
  projectParallel(count: number, { scale, cx, cy }: Parallel): void {
    const v = this.vertices;
    for (let at = 0; at < STRIDE * count; at += STRIDE) {
      v[at + SCREEN_X] = v[at + VIEW] * scale + cx;
      v[at + SCREEN_Y] = v[at + VIEW + 1] * scale + cy;
      v[at + NEARNESS] = -v[at + VIEW + 2];
    }
  }

  /**
   * Clips a triangle that crosses the plane z = `near` (Sutherland and Hodgman 1974, one plane). The corners
   * of what lies beyond it, three or four in order, go to the spare vertices, projected.
   * @returns offset of the first spare vertex * 8 + number of corners.
   */
  clip(corners: readonly [number, number, number], near: number, projection: Perspective): number {
    const v = this.vertices;
    const first = v.length - 4 * STRIDE;
    let count = 0;
    for (let k = 0; k < 3; k++) {
      const a = corners[k];
      const b = corners[(k + 1) % 3];
      const za = v[a + VIEW + 2];
      const zb = v[b + VIEW + 2];
      if (za >= near) this.#copyBetween(first + STRIDE * count++, a, a, 0);
      if (za >= near !== zb >= near)
        this.#copyBetween(first + STRIDE * count++, a, b, (near - za) / (zb - za));
    }
    for (let k = 0; k < count; k++) this.projectPerspective(first + STRIDE * k, projection);
    return first * 8 + count;
  }

  #copyBetween(to: number, a: number, b: number, t: number): void {
    const v = this.vertices;
    for (let k = 0; k < STRIDE; k++) v[to + k] = a === b ? v[a + k] : v[a + k] + t * (v[b + k] - v[a + k]);
  }
}
