import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { MjData, MjModel } from '@mujoco/mujoco';
import {
  libraryVariable,
  openNative,
  tryNative,
  type NativeMujoco,
} from '../../../src/sim/model/native-library.js';
import { NativeSteps } from '../../../src/sim/model/native-steps.js';
import { wasmSteps, type PhysicsSteps } from '../../../src/sim/model/physics-steps.js';
import { disposePhysics, mujoco, type Mujoco, type Physics } from '../../../src/sim/mujoco.js';
import { findTask } from '../../../src/sim/task.js';
import { World } from '../../../src/sim/world.js';

/** A libmujoco, if one is named: then the real one is tried as well. */
const path = process.env[libraryVariable] ?? '';

/** Stands in for the native library: WebAssembly's own functions on a model and a state of their own. */
function standIn(mj: Mujoco): { readonly library: NativeMujoco; readonly loaded: () => number } {
  let loaded = 0;
  const library: NativeMujoco = {
    loadModel: (bytes) => {
      loaded++;
      mj.FS.writeFile('/stand-in.mjb', bytes);
      return mj.MjModel.mj_loadModel('/stand-in.mjb', new mj.MjVFS());
    },
    makeData: (model) => new mj.MjData(model as MjModel),
    deleteModel: (model) => (model as MjModel).delete(),
    deleteData: (data) => (data as MjData).delete(),
    step: (model, data) => mj.mj_step(model as MjModel, data as MjData),
    setState: (model, data, state, signature) =>
      mj.mj_setState(model as MjModel, data as MjData, [...state], signature),
    getState: (model, data, state, signature) => {
      const buffer = new mj.DoubleBuffer(mj.mj_stateSize(model as MjModel, signature));
      mj.mj_getState(model as MjModel, data as MjData, buffer, signature);
      state.set(buffer.GetView() as Float64Array);
      buffer.delete();
    },
  };
  return { library, loaded: () => loaded };
}

/** A fall of the block with the hand moving; the positions after each of twelve control steps. */
function rollOut({ mj, model, data }: Physics, steps: PhysicsSteps): Float64Array[] {
  mj.mj_resetData(model, data);
  return Array.from({ length: 12 }, (_, i) => {
    // Read anew each time: the stand-in makes memory grow, which detaches views.
    const ctrl = data.ctrl as Float64Array;
    ctrl.forEach((_, joint) => (ctrl[joint] = 0.2 * Math.sin(i + joint)));
    steps.advance(20);
    return (data.qpos as Float64Array).slice();
  });
}

function largestDifference(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  return Math.max(...a.flatMap((values, i) => [...values].map((value, j) => Math.abs(value - b[i][j]))));
}

test('steps of another library begin and end with the state of the simulation, to the bit', async (t) => {
  const world = await World.create(findTask('lift'));
  t.after(() => world.dispose());
  const { physics } = world;
  const { mj, model, data } = physics;
  const { library, loaded } = standIn(mj);
  const steps = new NativeSteps(library, mj, model, data);
  const expected = rollOut(physics, wasmSteps(mj, model, data));
  const contacts = data.ncon;
  assert.deepEqual(rollOut(physics, steps), expected);
  assert.equal(data.ncon, contacts);
  assert.equal(loaded(), 1);

  (model.body_mass as Float64Array).forEach((mass, i, all) => (all[i] = 1.3 * mass));
  steps.modelChanged();
  const heavier = rollOut(physics, wasmSteps(mj, model, data));
  assert.notDeepEqual(heavier, expected);
  assert.deepEqual(rollOut(physics, steps), heavier);
  assert.equal(loaded(), 2);
  steps.dispose();
});

test('a library that cannot be used is told of, and nothing comes of it', async (t) => {
  const said = t.mock.method(console, 'error', () => undefined);
  assert.equal(await tryNative('/nowhere/libmujoco.so', '3.14.0'), undefined);
  assert.equal(said.mock.callCount(), 1);
  assert.match(String(said.mock.calls[0].arguments[0]), /GRAFT_MUJOCO_LIBRARY.*WebAssembly/);
  assert.equal(await tryNative('', '3.14.0'), undefined);
  assert.equal(said.mock.callCount(), 1);
});

test(
  'the native library agrees with WebAssembly to 1e-9',
  { skip: existsSync(path) ? false : `${libraryVariable} names no library` },
  async (t) => {
    const mj = await mujoco();
    const library = await openNative(path, mj.mj_versionString());
    for (const name of ['lift', 'handover']) {
      const world = await World.create(findTask(name));
      t.after(() => disposePhysics(world.physics));
      const { model, data } = world.physics;
      const steps = new NativeSteps(library, mj, model, data);
      const expected = rollOut(world.physics, wasmSteps(mj, model, data));
      assert.ok(largestDifference(rollOut(world.physics, steps), expected) < 1e-9);
      steps.dispose();
    }
  },
);

test(
  'a library of another version is refused',
  { skip: existsSync(path) ? false : 'none is named' },
  async () => {
    await assert.rejects(openNative(path, '1.0.0'), /expected 1\.0\.0/);
  },
);
