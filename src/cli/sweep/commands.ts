/** `graft sweep`: settings on tasks with several seeds, one table and one figure out. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { wholeNumber } from '../options.js';
import { runSweep } from './sweep.js';
import { loadSweep } from './sweep-file.js';

type Options = { readonly out?: string; readonly jobs: number; readonly threads: number };

/** Adds `graft sweep`. */
export function addSweep(program: Command): void {
  program
    .command('sweep')
    .description(
      'train every setting of a sweep file on its tasks with its seeds, without ROS; finished trials are skipped. Writes table.md, figure.svg and results.json',
    )
    .argument('<file>', 'sweep file, such as sim/sweeps/ablations.yaml')
    .option('--out <dir>', 'folder of the sweep (default: runs/sweep-NAME)')
    .option('--jobs <n>', 'trials at once, a process each', wholeNumber(1, 1024), availableParallelism())
    .option('--threads <n>', 'threads of one network call in each trial', wholeNumber(1, 64), 1)
    .action(async (file: string, { out, jobs, threads }: Options) => {
      const sweep = loadSweep(file);
      const folder = resolve(out ?? join('runs', `sweep-${sweep.name}`));
      await runSweep(sweep, { out: folder, jobs, threads });
    });
}
