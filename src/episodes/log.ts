/** One line of JSON per ended episode, flushed at once: readable while the session runs and after a crash. */
import { appendJsonLine, readJsonLines } from '../config/json-lines.js';
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
  /** Kind of episode, where the task has variants. */
  readonly variant?: string;
  /** Whether the task's randomisation was applied. */
  readonly randomised?: true;
  /** Why the episode could not go on: something is wrong with the task, not with the policy. */
  readonly fault?: string;
};

/** Appends a record. @throws Error naming the file, e.g. when the disk is full. */
export function appendEpisode(file: string, record: EpisodeRecord): void {
  appendJsonLine(file, record);
}

/** The records of a log; none if it does not exist yet. A last line that a crash cut short is left out. */
export function readEpisodes(file: string): EpisodeRecord[] {
  return readJsonLines<EpisodeRecord>(file);
}

export { readJsonLines } from '../config/json-lines.js';
