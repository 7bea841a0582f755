/** The section `randomisation` of a task file (`schemas/randomisation.schema.json`). */

/** Lower and upper bound of a uniform draw. */
export type Bounds = readonly [number, number];

/** Bounds by name, by pattern with `*`, or for `all`. */
export type BoundsByName = Readonly<Record<string, Bounds>>;

/** Standard deviations of the noise on a tracked frame. */
export type FrameNoiseSpec = {
  readonly position_m: number;
  readonly rotation_rad: number;
  readonly velocity_m_s: number;
  readonly angular_velocity_rad_s: number;
};

export type CameraRandomisation = {
  readonly position_m?: number;
  readonly rotation_rad?: number;
  readonly fovy?: Bounds;
  readonly delay_s?: Bounds;
};

export type LightRandomisation = {
  readonly position_m?: number;
  readonly direction_rad?: number;
  readonly brightness?: Bounds;
};

/** The pattern on a body's geoms. */
export type TextureRandomisation = { readonly contrast: Bounds; readonly size_m: Bounds };

/** What an episode's seed draws beside the reset; units in the names, factors have none. */
export type RandomisationSpec = {
  readonly mass?: BoundsByName;
  readonly friction?: BoundsByName;
  readonly actuator_gain?: BoundsByName;
  readonly actuator_damping?: BoundsByName;
  readonly latency_s?: Bounds;
  readonly joint_offset_rad?: BoundsByName;
  readonly noise?: {
    readonly joint_position_rad?: number;
    readonly joint_velocity_rad_s?: number;
    readonly frames?: Readonly<Record<string, Partial<FrameNoiseSpec>>>;
  };
  readonly camera?: Readonly<Record<string, CameraRandomisation>>;
  readonly light?: Readonly<Record<string, LightRandomisation>>;
  readonly colour?: BoundsByName;
  readonly texture?: Readonly<Record<string, TextureRandomisation>>;
};
