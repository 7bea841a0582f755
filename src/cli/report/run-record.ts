/** Everything that the report of a run tells, read from its folder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { readEpisodes, readJsonLines, type EpisodeRecord } from '../../episodes/log.js';
import { loadCheckpoint, type Progress } from '../../learning/checkpoint.js';
import type { LearningRecord } from '../../learning/learning-log.js';
import { loadPolicyFile, type Manifest } from '../../policy/manifest.js';
import type { CloningRecord } from '../behaviour-cloning.js';
import { readStage, type RunFolder, type StageRecord } from '../run-folder.js';

export type RunRecord = {
  readonly run: RunFolder;
  readonly base: readonly EpisodeRecord[];
  readonly residual: readonly EpisodeRecord[];
  readonly training: readonly EpisodeRecord[];
  readonly metrics: readonly LearningRecord[];
  /** Complete stages in the order of the demo. */
  readonly stages: readonly StageRecord[];
  readonly manifest: Manifest;
  readonly base_sha256: string;
  readonly cloning: CloningRecord | undefined;
  readonly progress: Progress;
  /** The learner's settings, as its checkpoint keeps them. */
  readonly settings: Readonly<Record<string, unknown>>;
};

/** The demo's stages in their order. */
export const stageNames = ['demos', 'base', 'train', 'evaluate-base', 'evaluate-residual', 'film'] as const;

/**
 * Reads a run folder.
 * @throws ConfigError naming the first file that is missing or broken, and what makes it
 */
export function readRun(run: RunFolder): RunRecord {
  const policy = loadPolicyFile(run.base);
  const checkpoint = loadCheckpoint(run.checkpoint);
  if (checkpoint.base_sha256 !== policy.sha256) {
    throw new ConfigError(
      run.checkpoint,
      'base_sha256',
      `belongs to the base policy ${checkpoint.base_sha256}, not to ${policy.file} (${policy.sha256})`,
    );
  }
  const cloning = join(run.base, 'training.json');
  return {
    run,
    base: evaluation(run, 'base'),
    residual: evaluation(run, 'residual'),
    training: episodes(join(run.train, 'episodes.jsonl'), 'training'),
    metrics: uniqueSteps(
      readJsonLines<LearningRecord>(required(join(run.train, 'metrics.jsonl'), 'training')),
    ),
    stages: stageNames.map((name) => readStage(run, name)).filter((stage) => stage !== undefined),
    manifest: policy.manifest,
    base_sha256: policy.sha256,
    cloning: existsSync(cloning) ? (JSON.parse(readFileSync(cloning, 'utf8')) as CloningRecord) : undefined,
    progress: checkpoint.progress,
    settings: checkpoint.settings,
  };
}

function evaluation(run: RunFolder, policy: 'base' | 'residual'): EpisodeRecord[] {
  return episodes(join(run.evaluate, policy, 'episodes.jsonl'), `graft evaluate --policy ${policy}`);
}

function episodes(file: string, maker: string): EpisodeRecord[] {
  const records = readEpisodes(required(file, maker));
  if (records.length === 0) throw new ConfigError(file, '', `holds no episode; made by: ${maker}`);
  return records;
}

function required(file: string, maker: string): string {
  if (!existsSync(file)) throw new ConfigError(file, '', `is missing; made by: ${maker}`);
  return file;
}

/** A training that was resumed repeats the steps since its checkpoint: the later lines count. */
function uniqueSteps(lines: readonly LearningRecord[]): LearningRecord[] {
  const kept: LearningRecord[] = [];
  for (const line of lines) {
    while (kept.length > 0 && kept[kept.length - 1].step >= line.step) kept.pop();
    kept.push(line);
  }
  return kept;
}
