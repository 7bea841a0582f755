/** One line of JSON per ended episode, flushed at once: readable while the session runs and after a crash. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Outcome } from './ending.js';

export type EpisodeRecord = {
  readonly episode_id: string;
  readonly seed: number;
  readonly kind: 'demo' | 'rollout' | 'intervention' | 'evaluation';
  readonly outcome: Outcome;
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** Control steps of this episode. */
  readonly steps: number;
  /** Control steps of the session so far, this episode included. */
  readonly total_steps: number;
  /** Seconds since the session began, wall clock. */
  readonly wall_s: number;
  readonly policy_version: number;
};

/** Appends a record. @throws Error naming the file, e.g. when the disk is full. */
export function appendEpisode(file: string, record: EpisodeRecord): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, `${JSON.stringify(record)}\n`);
  } catch (error) {
    throw new Error(`cannot write ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** The records of a log; none if it does not exist yet. A last line that a crash cut short is left out. */
export function readEpisodes(file: string): EpisodeRecord[] {
  return readJsonLines<EpisodeRecord>(file);
}

/** The complete lines of a JSON-lines file. */
export function readJsonLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
