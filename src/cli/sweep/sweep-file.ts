/** Sweep files (docs/sweeps.md): what is compared on which tasks with which seeds, checked before anything runs. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { requireKnownName } from '../../config/known-name.js';
import { resolveParameters } from '../../config/parameters.js';
import { checked, loadYaml } from '../../config/yaml-file.js';
import type { CloningSettings } from '../../learning/behaviour-cloning.js';
import type { Hyperparameters } from '../../learning/hyperparameters.js';
import type { PpoSettings } from '../../learning/residual-ppo.js';
import { findTask, shippedTasks, type Task } from '../../sim/task.js';
import { cloningOf } from '../../trial/clone.js';
import type { FilteredCloning } from '../../trial/filtered-bc-method.js';
import { fromScratch } from '../../trial/from-scratch.js';
import type { BaseJob, TrainingJob } from '../../trial/job.js';
import type { MethodSpec } from '../../trial/trial.js';

/** A row of the table: a way to learn and how it is called. */
export type Setting = {
  readonly name: string;
  readonly label: string;
  readonly group: string;
  readonly method: MethodSpec['kind'];
  readonly steps: number;
  /** control steps between two evaluations */
  readonly every: number;
  /** checked and complete */
  readonly learner: MethodSpec['learner'];
};

export type SweepTask = {
  /** as trials name it: a shipped task, or the absolute path of a file */
  readonly place: string;
  readonly task: Task;
  readonly demos: number;
  readonly cloning: Partial<CloningSettings>;
};

export type Sweep = {
  readonly file: string;
  readonly name: string;
  readonly tasks: readonly SweepTask[];
  readonly seeds: readonly number[];
  /** Episodes of an evaluation during training, and at the end on held-out seeds (0 for none). */
  readonly episodes: number;
  readonly held_out: number;
  readonly randomise: boolean;
  /** Control steps at which the table shows success, in order. */
  readonly columns: readonly number[];
  /** Name of a setting that is drawn in every group. */
  readonly reference: string | undefined;
  readonly settings: readonly Setting[];
};

/** The name of what trials start from, which no setting may have. */
export const baseName = 'base';

type SettingFile = {
  readonly label?: string;
  readonly group: string;
  readonly method: MethodSpec['kind'];
  readonly steps?: number;
  readonly every?: number;
  readonly learner: Readonly<Record<string, unknown>>;
};

/** As schemas/sweep.schema.json says, defaults filled in. */
type SweepFile = Pick<Sweep, 'name' | 'seeds' | 'held_out' | 'randomise'> & {
  readonly tasks: Readonly<Record<string, { demos?: number; cloning?: Partial<CloningSettings> }>>;
  readonly steps: number;
  readonly evaluate: { readonly every: number; readonly episodes: number };
  readonly demos: number;
  readonly columns?: readonly number[];
  readonly reference?: string;
  readonly settings: Readonly<Record<string, SettingFile>>;
};

/** Reads a sweep. @throws ConfigError naming the file, the key and what was expected */
export function loadSweep(file: string): Sweep {
  const sweep = loadYaml<SweepFile>(file, 'sweep');
  const { name, seeds, held_out, randomise, steps, evaluate, demos, reference } = sweep;
  const settings = Object.entries(sweep.settings).map(([key, setting]) =>
    settingOf(file, key, setting, { steps, every: evaluate.every }),
  );
  if (reference !== undefined)
    requireKnownName('setting', reference, Object.keys(sweep.settings), 'reference', file);
  const tasks = Object.entries(sweep.tasks).map(([task, own]) => {
    const place = shippedTasks().includes(task) ? task : resolve(task);
    return { place, task: findTask(task), demos: own.demos ?? demos, cloning: own.cloning ?? {} };
  });
  checkDistinct(
    file,
    tasks.map(({ task }) => task.name),
  );
  const quarters = [0.25, 0.5, 1].map(
    (share) => Math.ceil((share * steps) / evaluate.every) * evaluate.every,
  );
  const columns = [...new Set(sweep.columns ?? quarters)].sort((a, b) => a - b);
  const { episodes } = evaluate;
  return { file, name, tasks, seeds, episodes, held_out, randomise, columns, reference, settings };
}

/** The base policy's job for a task and seed. */
export function baseJob(sweep: Sweep, sweepTask: SweepTask, seed: number): BaseJob {
  return { kind: 'base', ...commonOf(sweep, sweepTask, seed), episodes: sweep.episodes };
}

/** The job of a setting for a task and seed. */
export function trainingJob(
  sweep: Sweep,
  sweepTask: SweepTask,
  { method: kind, learner, steps, every }: Setting,
  seed: number,
): TrainingJob {
  const common = commonOf(sweep, sweepTask, seed);
  const evaluate = { every, episodes: sweep.episodes };
  const cloning = kind === 'filtered_bc' ? { cloning: common.cloning } : {};
  const method = { kind, learner, ...cloning } as MethodSpec;
  return { kind: 'training', ...common, method, steps, evaluate };
}

function commonOf(
  { held_out, randomise }: Sweep,
  { place, task, demos, cloning }: SweepTask,
  seed: number,
): Omit<BaseJob, 'kind' | 'episodes'> {
  return {
    ...{ task: place, seed, demos, randomise, held_out },
    task_sha256: createHash('sha256').update(readFileSync(task.file)).digest('hex'),
    cloning: cloningOf(task, seed, cloning),
  };
}

function settingOf(
  file: string,
  name: string,
  { label = name, group, method, learner, ...own }: SettingFile,
  defaults: { readonly steps: number; readonly every: number },
): Setting {
  if (name === baseName)
    throw new ConfigError(file, `settings.${name}`, 'is what trials start from; give it another name');
  const source = `${file}: settings.${name}.learner`;
  return { ...defaults, ...own, name, label, group, method, learner: learnerOf(method, learner, source) };
}

/** The settings of a method with its defaults. @throws ConfigError naming `source` and the key */
function learnerOf(
  method: MethodSpec['kind'],
  given: Readonly<Record<string, unknown>>,
  source: string,
): MethodSpec['learner'] {
  if (method === 'ppo') return checked<PpoSettings>({ ...given }, 'ppo', source);
  if (method === 'filtered_bc') return checked<FilteredCloning>({ ...given }, 'filtered_bc', source);
  const own = nodeOnly.find((name) => name in given);
  if (own !== undefined) throw new ConfigError(source, own, 'is for the node residual_learner only');
  const scratch = method === 'rlpd' ? fromScratch : {};
  const all = resolveParameters<Hyperparameters>('residual_learner', { ...scratch, ...given }, source);
  const shared = Object.entries(all).filter(([name]) => !nodeOnly.includes(name));
  return Object.fromEntries(shared) as unknown as Hyperparameters;
}

/** Parameters of residual_learner that say where its data come from and go to: a trial has its own. */
const nodeOnly = [
  ...['autostart', 'task', 'policy', 'demos', 'rollouts', 'run', 'resume', 'seed', 'reward'],
  ...['total_steps', 'checkpoint_period'],
];

function checkDistinct(file: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ConfigError(file, 'tasks', `${twice} is there twice`);
}
