import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';
import { emptyFrame, FrameReader } from './frame-state.js';
import type { FrameOptions, FrameState } from './frame-state.js';
import { geomShapes } from './geom-shapes.js';
import type { Image } from './image.js';
import { Renderer } from './renderer.js';
import type { Layer, Picture, PictureOptions } from './renderer.js';

/** A picture of a camera of the model, by its name. */
export type SoftwareCameraOptions = PictureOptions & FrameOptions;

/**
 * Renders rgb8 images, depth and segmentation from a camera of a MuJoCo model on the CPU, without display or GPU. It draws planes,
 * boxes, spheres, capsules, cylinders, ellipsoids and meshes of the groups 0 to 2; not height fields, skins,
 * flexes, sites or tendons. A texture counts as its mean colour. The key light is the model's first directional light
 * (the WebAssembly binding cannot read which are active or cast shadows) and shines by its diffuse colour's mean; the
 * other intensities are the camera's own. The image depends on the present model, patterns and data alone, so
 * what changes them at run time (domain randomisation) shows.
 */
export class SoftwareCamera {
  readonly width: number;
  readonly height: number;
  readonly #reader: FrameReader;
  readonly #frame: FrameState;
  readonly #renderer: Renderer;

  /**
   * @throws Error for an unknown camera (the message lists the model's cameras).
   * @throws RangeError for a size that is not a whole number of pixels from 1 to 4096.
   */
  constructor(mujoco: MainModule, model: MjModel, options: SoftwareCameraOptions) {
    const shapes = geomShapes(mujoco, model);
    this.width = options.width;
    this.height = options.height;
    this.#renderer = new Renderer(shapes, options);
    this.#reader = new FrameReader(mujoco, model, shapes, options);
    this.#frame = emptyFrame(shapes.ids.length);
  }

  /**
   * The image at the data's last `mj_forward` or `mj_step`.
   * @param into where to write it, `width * height * 3` bytes; without it a new array is made.
   * @throws RangeError if `into` has another length.
   */
  render(data: MjData, into?: Uint8Array): Image {
    this.#reader.read(data, this.#frame);
    return this.#renderer.render(this.#frame, into);
  }

  /** Several layers of the image at that moment. */
  draw(data: MjData, layers: readonly Layer[]): Picture {
    this.#reader.read(data, this.#frame);
    return this.#renderer.draw(this.#frame, layers);
  }
}
