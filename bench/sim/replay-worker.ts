/** A thread that replays recorded episodes in graft's simulation, told when to begin, and says physics steps per second (see replay.ts). */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { mujoco } from '../../src/sim/mujoco.js';
import { openNative } from '../../src/sim/model/native-library.js';
import { NativeSteps } from '../../src/sim/model/native-steps.js';
import { wasmSteps } from '../../src/sim/model/physics-steps.js';
import { findTask } from '../../src/sim/task.js';
import { World } from '../../src/sim/world.js';
import type { ReplayOrder, ReplayRequest } from './replay.js';

const { file, warmUp, seconds, library } = workerData as ReplayOrder;
const { task, substeps, recordings } = JSON.parse(readFileSync(file, 'utf8')) as ReplayRequest;
const { mj, model, data } = (await World.create(findTask(task))).physics;
const steps =
  library === undefined
    ? wasmSteps(await mujoco(), model, data)
    : new NativeSteps(await openNative(library, mj.mj_versionString()), mj, model, data);

function replay(duration: number): number {
  let taken = 0;
  const start = performance.now();
  for (;;) {
    for (const { qpos, qvel, ctrl } of recordings) {
      mj.mj_resetData(model, data);
      (data.qpos as Float64Array).set(qpos);
      (data.qvel as Float64Array).set(qvel);
      for (const values of ctrl) {
        (data.ctrl as Float64Array).set(values);
        steps.advance(substeps);
        taken += substeps;
      }
      const elapsed = (performance.now() - start) / 1000;
      if (elapsed >= duration) return taken / elapsed;
    }
  }
}

replay(warmUp);
parentPort?.once('message', () => parentPort?.postMessage(replay(seconds)));
parentPort?.postMessage('ready');
