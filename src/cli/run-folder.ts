/** Where a run keeps what (README: layout of a run folder), and which of its stages are complete. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../config/atomic-file.js';
import { ConfigError } from '../config/config-error.js';

export type RunFolder = {
  readonly root: string;
  readonly demos: string;
  readonly base: string;
  readonly train: string;
  readonly checkpoint: string;
  readonly bags: string;
  readonly evaluate: string;
  readonly film: string;
  readonly report: string;
  readonly stages: string;
};

/** The places inside a run folder, absolute. */
export function runFolder(folder: string): RunFolder {
  const root = resolve(folder);
  const train = join(root, 'train');
  return {
    root,
    demos: join(root, 'demos'),
    base: join(root, 'base'),
    train,
    checkpoint: join(train, 'checkpoint'),
    bags: join(train, 'bags'),
    evaluate: join(root, 'evaluate'),
    film: join(root, 'film'),
    report: join(root, 'report'),
    stages: join(root, 'stages'),
  };
}

/** A folder that the user named. @throws ConfigError if it is not there. */
export function existingFolder(folder: string, what: string): string {
  if (!existsSync(folder)) throw new ConfigError(folder, '', `no such folder (${what})`);
  return resolve(folder);
}

/** What is kept of a finished stage; `settings` tells a result from one that was asked for differently. */
export type StageRecord = {
  readonly stage: string;
  /** Wall time over all starts of the stage [s]. */
  readonly seconds: number;
  /** ISO 8601 time of the end. */
  readonly finished: string;
  readonly settings: Readonly<Record<string, unknown>>;
};

/** The record of a complete stage, or undefined while it is not complete. */
export function readStage(run: RunFolder, stage: string): StageRecord | undefined {
  const file = stageFile(run, stage);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StageRecord) : undefined;
}

/** Marks a stage as complete, atomically: an interrupt leaves it either done or to be done. */
export function writeStage(run: RunFolder, record: StageRecord): void {
  mkdirSync(run.stages, { recursive: true });
  writeFileAtomic(stageFile(run, record.stage), `${JSON.stringify(record, null, 2)}\n`);
}

/** Forgets that a stage was complete. */
export function clearStage(run: RunFolder, stage: string): void {
  rmSync(stageFile(run, stage), { force: true });
}

/** Seconds that unfinished starts of a stage took, so that a resumed stage reports its whole time. */
export function readSpentSeconds(run: RunFolder, stage: string): number {
  const file = join(run.stages, `${stage}.spent.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { seconds: number }).seconds : 0;
}

/** Keeps the seconds that an interrupted stage took; 0 forgets them. */
export function writeSpentSeconds(run: RunFolder, stage: string, seconds: number): void {
  mkdirSync(run.stages, { recursive: true });
  writeFileAtomic(join(run.stages, `${stage}.spent.json`), `${JSON.stringify({ seconds })}\n`);
}

function stageFile(run: RunFolder, stage: string): string {
  return join(run.stages, `${stage}.json`);
}
