/** The MuJoCo library (WebAssembly). */
import { setFlagsFromString } from 'node:v8';
import loadMujoco, { type MainModule, type MjData, type MjModel } from '@mujoco/mujoco';
import type { PhysicsSteps } from './physics-steps.js';

export type Mujoco = MainModule;

/** A compiled model with its state. The caller frees it with `disposePhysics`. */
export type Physics = {
  readonly mj: Mujoco;
  readonly model: MjModel;
  readonly data: MjData;
  /** Advances the state. */
  readonly steps: PhysicsSteps;
  /**
   * (ngeom, 3) patterns on the surfaces of geoms, for which the model has no place: contrast from 0, none, to 1; size, m; seed, a
   * whole number. All 0 unless randomisation says otherwise.
   */
  readonly patterns: Float64Array;
};

let library: Promise<Mujoco> | undefined;

/** The WebAssembly module; loaded once per process. */
export function mujoco(): Promise<Mujoco> {
  if (library === undefined) {
    inlineWasmFunctions();
    library = loadMujoco({ printErr: () => undefined });
  }
  return library;
}

/**
 * MuJoCo is made of many tiny functions. Inlining them makes physics a tenth faster, to the bit the same (docs/experiments.md);
 * V8 11 (Node 20) has it behind a flag, which has to be set before the module is compiled.
 */
function inlineWasmFunctions(): void {
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--experimental-wasm-inlining');
}
