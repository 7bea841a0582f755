import type { FrameState } from './frame-state.js';
import { Frustum } from './frustum.js';
import type { GeomShapes } from './geom-shapes.js';
import type { Image } from './image.js';
import { readDepth, readSegmentation } from './layers.js';
import { sampleBuffer } from './sample-buffer.js';
import type { SampleBuffer } from './sample-buffer.js';
import { Shader } from './shading.js';
import { ShadowMap } from './shadow-map.js';
import { SurfacePass } from './surface-pass.js';
import { emptyView, setPerspective } from './view.js';

export type PictureOptions = {
  /** Image size, px. */
  readonly width: number;
  readonly height: number;
  /** Looks at four samples a pixel; about half as much time again. Off by default. */
  readonly antialias?: boolean;
  /** Draws the key light's shadows. On by default. */
  readonly shadows?: boolean;
};

/** What can be drawn of a frame. */
export type Layer = 'colour' | 'depth' | 'segmentation';

/** The layers that were asked for, else undefined: rgb8 as `Image` has it, and as `DepthImage` and `SegmentationImage` have them. */
export type Picture = {
  readonly width: number;
  readonly height: number;
  readonly colour: Uint8Array<ArrayBuffer> | undefined;
  readonly depth: Float32Array<ArrayBuffer> | undefined;
  readonly segmentation: Int32Array<ArrayBuffer> | undefined;
};

/** Draws frames of one size; knows nothing of MuJoCo. */
export class Renderer {
  readonly width: number;
  readonly height: number;
  readonly #shapes: GeomShapes;
  readonly #samples: 1 | 2;
  readonly #target: SampleBuffer;
  readonly #view = emptyView(false);
  readonly #frustum = new Frustum();
  readonly #surfaces: SurfacePass;
  readonly #shadow: ShadowMap | undefined;
  readonly #shader: Shader;

  /** @throws RangeError for a size that is not a whole number of pixels from 1 to 4096. */
  constructor(shapes: GeomShapes, { width, height, antialias = false, shadows = true }: PictureOptions) {
    for (const size of [width, height]) {
      if (!Number.isInteger(size) || size < 1 || size > 4096) {
        throw new RangeError(`image size must be whole pixels from 1 to 4096, not ${width} x ${height}`);
      }
    }
    this.width = width;
    this.height = height;
    this.#shapes = shapes;
    this.#samples = antialias ? 2 : 1;
    this.#target = sampleBuffer(width * this.#samples, height * this.#samples, shapes.kinds.includes('mesh'));
    this.#surfaces = new SurfacePass(shapes, this.#target);
    this.#shadow = shadows ? new ShadowMap(shapes, shadowMapSize(width)) : undefined;
    this.#shader = new Shader(shapes, this.#shadow, this.#view, width);
  }

  /**
   * Draws a frame in colour.
   * @param into where to write it, `width * height * 3` bytes; without it a new array is made.
   * @throws RangeError if `into` has another length.
   */
  render(frame: FrameState, into: Uint8Array = new Uint8Array(3 * this.width * this.height)): Image {
    if (into.length !== 3 * this.width * this.height) {
      throw new RangeError(`buffer of ${into.length} bytes for an image of ${3 * this.width * this.height}`);
    }
    this.#find(frame);
    this.#shade(frame, into);
    return { width: this.width, height: this.height, data: into };
  }

  /** Draws several layers of a frame at once: what each pixel shows is found once. */
  draw(frame: FrameState, layers: readonly Layer[]): Picture {
    const { width, height } = this;
    const pixels = width * height;
    this.#find(frame);
    const has = (layer: Layer): boolean => layers.includes(layer);
    const colour = has('colour') ? new Uint8Array(3 * pixels) : undefined;
    const depth = has('depth') ? new Float32Array(pixels) : undefined;
    const segmentation = has('segmentation') ? new Int32Array(2 * pixels) : undefined;
    if (colour !== undefined) this.#shade(frame, colour);
    if (depth !== undefined) readDepth(this.#target, this.#samples, depth);
    if (segmentation !== undefined) readSegmentation(this.#target, this.#samples, this.#shapes, segmentation);
    return { width, height, colour, depth, segmentation };
  }

  #find(frame: FrameState): void {
    setPerspective(this.#view, frame.camera, frame.intrinsics, this.#samples);
    this.#frustum.set(this.#view, this.#target.width, this.#target.height);
    this.#surfaces.draw(frame, this.#view, this.#frustum);
  }

  #shade(frame: FrameState, into: Uint8Array): void {
    this.#shadow?.draw(frame, this.#frustum);
    this.#shader.begin(frame, this.#surfaces.seen);
    this.#shader.shade(this.#target, this.#samples, into);
  }
}

/** Shadow texels across for an image `width` pixels wide: shadow edges about as sharp as the image. */
function shadowMapSize(width: number): number {
  return width <= 128 ? 256 : width <= 256 ? 384 : width <= 400 ? 512 : 1024;
}
