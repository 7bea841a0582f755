/** The arrays that a domain changes, as they were, and their views in the model. */
import type { Physics } from '../mujoco.js';

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
  /** (ngeom, 3) contrast, size, seed: the patterns of `Physics` */
  readonly geom_pattern: Float64Array;
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

const modelKeys = [
  'body_mass', 'body_inertia', 'body_gravcomp', 'geom_friction', 'pair_friction', 'geom_rgba',
  'actuator_gainprm', 'actuator_biasprm', 'cam_pos', 'cam_quat', 'cam_fovy', 'cam_intrinsic',
  'light_pos', 'light_dir', 'light_diffuse', 'light_specular', 'light_ambient',
] as const satisfies readonly (keyof ModelArrays)[]; // prettier-ignore

const keys = [...modelKeys, 'geom_pattern'] as const;

/** The arrays themselves. Fetch them anew for each use: they go stale when WebAssembly memory grows. */
export function modelArrays({ model, patterns }: Physics): ModelArrays {
  const views = modelKeys.map((key) => [key, model[key] as unknown]);
  return Object.fromEntries([...views, ['geom_pattern', patterns]]) as ModelArrays;
}

/** A copy of these arrays and of the model's statistics. */
export class NominalModel {
  readonly arrays: ModelArrays;
  readonly #statistics: Record<'meaninertia' | 'meanmass' | 'meansize' | 'extent', number>;
  readonly #centre: Float64Array;

  constructor(private readonly physics: Physics) {
    const live = modelArrays(physics);
    this.arrays = Object.fromEntries(keys.map((key) => [key, live[key].slice()])) as ModelArrays;
    const { stat } = physics.model;
    const { meaninertia, meanmass, meansize, extent } = stat;
    this.#statistics = { meaninertia, meanmass, meansize, extent };
    this.#centre = Float64Array.from(stat.center as Float64Array);
  }

  /** Writes the copy back and gives the arrays. */
  restore(): ModelArrays {
    const live = modelArrays(this.physics);
    for (const key of keys) live[key].set(this.arrays[key]);
    return live;
  }

  /**
   * Writes the statistics back: `mj_setConst` computes them anew and so forgets what an MJCF file set, and the
   * solver's tolerance depends on the mean inertia.
   */
  restoreStatistics(): void {
    const { stat } = this.physics.model;
    Object.assign(stat, this.#statistics);
    (stat.center as Float64Array).set(this.#centre);
  }
}
