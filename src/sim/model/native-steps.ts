/**
 * Steps of the native library on a simulation that lives in WebAssembly. Of the steps of one call the last is WebAssembly's, so that all that
 * MuJoCo derives from a state (poses, contacts, forces) is where its readers expect it; before it only the state goes over and back,
 * some 200 numbers. Native code has other instructions than WebAssembly, so results agree to rounding, not to the bit.
 */
import type { MjData, MjModel } from '@mujoco/mujoco';
import type { Mujoco } from './library.js';
import type { NativeMujoco, NativePointer } from './native-library.js';
import type { PhysicsSteps } from './physics-steps.js';

type Native = { readonly model: NativePointer; readonly data: NativePointer };

/** Where a model is written in the library's own file system, to be read by the native one. */
const modelFile = '/native.mjb';

export class NativeSteps implements PhysicsSteps {
  readonly native = true;
  /** What the native library starts from, and what it gives back: sums of mjtState, in whose order the numbers are. */
  readonly #given: number;
  readonly #taken: number;
  readonly #state: Float64Array;
  #views: readonly Float64Array[] = [];
  #twin: Native | undefined;

  /** Actuators' targets and the integrated state are all that changes here: no forces are applied, no body is mocap. */
  constructor(
    private readonly library: NativeMujoco,
    private readonly mj: Mujoco,
    private readonly model: MjModel,
    private readonly data: MjData,
  ) {
    const { mjSTATE_TIME, mjSTATE_QPOS, mjSTATE_QVEL, mjSTATE_ACT, mjSTATE_WARMSTART, mjSTATE_CTRL } =
      mj.mjtState;
    const integrated = [mjSTATE_TIME, mjSTATE_QPOS, mjSTATE_QVEL, mjSTATE_ACT, mjSTATE_WARMSTART];
    this.#taken = integrated.reduce((sum, { value }) => sum + value, 0);
    this.#given = this.#taken + mjSTATE_CTRL.value;
    this.#state = new Float64Array(mj.mj_stateSize(model, this.#given));
  }

  advance(count: number): void {
    if (count > 1) {
      const { model, data } = (this.#twin ??= this.#makeTwin());
      this.#give(data, model);
      for (let i = 1; i < count; i++) this.library.step(model, data);
      this.#take(data, model);
    }
    if (count > 0) this.mj.mj_step(this.model, this.data);
  }

  modelChanged(): void {
    if (this.#twin === undefined) return;
    this.library.deleteData(this.#twin.data);
    this.library.deleteModel(this.#twin.model);
    this.#twin = undefined;
  }

  dispose(): void {
    this.modelChanged();
  }

  #makeTwin(): Native {
    const { mj, library } = this;
    mj.mj_saveModel(this.model, modelFile, null);
    const bytes = mj.FS.readFile(modelFile) as Uint8Array;
    mj.FS.unlink(modelFile);
    const model = library.loadModel(bytes, bytes.length);
    return { model, data: library.makeData(model) };
  }

  #give(data: NativePointer, model: NativePointer): void {
    const state = this.#state;
    state[0] = this.data.time;
    let offset = 1;
    for (const view of this.#parts()) {
      state.set(view, offset);
      offset += view.length;
    }
    this.library.setState(model, data, state, this.#given);
  }

  #take(data: NativePointer, model: NativePointer): void {
    const state = this.#state;
    this.library.getState(model, data, state, this.#taken);
    this.data.time = state[0];
    let offset = 1;
    for (const view of this.#parts().slice(0, -1)) {
      view.set(state.subarray(offset, offset + view.length));
      offset += view.length;
    }
  }

  /** The state in WebAssembly's memory after the time, in the order of mjtState. Memory that grows leaves views behind, of length 0. */
  #parts(): readonly Float64Array[] {
    if (this.#views.length === 0 || this.#views[0].length === 0) {
      const { data } = this;
      this.#views = [data.qpos, data.qvel, data.act, data.qacc_warmstart, data.ctrl] as Float64Array[];
    }
    return this.#views;
  }
}
