/** The MuJoCo library, models compiled from MJCF or URDF files, and the ids of what is in them. */
import { ConfigError } from '../config/config-error.js';
import type { Physics } from './model/library.js';

export { mujoco, type Mujoco, type Physics } from './model/library.js';
export { disposePhysics, loadPhysics, type LoadOptions } from './model/load.js';
export { positionActuator } from './model/position-actuators.js';

/** Kinds of named things in a model: mjtObj of MuJoCo's C API. */
const objectTypes = { body: 1, joint: 3, site: 6, camera: 7, actuator: 19 } as const;
export type ObjectKind = keyof typeof objectTypes;

/** Id of a named body, joint, site, camera or actuator. @throws ConfigError if the model has none of that name. */
export function requireId({ mj, model }: Physics, kind: ObjectKind, name: string, file: string): number {
  const id = mj.mj_name2id(model, objectTypes[kind], name);
  if (id < 0) throw new ConfigError(file, name, `the model has no ${kind} of that name`);
  return id;
}
