/** What came out of a sweep so far, read from the folders of its jobs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonLines } from '../../config/json-lines.js';
import type { SuccessCount } from '../../reward/evaluation/score-intervals.js';
import { jobFiles, type BaseResult, type TrainingResult } from '../../trial/job.js';
import type { TrialPoint } from '../../trial/trial.js';
import { jobFolder } from './plan.js';
import { baseName, type Setting, type Sweep } from './sweep-file.js';

/** A trial with the base policy that it started from; an unfinished one has no `result`. */
export type TrialRecord = {
  readonly seed: number;
  readonly base: BaseResult;
  /** evaluations during training, in order */
  readonly points: readonly TrialPoint[];
  readonly result: TrainingResult | undefined;
};

/** The trials of a setting on a task. */
export type SettingRecord = { readonly setting: Setting; readonly trials: readonly TrialRecord[] };

/** All that is known of a task: its base policies by seed, and the settings that were tried. */
export type TaskRecord = {
  readonly task: string;
  readonly bases: readonly BaseResult[];
  readonly settings: readonly SettingRecord[];
};

/** Trials whose base policy is not finished, and those without an evaluation, are left out. */
export function readResults(sweep: Sweep, out: string): TaskRecord[] {
  return sweep.tasks.map(({ task: { name: task } }) => {
    const known = sweep.seeds.flatMap((seed) => {
      const base = readResult<BaseResult>(jobFolder(out, task, baseName, seed));
      return base === undefined ? [] : [{ seed, base }];
    });
    const settings = sweep.settings.map((setting): SettingRecord => {
      const trials = known.map(({ seed, base }): TrialRecord => {
        const folder = jobFolder(out, task, setting.name, seed);
        const points = readJsonLines<TrialPoint>(join(folder, jobFiles.points));
        return { seed, base, points, result: readResult<TrainingResult>(folder) };
      });
      return { setting, trials: trials.filter(({ points }) => points.length > 0) };
    });
    return { task, bases: known.map(({ base }) => base), settings };
  });
}

function readResult<T>(folder: string): T | undefined {
  const file = join(folder, jobFiles.result);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

/** A share of successes, in [0, 1]. */
export function rateOf({ successes, episodes }: SuccessCount): number {
  return successes / episodes;
}

/** Successes of all together. */
export function pooled(counts: readonly SuccessCount[]): SuccessCount {
  return {
    successes: counts.reduce((sum, { successes }) => sum + successes, 0),
    episodes: counts.reduce((sum, { episodes }) => sum + episodes, 0),
  };
}

/** What a finished trial counts with: the held-out episodes, or without any the last evaluation. */
export function finalCount({ result, points }: TrialRecord): SuccessCount | undefined {
  if (result === undefined) return undefined;
  const last = points.at(-1);
  return result.held_out ?? (last && { successes: last.successes, episodes: last.episodes });
}

/** The control steps of the first evaluation with at least this rate; infinite if there is none. */
export function stepsUntil({ points }: Pick<TrialRecord, 'points'>, rate: number): number {
  return points.find((point) => rateOf(point) >= rate)?.at ?? Infinity;
}

/** The lowest evaluation during training less the base policy's on the same seeds, in [-1, 1]. */
export function worstDifference({ points, base }: Pick<TrialRecord, 'points' | 'base'>): number {
  return Math.min(...points.map(rateOf)) - rateOf(base.evaluation);
}

/** The middle of the values, of two the mean; infinite ones count. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === high ? low : (low + high) / 2;
}

/** Where evaluations of trials are, and their rates there, only where each of the trials has one. */
export function alignedRates(
  trials: readonly Pick<TrialRecord, 'points'>[],
): { readonly at: number; readonly counts: readonly SuccessCount[] }[] {
  const [first, ...others] = trials;
  if (first === undefined) return [];
  return first.points.flatMap((point) => {
    const same = others.map(({ points }) => points.find(({ at }) => at === point.at));
    const counts = [point, ...same].filter((each) => each !== undefined);
    return counts.length === trials.length ? [{ at: point.at, counts }] : [];
  });
}
