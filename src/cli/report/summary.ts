/** The report's facts for machines: report/summary.json. */
import { checkpointRule } from '../checkpoint-rule.js';
import { wilsonInterval, type SuccessCount } from '../../reward/evaluation/score-intervals.js';
import type { RunRecord } from './run-record.js';
import type { Versions } from './versions.js';

export type PolicySummary = SuccessCount & {
  readonly wilson95: readonly [number, number];
  /** Seed of the first episode; they follow one after the other. */
  readonly first_seed: number;
};

export type Summary = {
  readonly base: PolicySummary;
  readonly residual: PolicySummary;
  /** Control steps that the residual learned from. */
  readonly steps: number;
  readonly updates: number;
  readonly train_seconds: number;
  /** Control steps per second of training, updates included. */
  readonly steps_per_s: number;
  readonly stage_seconds: Readonly<Record<string, number>>;
  readonly base_sha256: string;
  readonly seed: number;
  readonly checkpoint_rule: string;
  readonly versions: Versions;
};

/** The facts of a run. */
export function summarise(record: RunRecord, versions: Versions): Summary {
  const training = record.stages.find(({ stage }) => stage === 'train');
  const seconds = training?.seconds ?? record.metrics.at(-1)?.wall_s ?? 0;
  return {
    base: policySummary(record.base),
    residual: policySummary(record.residual),
    steps: record.progress.steps,
    updates: record.progress.updates,
    train_seconds: round(seconds),
    steps_per_s: seconds > 0 ? round(record.progress.steps / seconds) : 0,
    stage_seconds: Object.fromEntries(record.stages.map((stage) => [stage.stage, round(stage.seconds)])),
    base_sha256: record.base_sha256,
    seed: Number(training?.settings.seed ?? record.settings.seed ?? 0),
    checkpoint_rule: checkpointRule,
    versions,
  };
}

function policySummary(episodes: RunRecord['base']): PolicySummary {
  const successes = episodes.filter(({ outcome }) => outcome === 'success').length;
  const count = { successes, episodes: episodes.length };
  return {
    ...count,
    wilson95: wilsonInterval(count),
    first_seed: Math.min(...episodes.map(({ seed }) => seed)),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
