import type { FrameState } from './frame-state.js';
import { GeomRasteriser } from './geom-rasteriser.js';
import type { Frustum } from './frustum.js';
import type { GeomShapes } from './geom-shapes.js';
import { clear } from './sample-buffer.js';
import type { SampleBuffer } from './sample-buffer.js';
import type { View } from './view.js';

/** Geoms fainter than `INVISIBLE` are left out, those fainter than `OPAQUE` are stippled. */
export const INVISIBLE = 0.1;
export const OPAQUE = 0.85;

const AT_REST = new Float64Array(3);

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

  /** Draws all geoms that are not too faint and in the picture into the buffer, which it clears first: per sample nearness and part. */
  draw(frame: FrameState, view: View, frustum: Frustum): void {
    clear(this.#target, 0);
    for (const index of this.#order) {
      const alpha = frame.colours[4 * index + 3];
      this.seen[index] = alpha >= INVISIBLE && this.#isInPicture(frame, frustum, index) ? 1 : 0;
      if (this.seen[index] === 1) this.#rasteriser.draw(frame, view, index, alpha < OPAQUE);
    }
  }

  /** Whether the ball that holds a geom may be in the picture; a plane has no such ball. */
  #isInPicture({ positions, bounds }: FrameState, frustum: Frustum, index: number): boolean {
    return bounds[index] <= 0 || frustum.mayTouch(positions, index, bounds[index], AT_REST);
  }
}
