/**
 * Simulation speed: physics steps per second of graft's MuJoCo (WebAssembly), of the same with the native library for most steps, and
 * of the `mujoco` wheel of PyPI, in the same run on the same models, start states and commands; in 1 to N worlds, graft's in threads, the
 * wheel's in processes. And control steps per second of whole episodes of the expert, with its inverse kinematics and the judge.
 * Usage: npm run bench -- sim [--tasks lift,handover] [--rounds 3] [--seconds 2] [--episodes 20] [--settings] [--json]
 * The wheel is installed into a virtual environment in the system's folder for temporary files, once; the native library is its own.
 * `--settings` compares settings of the physics instead (bench/sim/settings.py): what each costs, and how far from there the object ends.
 * `--json` writes bench/results/sim.json, or sim-settings.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFile } from '../src/config/paths.js';
import { libraryVariable } from '../src/sim/model/native-library.js';
import { findTask, type Task } from '../src/sim/task.js';
import { World } from '../src/sim/world.js';
import { runEpisodes } from '../src/worlds/pool.js';
import { pythonWithWheel, wheelLibrary } from './peer/mujoco-wheel.js';
import { quantile } from './quantile.js';
import { recordResults } from './record.js';
import { record, replayRate, type ReplayRequest } from './sim/replay.js';

/** Physics steps per second, medians of rounds; of `worlds` together. */
type Rates = {
  readonly worlds: number;
  readonly graft_steps_per_s: number;
  readonly graft_native_steps_per_s: number;
  readonly wheel_steps_per_s: number;
  /** control steps per second of the expert's episodes */
  readonly graft_control_steps_per_s: number;
  readonly graft_native_control_steps_per_s: number;
};

/** By setting: physics steps per second, and how far the object ends from where the settings as shipped put it, of each recording. */
type PhysicsSettings = Record<
  string,
  { readonly steps_per_s: number; readonly object_off_mm: readonly number[] }
>;

const { values: options } = parseArgs({
  options: {
    tasks: { type: 'string', default: 'lift' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    episodes: { type: 'string', default: '20' },
    settings: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const [rounds, seconds, episodes] = [options.rounds, options.seconds, options.episodes].map(Number);
const warmUp = 1.5;
const python = pythonWithWheel();
const library = wheelLibrary();

/** Every number of worlds up to four, from there on powers of two, and one for each core. */
function numbersOfWorlds(): number[] {
  const cores = availableParallelism();
  const all = Array.from({ length: cores }, (_, i) => i + 1);
  return all.filter((n) => n <= 4 || Number.isInteger(Math.log2(n)) || n === cores);
}

/** Control steps per second of the expert in `worlds` threads, their start not counted. */
async function throughput(task: Task, worlds: number, native: boolean): Promise<number> {
  // Threads get the environment that is there when they start.
  process.env[libraryVariable] = native ? library : '';
  const spec = { task: task.file, agent: { kind: 'expert', noise: true }, randomise: false } as const;
  let [steps, start, index] = [0, 0, 0];
  const all = episodes * worlds;
  for await (const episode of runEpisodes({ ...spec, trace: false, worlds, seed: 0, episodes: all })) {
    if (index++ < 2 * worlds) start = performance.now();
    else steps += episode.steps;
  }
  return (1000 * steps) / (performance.now() - start);
}

async function measure(task: Task, file: string, worlds: number): Promise<Rates> {
  const order = { file, warmUp, seconds };
  const measured = {
    graft_steps_per_s: () => replayRate(worlds, order),
    graft_native_steps_per_s: () => replayRate(worlds, { ...order, library }),
    wheel_steps_per_s: () => replayRate(worlds, order, python),
    graft_control_steps_per_s: () => throughput(task, worlds, false),
    graft_native_control_steps_per_s: () => throughput(task, worlds, true),
  };
  const names = Object.keys(measured) as (keyof typeof measured)[];
  const found = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++)
    for (const name of names) found.get(name)?.push(await measured[name]());
  const medians = names.map((name) => [name, Math.round(quantile(found.get(name) ?? [], 0.5))] as const);
  return { worlds, ...(Object.fromEntries(medians) as Omit<Rates, 'worlds'>) };
}

function print(name: string, rates: Rates): void {
  const {
    worlds,
    graft_steps_per_s: graft,
    graft_native_steps_per_s: native,
    wheel_steps_per_s: wheel,
  } = rates;
  const share = (rate: number): string => (rate / wheel).toFixed(2);
  console.log(
    `${name}, ${worlds} world(s): graft ${graft} physics steps/s (${share(graft)} of the wheel), with the native library ` +
      `${native} (${share(native)}), wheel ${wheel}; control steps/s ${rates.graft_control_steps_per_s}, ` +
      `with the native library ${rates.graft_native_control_steps_per_s}`,
  );
}

/** Recordings of a task in a file. */
async function recordTask(task: Task, folder: string): Promise<string> {
  const world = await World.create(task);
  const request: ReplayRequest = {
    ...{ task: task.file, model: task.model, substeps: task.substeps },
    recordings: await record(world),
  };
  world.dispose();
  const file = join(folder, `${task.name}.json`);
  writeFileSync(file, JSON.stringify(request));
  return file;
}

async function measureWorlds(task: Task, file: string): Promise<Rates[]> {
  const all: Rates[] = [];
  for (const worlds of numbersOfWorlds()) {
    const rates = await measure(task, file, worlds);
    print(task.name, rates);
    all.push(rates);
  }
  return all;
}

/** What the wheel says of other physics settings on the same recordings. */
function measureSettings(task: Task, file: string): PhysicsSettings {
  const program = projectFile('bench', 'sim', 'settings.py');
  const rows = JSON.parse(execFileSync(python, [program, file], { encoding: 'utf8' })) as PhysicsSettings;
  for (const [setting, { steps_per_s, object_off_mm }] of Object.entries(rows))
    console.log(
      `${task.name}, ${setting}: ${steps_per_s} steps/s, object off by ${object_off_mm.join(', ')} mm`,
    );
  return rows;
}

const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
const worlds: Record<string, Rates[]> = {};
const settings: Record<string, PhysicsSettings> = {};
for (const name of options.tasks.split(',')) {
  const task = findTask(name);
  const file = await recordTask(task, folder);
  if (options.settings) settings[name] = measureSettings(task, file);
  else worlds[name] = await measureWorlds(task, file);
}
rmSync(folder, { recursive: true, force: true });
if (options.json && options.settings) recordResults('sim-settings', settings);
else if (options.json) recordResults('sim', { ...Object.values(worlds)[0][0], tasks: worlds });
