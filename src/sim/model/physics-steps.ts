/** Advancing a simulation: by the WebAssembly library, or for the most part by the native one (native-steps.ts). */
import type { MjData, MjModel } from '@mujoco/mujoco';
import type { Mujoco } from './library.js';

export type PhysicsSteps = {
  /** Whether a native library takes most of the steps. */
  readonly native: boolean;
  /** Takes physics steps. The state is then as `mj_step` leaves it, with all that is derived from it. */
  advance(count: number): void;
  /** The model's numbers were changed: by randomisation. */
  modelChanged(): void;
  dispose(): void;
};

/** Steps of the WebAssembly library. */
export function wasmSteps(mj: Mujoco, model: MjModel, data: MjData): PhysicsSteps {
  return {
    native: false,
    advance: (count) => {
      for (let i = 0; i < count; i++) mj.mj_step(model, data);
    },
    modelChanged: () => undefined,
    dispose: () => undefined,
  };
}
