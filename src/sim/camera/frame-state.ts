import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';
import { emptyCameraPose, findCamera, intrinsicsOf, readCameraPose } from './camera-model.js';
import type { CameraIntrinsics, CameraPose } from './camera-model.js';
import type { GeomShapes } from './geom-shapes.js';

/** The way to the light (world unit vector) in a model that has no directional light. */
const DEFAULT_TO_LIGHT = [0.365, -0.365, 0.856];

/** Diffuse colour (mean of r, g, b) of a key light that shines with the camera's usual strength. */
const USUAL_DIFFUSE = 1.88 / 3;

/** All that a picture shows of one moment, for n drawn geoms; plain data that can be sent to a thread. */
export type FrameState = {
  /** (n, 3) m and (n, 3, 3): world poses of the geoms, as in MjData */
  readonly positions: Float64Array;
  readonly axes: Float64Array;
  /** (n, 3) m, MuJoCo's size convention */
  readonly sizes: Float64Array;
  /** (n) radius of a ball about the geom's centre that holds it, m; 0 for a plane: no bound */
  readonly bounds: Float64Array;
  /** (n, 4) r, g, b, a in 0..1, textures' mean colours in them */
  readonly colours: Float32Array;
  /** (n, 3) patterns of brightness: contrast in 0..1, size in m, seed; nothing is drawn where the contrast is 0 */
  readonly patterns: Float64Array;
  readonly camera: CameraPose;
  intrinsics: CameraIntrinsics;
  /** world unit vector to the key light, and a factor on its strength */
  readonly toLight: Float64Array;
  brightness: number;
};

/** A state of `count` geoms with room for `FrameReader.read`. */
export function emptyFrame(count: number): FrameState {
  return {
    positions: new Float64Array(3 * count),
    axes: new Float64Array(9 * count),
    sizes: new Float64Array(3 * count),
    bounds: new Float64Array(count),
    colours: new Float32Array(4 * count),
    patterns: new Float64Array(3 * count),
    camera: emptyCameraPose(),
    intrinsics: { fx: 1, fy: 1, cx: 0, cy: 0 },
    toLight: Float64Array.from(DEFAULT_TO_LIGHT),
    brightness: 1,
  };
}

/** Which camera's frames are read, for images of which size, px. */
export type FrameOptions = {
  readonly camera: string;
  readonly width: number;
  readonly height: number;
  /** (ngeom, 3) the simulation's own patterns (`Physics`); without them surfaces are plain */
  readonly patterns?: Float64Array;
};

/** Reads frame states of one camera out of a simulation. */
export class FrameReader {
  readonly #model: MjModel;
  readonly #shapes: GeomShapes;
  readonly #camera: number;
  readonly #width: number;
  readonly #height: number;
  readonly #directional: number;
  readonly #patterns: Float64Array | undefined;

  /** @throws Error for an unknown camera (the message lists the model's cameras). */
  constructor(
    mujoco: MainModule,
    model: MjModel,
    shapes: GeomShapes,
    { camera, width, height, patterns }: FrameOptions,
  ) {
    this.#model = model;
    this.#width = width;
    this.#height = height;
    this.#shapes = shapes;
    this.#camera = findCamera(model, camera);
    this.#patterns = patterns;
    this.#directional = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL.value;
  }

  /**
   * Writes the state at the data's last `mj_forward` or `mj_step` into `frame`. Model and data are read anew each time:
   * domain randomisation changes sizes, colours, cameras and lights, and views go stale when WebAssembly memory grows.
   */
  read(data: MjData, frame: FrameState): void {
    const model = this.#model;
    const { ids } = this.#shapes;
    gather(data.geom_xpos as Float64Array, 3, ids, frame.positions);
    gather(data.geom_xmat as Float64Array, 9, ids, frame.axes);
    gather(model.geom_size as Float64Array, 3, ids, frame.sizes);
    gather(model.geom_rbound as Float64Array, 1, ids, frame.bounds);
    readColours(model, this.#shapes, frame.colours);
    if (this.#patterns !== undefined) gather(this.#patterns, 3, ids, frame.patterns);
    readCameraPose(data, this.#camera, frame.camera);
    frame.intrinsics = intrinsicsOf(model, this.#camera, this.#width, this.#height);
    readKeyLight(model, data, this.#directional, frame);
  }
}

/** Copies the rows `ids` of a matrix with `columns` columns. */
function gather(from: Float64Array, columns: number, ids: Int32Array, to: Float64Array): void {
  for (let row = 0; row < ids.length; row++) {
    for (let k = 0; k < columns; k++) to[columns * row + k] = from[columns * ids[row] + k];
  }
}

/**
 * A geom's own rgba, or its material's when its own is MuJoCo's default grey, as MuJoCo's visualiser has it, times the mean
 * colour of the material's texture.
 */
function readColours(model: MjModel, { ids, tints }: GeomShapes, colours: Float32Array): void {
  const own = model.geom_rgba as Float32Array;
  const materials = model.geom_matid as Int32Array;
  const ofMaterial = model.mat_rgba as Float32Array;
  for (let index = 0; index < ids.length; index++) {
    const id = ids[index];
    const at = 4 * id;
    const grey = own[at] === 0.5 && own[at + 1] === 0.5 && own[at + 2] === 0.5 && own[at + 3] === 1;
    const fromMaterial = materials[id] >= 0 && grey;
    for (let k = 0; k < 4; k++) {
      const colour = fromMaterial ? ofMaterial[4 * materials[id] + k] : own[at + k];
      colours[4 * index + k] = k < 3 ? colour * tints[3 * index + k] : colour;
    }
  }
}

/** The model's first directional light; without one the state keeps its light. */
function readKeyLight(model: MjModel, data: MjData, directional: number, frame: FrameState): void {
  const light = (model.light_type as Int32Array).indexOf(directional);
  if (light < 0) return;
  const directions = data.light_xdir as Float64Array;
  for (let k = 0; k < 3; k++) frame.toLight[k] = -directions[3 * light + k];
  const [red, green, blue] = (model.light_diffuse as Float32Array).subarray(3 * light, 3 * light + 3);
  frame.brightness = (red + green + blue) / 3 / USUAL_DIFFUSE;
}
