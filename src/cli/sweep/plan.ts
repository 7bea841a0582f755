/** The jobs of a sweep, and where each is done: OUT/TASK/SETTING/SEED, the base policy's setting being called `base`. */
import { join } from 'node:path';
import type { SweepJob } from './run-jobs.js';
import { baseJob, baseName, trainingJob, type Sweep } from './sweep-file.js';

/** Base policies come first: the trials of their task and seed need them. */
export type Plan = { readonly bases: readonly SweepJob[]; readonly trials: readonly SweepJob[] };

/** Seeds go round last, so that an unfinished sweep has whole comparisons of its first seeds. */
export function planSweep(sweep: Sweep, out: string): Plan {
  const pairs = sweep.seeds.flatMap((seed) => sweep.tasks.map((task) => ({ seed, task })));
  const bases = pairs.map(({ seed, task }): SweepJob => {
    const folder = jobFolder(out, task.task.name, baseName, seed);
    return {
      title: title(task.task.name, baseName, seed),
      folder,
      base: folder,
      job: baseJob(sweep, task, seed),
    };
  });
  const trials = pairs.flatMap(({ seed, task }) =>
    sweep.settings.map((setting): SweepJob => {
      const { name } = task.task;
      return {
        title: title(name, setting.name, seed),
        folder: jobFolder(out, name, setting.name, seed),
        base: jobFolder(out, name, baseName, seed),
        job: trainingJob(sweep, task, setting, seed),
      };
    }),
  );
  return { bases, trials };
}

/** Where a job is done. @param setting its name, or `base` */
export function jobFolder(out: string, task: string, setting: string, seed: number): string {
  return join(out, task, setting, String(seed));
}

function title(task: string, setting: string, seed: number): string {
  return `${task}, ${setting}, seed ${seed}`;
}
