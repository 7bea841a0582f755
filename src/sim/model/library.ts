/** The MuJoCo library (WebAssembly). */
import loadMujoco, { type MainModule, type MjData, type MjModel } from '@mujoco/mujoco';

export type Mujoco = MainModule;

/** A compiled model with its state. The caller frees it with `disposePhysics`. */
export type Physics = { readonly mj: Mujoco; readonly model: MjModel; readonly data: MjData };

let library: Promise<Mujoco> | undefined;

/** The WebAssembly module; loaded once per process. */
export function mujoco(): Promise<Mujoco> {
  library ??= loadMujoco({ printErr: () => undefined });
  return library;
}
