/** Folders of a sweep's jobs: what was asked for when they were started, and how far they came. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../config/atomic-file.js';
import { ConfigError } from '../../config/config-error.js';
import { jobFiles, type TrialJob } from '../../trial/job.js';

/** `interrupted` jobs start again. */
export type JobState = 'new' | 'interrupted' | 'finished';

/**
 * How far a job came.
 * @throws ConfigError if its folder was made for something else than `job`, naming the first setting that differs
 */
export function jobState(folder: string, job: TrialJob): JobState {
  const file = join(folder, jobFiles.job);
  if (!existsSync(file)) return 'new';
  const before = JSON.parse(readFileSync(file, 'utf8')) as unknown;
  const difference = firstDifference(before, JSON.parse(JSON.stringify(job)));
  if (difference !== undefined) {
    const { key, was, is } = difference;
    throw new ConfigError(
      file,
      key,
      `was ${show(was)} and is ${show(is)} now; give the setting another name, the sweep another --out, or remove ${folder}`,
    );
  }
  return existsSync(join(folder, jobFiles.result)) ? 'finished' : 'interrupted';
}

/** Makes a job's folder ready for a start from the beginning. */
export function openJobFolder(folder: string, job: TrialJob): void {
  mkdirSync(folder, { recursive: true });
  for (const file of [jobFiles.points, jobFiles.result, jobFiles.log])
    rmSync(join(folder, file), { force: true });
  writeFileAtomic(join(folder, jobFiles.job), `${JSON.stringify(job, null, 2)}\n`);
}

type Difference = { readonly key: string; readonly was: unknown; readonly is: unknown };

/** The first value in which two trees of plain data differ; the key is its path. */
export function firstDifference(was: unknown, is: unknown, key = ''): Difference | undefined {
  if (!isTree(was) || !isTree(is)) return was === is ? undefined : { key, was, is };
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const path = key === '' ? name : `${key}.${name}`;
    const found = firstDifference(was[name], is[name], path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function show(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value);
}
