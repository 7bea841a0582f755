/** Jobs of a sweep in child processes, several at a time. */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jobFiles, type JobProgress, type TrialJob } from '../../trial/job.js';
import { Interrupted, logTail } from '../launch-child.js';
import { openJobFolder } from './job-folder.js';

/** A job and where it is done. */
export type SweepJob = {
  /** e.g. `lift, utd_2, seed 0` */
  readonly title: string;
  readonly folder: string;
  /** Folder of the base policy that it starts from; for a base job its own. */
  readonly base: string;
  readonly job: TrialJob;
};

/** A job that ended with an error, and the end of its log. */
export type Failure = { readonly job: SweepJob; readonly message: string };

export type RunOptions = {
  /** Jobs at a time. */
  readonly jobs: number;
  /** Threads of one network call in each of them. */
  readonly threads: number;
  /** Told of the control steps that a running job has taken. */
  readonly onProgress: (job: SweepJob, steps: number) => void;
  /** Told of each end. */
  readonly onEnd: (job: SweepJob, failure: Failure | undefined) => void;
};

/** Milliseconds after which a child that was asked to end is killed. */
const patience = 5000;

/**
 * Runs jobs in the order given. One that fails does not stop the others.
 * @returns those that failed
 * @throws Interrupted after SIGINT, SIGTERM or SIGHUP, when all children have ended
 */
export async function runJobs(waiting: readonly SweepJob[], options: RunOptions): Promise<Failure[]> {
  const queue = [...waiting];
  const running = new Set<ChildProcess>();
  const failures: Failure[] = [];
  let interrupted = false;
  const onSignal = (): void => {
    interrupted = true;
    queue.length = 0;
    running.forEach(end);
  };
  const lane = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const child = start(job, options);
      running.add(child);
      const problem = await endOf(child);
      running.delete(child);
      if (interrupted) return;
      const failure = problem === undefined ? undefined : { job, message: describe(job, problem) };
      if (failure !== undefined) failures.push(failure);
      options.onEnd(job, failure);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  signals.forEach((signal) => process.on(signal, onSignal));
  try {
    await Promise.all(Array.from({ length: options.jobs }, lane));
  } finally {
    signals.forEach((signal) => process.off(signal, onSignal));
  }
  if (interrupted) throw new Interrupted();
  return failures;
}

/** Its channel ends with this process, whatever ends that, and the child with its channel. */
function start(sweepJob: SweepJob, { threads, onProgress }: RunOptions): ChildProcess {
  const { folder, base, job } = sweepJob;
  openJobFolder(folder, job);
  const log = openSync(join(folder, jobFiles.log), 'w');
  const program = fileURLToPath(new URL('../../trial/main.js', import.meta.url));
  // A group of its own: Ctrl-C on the terminal must reach it once, from here.
  const child = fork(program, [folder, base, String(threads)], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  child.on('message', ({ steps }: JobProgress) => onProgress(sweepJob, steps));
  return child;
}

/** @returns why it ended, undefined if it did what it should */
function endOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
    });
  });
}

function end(child: ChildProcess): void {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  child.once('exit', () => clearTimeout(timer));
}

function describe({ title, folder }: SweepJob, problem: string): string {
  return `${title} ${problem}:\n${logTail(join(folder, jobFiles.log))}`;
}
