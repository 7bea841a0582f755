import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';
import { emptyCameraPose, findCamera, intrinsicsOf, readCameraPose } from './camera-model.js';
import type { CameraPose } from './camera-model.js';
import { DrawnGeoms } from './drawn-geoms.js';
import type { Image } from './image.js';
import { surfaceBuffer } from './rasteriser.js';
import type { SurfaceBuffer } from './rasteriser.js';
import { Shader } from './shading.js';
import { ShadowMap } from './shadow-map.js';
import type { LitScene } from './shadow-map.js';
import { drawSurfaces } from './surface-pass.js';
import { VertexStage } from './vertex-stage.js';
import type { GeomPoses, Perspective } from './vertex-stage.js';

export type SoftwareCameraOptions = {
  /** Name of a camera in the model. */
  readonly camera: string;
  /** Image size, px. */
  readonly width: number;
  readonly height: number;
  /** Averages four samples a pixel; about three times the time. Off by default. */
  readonly antialias?: boolean;
  /** Draws the key light's shadows. On by default. */
  readonly shadows?: boolean;
};

/** The way to the light (world unit vector) in a model that has no directional light. */
const DEFAULT_TO_LIGHT = [0.365, -0.365, 0.856];

/** Diffuse colour (mean of r, g, b) of a key light that shines with the camera's usual strength. */
const USUAL_DIFFUSE = 1.88 / 3;

/**
 * Renders rgb8 images from a camera of a MuJoCo model on the CPU, without display or GPU. It draws planes,
 * boxes, spheres, capsules, cylinders, ellipsoids and meshes of the groups 0 to 2; not height fields, skins,
 * flexes, sites, tendons or textures. The key light is the model's first directional light
 * (the WebAssembly binding cannot read which are active or cast shadows) and shines by its diffuse colour's mean; the
 * other intensities are the camera's own. The image depends on the present model and data alone, so what changes a
 * model at run time (domain randomisation) shows.
 */
export class SoftwareCamera {
  readonly width: number;
  readonly height: number;
  readonly #model: MjModel;
  readonly #directional: number;
  readonly #id: number;
  #projection: Perspective;
  readonly #pose: CameraPose = emptyCameraPose();
  readonly #poses: GeomPoses = { positions: new Float64Array(), axes: new Float64Array() };
  readonly #stage = new VertexStage();
  readonly #scene: LitScene;
  readonly #gloss: Float32Array;
  readonly #target: SurfaceBuffer;
  readonly #shadow: ShadowMap | undefined;
  readonly #shader: Shader;
  readonly #antialias: boolean;

  /**
   * @throws Error for an unknown camera (the message lists the model's cameras).
   * @throws RangeError for a size that is not a whole number of pixels from 1 to 4096.
   */
  constructor(mujoco: MainModule, model: MjModel, options: SoftwareCameraOptions) {
    const { width, height, camera, antialias = false, shadows = true } = options;
    for (const size of [width, height]) {
      if (!Number.isInteger(size) || size < 1 || size > 4096) {
        throw new RangeError(`image size must be whole pixels from 1 to 4096, not ${width} x ${height}`);
      }
    }
    this.width = width;
    this.height = height;
    this.#model = model;
    this.#directional = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL.value;
    this.#id = findCamera(model, camera);
    const scale = antialias ? 2 : 1;
    this.#projection = sampleProjection(model, this.#id, width * scale, height * scale);
    this.#target = surfaceBuffer(width * scale, height * scale);
    this.#antialias = antialias;
    const geoms = new DrawnGeoms(mujoco, model);
    const count = geoms.ids.length;
    this.#scene = {
      geoms,
      colours: new Float32Array(4 * count),
      poses: this.#poses,
      toLight: Float64Array.from(DEFAULT_TO_LIGHT),
      brightness: 1,
    };
    this.#gloss = Float32Array.from({ length: count }, (_, index) => geoms.gloss(index));
    this.#shadow = shadows ? new ShadowMap(shadowMapSize(this.#target.width), count) : undefined;
    this.#shader = new Shader(this.#scene, this.#gloss, this.#shadow);
  }

  /**
   * The image at the data's last `mj_forward` or `mj_step`.
   * @param into where to write it, `width * height * 3` bytes; without it a new array is made.
   * @throws RangeError if `into` has another length.
   */
  render(data: MjData, into = new Uint8Array(3 * this.width * this.height)): Image {
    if (into.length !== 3 * this.width * this.height) {
      throw new RangeError(`buffer of ${into.length} bytes for an image of ${3 * this.width * this.height}`);
    }
    this.#read(data);
    const { geoms, colours } = this.#scene;
    this.#shadow?.draw(this.#scene, this.#pose.position, this.#stage);
    drawSurfaces(geoms, colours, this.#poses, this.#pose, this.#projection, this.#stage, this.#target);
    const image = new Uint8ClampedArray(into.buffer, into.byteOffset, into.length);
    if (this.#antialias) this.#shader.shadeSmooth(this.#target, this.#pose, this.#projection, image);
    else this.#shader.shade(this.#target, this.#pose, this.#projection, image);
    return { width: this.width, height: this.height, data: into };
  }

  #read(data: MjData): void {
    readCameraPose(data, this.#id, this.#pose);
    this.#projection = sampleProjection(this.#model, this.#id, this.#target.width, this.#target.height);
    this.#poses.positions = data.geom_xpos as Float64Array;
    this.#poses.axes = data.geom_xmat as Float64Array;
    const { geoms, colours } = this.#scene;
    geoms.refresh();
    for (let index = 0; index < geoms.ids.length; index++) geoms.readColour(index, colours, 4 * index);
    readKeyLight(this.#model, data, this.#directional, this.#scene);
  }
}

/** Intrinsics with pixel centres at halves, as the rasteriser samples. */
function sampleProjection(model: MjModel, id: number, width: number, height: number): Perspective {
  const { fx, fy, cx, cy } = intrinsicsOf(model, id, width, height);
  return { fx, fy, cx: cx + 0.5, cy: cy + 0.5 };
}

/** Shadow texels across for an image `width` samples wide: shadow edges about as sharp as the image. */
function shadowMapSize(width: number): number {
  return width <= 128 ? 256 : width <= 400 ? 512 : 1024;
}

function readKeyLight(model: MjModel, data: MjData, directional: number, scene: LitScene): void {
  const types = model.light_type as Int32Array;
  for (let light = 0; light < types.length; light++) {
    if (types[light] !== directional) continue;
    const directions = data.light_xdir as Float64Array;
    for (let k = 0; k < 3; k++) scene.toLight[k] = -directions[3 * light + k];
    const [red, green, blue] = (model.light_diffuse as Float32Array).subarray(3 * light, 3 * light + 3);
    scene.brightness = (red + green + blue) / 3 / USUAL_DIFFUSE;
    return;
  }
}
