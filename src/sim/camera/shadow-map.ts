import type { CameraPose } from './camera-model.js';
import type { FrameState } from './frame-state.js';
import { GeomRasteriser } from './geom-rasteriser.js';
import type { Frustum } from './frustum.js';
import type { GeomShapes } from './geom-shapes.js';
import { clear, sampleBuffer } from './sample-buffer.js';
import type { SampleBuffer } from './sample-buffer.js';
import { OPAQUE } from './surface-pass.js';
import { emptyView, setParallel } from './view.js';
import type { View } from './view.js';

/** A point this far (m) behind the nearest far side of a solid is in its shadow. */
const BIAS = 0.0015;

/** The map's edges lie on a grid of this pitch (m), so that shadows do not swim while an arm moves. */
const GRID = 0.1;

/** Casters farther than this (m) from the camera would make the map too coarse and are left out, as are shadows that fall farther. */
const REACH = 4;

/** How near the light each place is, seen along a parallel light (Williams 1978), over the drawn solids. */
export class ShadowMap {
  readonly #target: SampleBuffer;
  readonly #view: View = emptyView(true);
  readonly #rasteriser: GeomRasteriser;
  readonly #isPlane: readonly boolean[];
  /** (n) whether each geom casts a shadow. */
  readonly #casts: Uint8Array;
  /** (3, 4) from a world point, m, to column and row (texel centres at whole numbers) and nearness, with the bias. */
  readonly #fromWorld = new Float64Array(12);
  /** Way of a shadow, m. */
  readonly #sweep = new Float64Array(3);

  /** @param size edge of the square map, texels. */
  constructor(shapes: GeomShapes, size: number) {
    this.#target = sampleBuffer(size, size, false);
    this.#rasteriser = new GeomRasteriser(shapes, this.#target);
    this.#isPlane = shapes.kinds.map((kind) => kind === 'plane');
    this.#casts = new Uint8Array(shapes.ids.length);
  }

  /** Draws the map of what casts shadows into a picture. */
  draw(frame: FrameState, frustum: Frustum): void {
    setLightAxes(this.#view.pose, frame.toLight);
    clear(this.#target, -Infinity);
    this.#findCasters(frame, frustum);
    this.#fit(frame);
    for (let index = 0; index < this.#casts.length; index++) {
      if (this.#casts[index] === 1) this.#rasteriser.draw(frame, this.#view, index, false);
    }
  }

  /** Share of the light, 0..1, that reaches a world point (m), smoothed over four texels. */
  lit(x: number, y: number, z: number): number {
    const m = this.#fromWorld;
    const { width, nearness } = this.#target;
    const u = m[0] * x + m[1] * y + m[2] * z + m[3];
    const v = m[4] * x + m[5] * y + m[6] * z + m[7];
    if (!(u >= 0 && v >= 0 && u < width - 1 && v < width - 1)) return 1;
    const near = m[8] * x + m[9] * y + m[10] * z + m[11];
    const column = Math.floor(u);
    const row = Math.floor(v);
    const du = u - column;
    const dv = v - row;
    const at = row * width + column;
    const above = (near >= nearness[at] ? 1 - du : 0) + (near >= nearness[at + 1] ? du : 0);
    const below = (near >= nearness[at + width] ? 1 - du : 0) + (near >= nearness[at + width + 1] ? du : 0);
    return above * (1 - dv) + below * dv;
  }

  #findCasters({ positions, bounds, colours, camera, toLight }: FrameState, frustum: Frustum): void {
    const eye = camera.position;
    for (let k = 0; k < 3; k++) this.#sweep[k] = -REACH * toLight[k];
    for (let index = 0; index < this.#casts.length; index++) {
      const dx = positions[3 * index] - eye[0];
      const dy = positions[3 * index + 1] - eye[1];
      const dz = positions[3 * index + 2] - eye[2];
      const isNear = Math.sqrt(dx * dx + dy * dy + dz * dz) - bounds[index] < REACH;
      const isSolid = !this.#isPlane[index] && colours[4 * index + 3] >= OPAQUE;
      this.#casts[index] =
        isNear && isSolid && frustum.mayTouch(positions, index, bounds[index], this.#sweep) ? 1 : 0;
    }
  }

  /** Lays the map over all casters. */
  #fit({ positions, bounds }: FrameState): void {
    const { right, down, forward } = this.#view.pose;
    let [left, top, end, low] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let index = 0; index < this.#casts.length; index++) {
      if (this.#casts[index] === 0) continue;
      const at = 3 * index;
      const u = right[0] * positions[at] + right[1] * positions[at + 1] + right[2] * positions[at + 2];
      const v = down[0] * positions[at] + down[1] * positions[at + 1] + down[2] * positions[at + 2];
      const radius = bounds[index];
      left = Math.min(left, u - radius);
      end = Math.max(end, u + radius);
      top = Math.min(top, v - radius);
      low = Math.max(low, v + radius);
    }
    if (!(left < end)) return;
    left = Math.floor(left / GRID) * GRID;
    top = Math.floor(top / GRID) * GRID;
    const extent = Math.ceil(Math.max(end - left, low - top) / GRID) * GRID;
    const scale = this.#target.width / extent;
    setParallel(this.#view, scale, -left * scale, -top * scale);
    for (let k = 0; k < 3; k++) {
      this.#fromWorld[k] = scale * right[k];
      this.#fromWorld[4 + k] = scale * down[k];
      this.#fromWorld[8 + k] = -forward[k];
    }
    this.#fromWorld[3] = -left * scale - 0.5;
    this.#fromWorld[7] = -top * scale - 0.5;
    this.#fromWorld[11] = BIAS;
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
