import { emptyCameraPose } from './camera-model.js';
import type { CameraPose } from './camera-model.js';
import type { DrawnGeoms } from './drawn-geoms.js';
import { depthBuffer, drawBackDepth, STRIDE } from './rasteriser.js';
import type { DepthBuffer } from './rasteriser.js';
import { OPAQUE } from './surface-pass.js';
import type { Colours } from './surface-pass.js';
import type { GeomPoses, Parallel, VertexStage } from './vertex-stage.js';

/** A point this far (m) behind the nearest far side of a solid is in its shadow. */
const BIAS = 0.0015;

/** The map's edges lie on a grid of this pitch (m), so that shadows do not swim while an arm moves. */
const GRID = 0.1;

/** Casters farther than this (m) from the camera would make the map too coarse and are left out. */
const REACH = 4;

/** What is lit and from where: `toLight` is the world unit vector to the light, `brightness` a factor on its strength. */
export type LitScene = {
  readonly geoms: DrawnGeoms;
  readonly colours: Colours;
  readonly poses: GeomPoses;
  readonly toLight: Float64Array;
  brightness: number;
};

/** How near the light each place is, seen along a parallel light (Williams 1978), over the drawn solids. */
export class ShadowMap {
  readonly #target: DepthBuffer;
  readonly #view: CameraPose = emptyCameraPose();
  readonly #projection: Parallel = { scale: 1, cx: 0, cy: 0 };

  readonly #casts: Uint8Array;

  /** @param size edge of the square map, texels. @param geomCount number of drawn geoms. */
  constructor(size: number, geomCount: number) {
    this.#target = depthBuffer(size, size);
    this.#casts = new Uint8Array(geomCount);
  }

  /** Draws the map for light falling along -`toLight` (world unit vector), around the camera at `eye` (m). */
  draw({ geoms, colours, poses, toLight }: LitScene, eye: Float64Array, stage: VertexStage): void {
    setLightAxes(this.#view, toLight);
    this.#target.nearness.fill(-Infinity);
    this.#findCasters(geoms, colours, poses, eye);
    this.#fit(geoms, poses);
    for (let index = 0; index < geoms.ids.length; index++) {
      if (this.#casts[index] === 0) continue;
      stage.setFrame(poses, geoms.ids[index], this.#view);
      const surface = geoms.surface(index, 0.5 * geoms.curvature(index) * this.#projection.scale);
      stage.load(surface);
      stage.projectParallel(surface.positions.length / 3, this.#projection);
      const { triangles } = surface;
      for (let i = 0; i < triangles.length; i += 3) {
        drawBackDepth(
          this.#target,
          stage.vertices,
          STRIDE * triangles[i],
          STRIDE * triangles[i + 1],
          STRIDE * triangles[i + 2],
        );
      }
    }
  }

  /** Share of the light, 0..1, that reaches a world `point` (m), smoothed over four texels. */
  lit(point: Float64Array): number {
    const x = point[0];
    const y = point[1];
    const z = point[2];
    const { right, down, forward } = this.#view;
    const { scale, cx, cy } = this.#projection;
    const { width, nearness } = this.#target;
    const u = (right[0] * x + right[1] * y + right[2] * z) * scale + cx - 0.5;
    const v = (down[0] * x + down[1] * y + down[2] * z) * scale + cy - 0.5;
    if (!(u >= 0 && v >= 0 && u < width - 1 && v < width - 1)) return 1;
    const near = BIAS - (forward[0] * x + forward[1] * y + forward[2] * z);
    const column = Math.floor(u);
    const row = Math.floor(v);
    const du = u - column;
    const dv = v - row;
    const at = row * width + column;
    const above = (near >= nearness[at] ? 1 - du : 0) + (near >= nearness[at + 1] ? du : 0);
    const below = (near >= nearness[at + width] ? 1 - du : 0) + (near >= nearness[at + width + 1] ? du : 0);
    return above * (1 - dv) + below * dv;
  }

  #findCasters(geoms: DrawnGeoms, colours: Colours, poses: GeomPoses, eye: Float64Array): void {
    const p = poses.positions;
    for (let index = 0; index < geoms.ids.length; index++) {
      const at = 3 * geoms.ids[index];
      const distance = Math.hypot(p[at] - eye[0], p[at + 1] - eye[1], p[at + 2] - eye[2]);
      const near = distance - geoms.bound(index) < REACH;
      this.#casts[index] = near && !geoms.isPlane(index) && colours[4 * index + 3] >= OPAQUE ? 1 : 0;
    }
  }

  /** Lays the map over all casters. */
  #fit(geoms: DrawnGeoms, poses: GeomPoses): void {
    const { right, down } = this.#view;
    let [left, top, end, low] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let index = 0; index < geoms.ids.length; index++) {
      if (this.#casts[index] === 0) continue;
      const at = 3 * geoms.ids[index];
      const p = poses.positions;
      const u = right[0] * p[at] + right[1] * p[at + 1] + right[2] * p[at + 2];
      const v = down[0] * p[at] + down[1] * p[at + 1] + down[2] * p[at + 2];
      const radius = geoms.bound(index);
      left = Math.min(left, u - radius);
      end = Math.max(end, u + radius);
      top = Math.min(top, v - radius);
      low = Math.max(low, v + radius);
    }
    if (!(left < end)) return;
    left = Math.floor(left / GRID) * GRID;
    top = Math.floor(top / GRID) * GRID;
    const extent = Math.ceil(Math.max(end - left, low - top) / GRID) * GRID;
    this.#projection.scale = this.#target.width / extent;
    this.#projection.cx = -left * this.#projection.scale;
    this.#projection.cy = -top * this.#projection.scale;
  }
}

/** Sets the axes of a view down a parallel light, with the origin of the world as its position. */
function setLightAxes(view: CameraPose, toLight: Float64Array): void {
  const [x, y, z] = toLight;
  // Any horizontal axis square to the light will do; straight down, the world's x.
  const level = Math.hypot(x, y);
  const rx = level > 1e-6 ? -y / level : 1;
  const ry = level > 1e-6 ? x / level : 0;
  view.right.set([rx, ry, 0]);
  view.forward.set([-x, -y, -z]);
  view.down.set([z * ry, -z * rx, y * rx - x * ry]);
}
