/**
 * Simulation speed: graft's MuJoCo (WebAssembly) against the native `mujoco` wheel of PyPI in the same run, on the same models,
 * start states and commands; and two worlds in threads against one.
 * Usage: npm run bench -- simulation [--tasks lift,pick_place] [--rounds 3] [--episodes 20] [--json]
 * The wheel is installed into a virtual environment in the system's folder for temporary files, once.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFile } from '../src/config/paths.js';
import { rollout } from '../src/sim/rollout.js';
import { TaskJudge } from '../src/sim/expression/judge.js';
import { findTask, type Task } from '../src/sim/task.js';
import { World } from '../src/sim/world.js';
import { WorldObserver } from '../src/sim/world-observer.js';
import { createAgent } from '../src/worlds/agent.js';
import { runEpisodes } from '../src/worlds/pool.js';
import { pythonWithWheel } from './peer/mujoco-wheel.js';
import { quantile } from './quantile.js';

/** One episode to replay: the state after the reset, and the controls of each control step. */
type Recording = { readonly qpos: number[]; readonly qvel: number[]; readonly ctrl: number[][] };

const recordedEpisodes = 4;

async function record(world: World): Promise<Recording[]> {
  const { task, physics } = world;
  const expert = await createAgent(task, { kind: 'expert', noise: true });
  const observer = new WorldObserver(world);
  const recordings: Recording[] = [];
  for (let seed = 0; seed < recordedEpisodes; seed++) {
    expert.reset(seed);
    const ctrl: number[][] = [];
    const start: { qpos: number[]; qvel: number[] } = { qpos: [], qvel: [] };
    await rollout({
      ...{ world, judge: TaskJudge.compile(task, world.names), seed },
      onReset: () => {
        start.qpos = [...(physics.data.qpos as Float64Array)];
        start.qvel = [...(physics.data.qvel as Float64Array)];
      },
      act: async (inputs) => (await expert.propose(inputs, observer.observe(inputs, false))).executed,
      onStep: () => void ctrl.push([...(physics.data.ctrl as Float64Array)]),
    });
    recordings.push({ ...start, ctrl });
  }
  await expert.dispose();
  return recordings;
}

/** Physics steps per second of graft's simulation over the recordings. */
function replay({ task, physics: { mj, model, data } }: World, recordings: readonly Recording[]): number {
  let steps = 0;
  const start = performance.now();
  for (const { qpos, qvel, ctrl } of recordings) {
    mj.mj_resetData(model, data);
    (data.qpos as Float64Array).set(qpos);
    (data.qvel as Float64Array).set(qvel);
    for (const values of ctrl) {
      (data.ctrl as Float64Array).set(values);
      for (let i = 0; i < task.substeps; i++) mj.mj_step(model, data);
      steps += task.substeps;
    }
  }
  return (1000 * steps) / (performance.now() - start);
}

/** The same with the wheel. */
function replayNatively(python: string, file: string): number {
  const { stdout, stderr, status } = spawnSync(python, [projectFile('bench', 'mujoco-wheel.py'), file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the wheel failed:\n${stderr}`);
  return Number(stdout);
}

/** Control steps per second of the expert in `worlds` threads, their start not counted. */
async function throughput(task: Task, worlds: number, episodes: number): Promise<number> {
  const spec = { task: task.file, agent: { kind: 'expert', noise: true }, randomise: false } as const;
  let [steps, start] = [0, 0];
  let index = 0;
  for await (const episode of runEpisodes({ ...spec, trace: false, worlds, seed: 0, episodes })) {
    if (index++ < 2 * worlds) start = performance.now();
    else steps += episode.steps;
  }
  return (1000 * steps) / (performance.now() - start);
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

const { values: options } = parseArgs({
  options: {
    tasks: { type: 'string', default: 'lift' },
    rounds: { type: 'string', default: '3' },
    episodes: { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
  },
});
const python = pythonWithWheel();
const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
for (const name of options.tasks.split(',')) {
  const task = findTask(name);
  const world = await World.create(task);
  const recordings = await record(world);
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ model: task.model, substeps: task.substeps, recordings }));
  const [own, native, one, two]: number[][] = [[], [], [], []];
  for (let round = 0; round < Number(options.rounds); round++) {
    own.push(replay(world, recordings));
    native.push(replayNatively(python, file));
    one.push(await throughput(task, 1, Number(options.episodes)));
    two.push(await throughput(task, 2, Number(options.episodes)));
  }
  world.dispose();
  const [graft, wheel] = [median(own), median(native)];
  const [single, double] = [median(one), median(two)];
  console.log(
    `${name}: graft ${graft.toFixed(0)} physics steps/s, wheel ${wheel.toFixed(0)}: ${(graft / wheel).toFixed(2)}; ` +
      `one world ${single.toFixed(1)} control steps/s, two ${double.toFixed(1)}: ${(double / single).toFixed(2)}`,
  );
  if (options.json) console.log(JSON.stringify({ task: name, graft, wheel, single, double }));
}
rmSync(folder, { recursive: true, force: true });
