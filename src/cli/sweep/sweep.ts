/** A sweep from its plan to its table: base policies first, then the trials that need them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../config/atomic-file.js';
import { Interrupted } from '../launch-child.js';
import { ProgressDisplay } from '../progress.js';
import { readVersions } from '../report/versions.js';
import { sweepFigure } from './figure.js';
import { jobState } from './job-folder.js';
import { planSweep } from './plan.js';
import { readResults } from './results.js';
import { runJobs, type Failure, type SweepJob } from './run-jobs.js';
import type { Sweep } from './sweep-file.js';
import { sweepTable } from './table.js';

export type SweepRequest = {
  readonly out: string;
  /** Trials at a time. */
  readonly jobs: number;
  /** Threads of one network call in each of them. */
  readonly threads: number;
};

/**
 * Runs what is not finished yet, and writes table, figure and results, also of a sweep that was interrupted.
 * @throws ConfigError if a trial was run with other settings before; Interrupted after Ctrl-C; Error if trials failed
 */
export async function runSweep(sweep: Sweep, { out, jobs, threads }: SweepRequest): Promise<void> {
  const plan = planSweep(sweep, out);
  const finished = new Set([...plan.bases, ...plan.trials].filter(isFinished));
  mkdirSync(out, { recursive: true });
  const onEnd = (): void => writeResults(sweep, out);
  const options = { jobs, threads, finished, onEnd };
  const failures: Failure[] = [];
  try {
    failures.push(...(await runStage('bases', plan.bases, options)));
    const orphans = new Set(failures.map(({ job }) => job.folder));
    const trials = plan.trials.filter(({ base }) => !orphans.has(base));
    failures.push(...(await runStage('trials', trials, options)));
  } catch (error) {
    if (error instanceof Interrupted)
      console.error('\nInterrupted. The same command goes on; trials that were running start again.');
    throw error;
  } finally {
    writeResults(sweep, out);
  }
  console.log(`${join(out, 'table.md')}\n${join(out, 'figure.svg')}`);
  if (failures.length > 0) throw new Error(`${count(failures)} failed, see above`);
}

type StageOptions = {
  readonly jobs: number;
  readonly threads: number;
  readonly finished: ReadonlySet<SweepJob>;
  /** Told of each end, so that what is written is never older than a trial. */
  readonly onEnd: () => void;
};

/** Runs the jobs that are not finished. Work is counted in control steps, that of a base policy as one. */
async function runStage(
  name: string,
  all: readonly SweepJob[],
  { jobs, threads, finished, onEnd }: StageOptions,
): Promise<Failure[]> {
  const waiting = all.filter((job) => !finished.has(job));
  if (waiting.length === 0) return [];
  const taken = new Map(all.map((job) => [job, finished.has(job) ? workOf(job) : 0]));
  const total = all.reduce((sum, job) => sum + workOf(job), 0);
  const progress = new ProgressDisplay(name);
  let [ended, failed] = [all.length - waiting.length, 0];
  const state = (): [number, number, string] => {
    const done = [...taken.values()].reduce((sum, steps) => sum + steps, 0);
    return [done, total, `${ended} of ${count(all)}${failed === 0 ? '' : `, ${failed} failed`}`];
  };
  const advance = (job: SweepJob, steps: number): void => {
    taken.set(job, Math.min(steps, workOf(job)));
    progress.update(...state());
  };
  progress.update(...state());
  try {
    const failures = await runJobs(waiting, {
      ...{ jobs, threads, onProgress: advance },
      onEnd: (job, failure) => {
        ended++;
        advance(job, workOf(job));
        onEnd();
        if (failure === undefined) return;
        failed++;
        progress.abandon();
        console.error(failure.message);
      },
    });
    progress.finish(...state());
    return failures;
  } catch (error) {
    progress.abandon();
    throw error;
  }
}

function isFinished({ folder, job }: SweepJob): boolean {
  return jobState(folder, job) === 'finished';
}

/** Control steps. */
function workOf({ job }: SweepJob): number {
  return job.kind === 'base' ? 1 : job.steps;
}

function count(jobs: readonly unknown[]): string {
  return `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}`;
}

/** Writes `table.md`, `figure.svg` and `results.json` of what is there so far. */
function writeResults(sweep: Sweep, out: string): void {
  const tasks = readResults(sweep, out);
  const { file, name, seeds, episodes, held_out } = sweep;
  const record = { name, file, seeds, episodes, held_out, versions: readVersions(process.env), tasks };
  writeFileAtomic(join(out, 'table.md'), sweepTable(sweep, tasks));
  writeFileAtomic(join(out, 'figure.svg'), sweepFigure(sweep, tasks));
  writeFileAtomic(join(out, 'results.json'), `${JSON.stringify(record, null, 2)}\n`);
}
