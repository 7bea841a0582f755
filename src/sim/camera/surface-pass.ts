import type { FrameState } from './frame-state.js';
import { GeomRasteriser } from './geom-rasteriser.js';
import type { GeomShapes } from './geom-shapes.js';
import { clear } from './sample-buffer.js';
import type { SampleBuffer } from './sample-buffer.js';
import { NEAR } from './view.js';
import type { View } from './view.js';

/** Geoms fainter than `INVISIBLE` are left out, those fainter than `OPAQUE` are stippled. */
export const INVISIBLE = 0.1;
export const OPAQUE = 0.85;

/** Finds what each sample of a picture shows. */
export class SurfacePass {
  /** Planes last: most of a floor is hidden, and what is hidden costs less. */
  readonly #order: readonly number[];
  readonly #rasteriser: GeomRasteriser;
  readonly #target: SampleBuffer;
  /** (n) whether each geom may be in the picture. */
  readonly seen: Uint8Array;

  constructor(shapes: GeomShapes, target: SampleBuffer) {
    const all = Array.from(shapes.ids.keys());
    const isPlane = (index: number): boolean => shapes.kinds[index] === 'plane';
    this.#order = [...all.filter((index) => !isPlane(index)), ...all.filter(isPlane)];
    this.#target = target;
    this.#rasteriser = new GeomRasteriser(shapes, target);
    this.seen = new Uint8Array(all.length);
  }

  /** Draws all geoms that are not too faint into the buffer, which it clears first: per sample nearness and part. */
  draw(frame: FrameState, view: View): void {
    clear(this.#target, 0);
    for (const index of this.#order) {
      const alpha = frame.colours[4 * index + 3];
      this.seen[index] = alpha >= INVISIBLE && !this.#isOutside(frame, view, index) ? 1 : 0;
      if (this.seen[index] === 1) this.#rasteriser.draw(frame, view, index, alpha < OPAQUE);
    }
  }

  /** Whether the ball that holds a geom lies wholly outside the picture; a plane has no such ball. */
  #isOutside({ positions, bounds }: FrameState, view: View, index: number): boolean {
    const radius = bounds[index];
    if (radius <= 0) return false;
    const { position, right, down, forward } = view.pose;
    const dx = positions[3 * index] - position[0];
    const dy = positions[3 * index + 1] - position[1];
    const dz = positions[3 * index + 2] - position[2];
    const z = forward[0] * dx + forward[1] * dy + forward[2] * dz;
    if (z + radius < NEAR) return true;
    const x = right[0] * dx + right[1] * dy + right[2] * dz;
    const y = down[0] * dx + down[1] * dy + down[2] * dz;
    const { width, height } = this.#target;
    return (
      isBeyond(x, z, radius, view.scaleX, view.centreX, width - view.centreX) ||
      isBeyond(y, z, radius, view.scaleY, view.centreY, height - view.centreY)
    );
  }
}

/** Whether a ball at `x`, `z` lies beyond one of the two side planes of a view: signed distances to them. */
function isBeyond(x: number, z: number, radius: number, focal: number, low: number, high: number): boolean {
  return (
    focal * x + low * z < -radius * Math.sqrt(focal * focal + low * low) ||
    high * z - focal * x < -radius * Math.sqrt(focal * focal + high * high)
  );
}
