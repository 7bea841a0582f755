/** The arrays of a model that a domain changes, as they were, and their views in the model. */
import type { MjModel } from '@mujoco/mujoco';

/** (n, k) values by id; some are float32 in the model. */
export type ModelArrays = {
  readonly body_mass: Float64Array;
  /** (nbody, 3) */
  readonly body_inertia: Float64Array;
  readonly body_gravcomp: Float64Array;
  /** (ngeom, 3) sliding, torsional, rolling */
  readonly geom_friction: Float64Array;
  /** (npair, 5) two of them sliding */
  readonly pair_friction: Float64Array;
  /** (ngeom, 4) */
  readonly geom_rgba: Float32Array;
  /** (nu, 10) */
  readonly actuator_gainprm: Float64Array;
  /** (nu, 10) */
  readonly actuator_biasprm: Float64Array;
  /** (ncam, 3) in the frame of the camera's body, m */
  readonly cam_pos: Float64Array;
  /** (ncam, 4) w first */
  readonly cam_quat: Float64Array;
  /** (ncam) degrees */
  readonly cam_fovy: Float64Array;
  /** (ncam, 4) focal x, y, principal x, y: m */
  readonly cam_intrinsic: Float32Array;
  /** (nlight, 3) in the frame of the light's body, m */
  readonly light_pos: Float64Array;
  /** (nlight, 3) unit vectors in the frame of the light's body */
  readonly light_dir: Float64Array;
  /** (nlight, 3) */
  readonly light_diffuse: Float32Array;
  readonly light_specular: Float32Array;
  readonly light_ambient: Float32Array;
};

const keys = [
  'body_mass', 'body_inertia', 'body_gravcomp', 'geom_friction', 'pair_friction', 'geom_rgba',
  'actuator_gainprm', 'actuator_biasprm', 'cam_pos', 'cam_quat', 'cam_fovy', 'cam_intrinsic',
  'light_pos', 'light_dir', 'light_diffuse', 'light_specular', 'light_ambient',
] as const satisfies readonly (keyof ModelArrays)[]; // prettier-ignore

/** The model's arrays themselves. Fetch them anew for each use: they go stale when WebAssembly memory grows. */
export function modelArrays(model: MjModel): ModelArrays {
  return Object.fromEntries(keys.map((key) => [key, model[key] as unknown])) as ModelArrays;
}

/** A copy of a model's arrays and statistics. */
export class NominalModel {
  readonly arrays: ModelArrays;
  readonly #statistics: Record<'meaninertia' | 'meanmass' | 'meansize' | 'extent', number>;
  readonly #centre: Float64Array;

  constructor(private readonly model: MjModel) {
    const live = modelArrays(model);
    this.arrays = Object.fromEntries(keys.map((key) => [key, live[key].slice()])) as ModelArrays;
    const { meaninertia, meanmass, meansize, extent } = model.stat;
    this.#statistics = { meaninertia, meanmass, meansize, extent };
    this.#centre = Float64Array.from(model.stat.center as Float64Array);
  }

  /** Writes the copy back and gives the model's arrays. */
  restore(): ModelArrays {
    const live = modelArrays(this.model);
    for (const key of keys) live[key].set(this.arrays[key]);
    return live;
  }

  /**
   * Writes the statistics back: `mj_setConst` computes them anew and so forgets what an MJCF file set, and the
   * solver's tolerance depends on the mean inertia.
   */
  restoreStatistics(): void {
    const { stat } = this.model;
    Object.assign(stat, this.#statistics);
    (stat.center as Float64Array).set(this.#centre);
  }
}
