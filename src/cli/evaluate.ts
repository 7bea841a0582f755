/** `graft evaluate`: episodes without exploration, counted. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { readEpisodes } from '../episodes/log.js';
import { findTask } from '../sim/task.js';
import { filmCamera } from './film.js';
import { logTail, runLaunch } from './launch-child.js';
import { ProgressDisplay } from './progress.js';
import { existingFolder, type RunFolder } from './run-folder.js';
import type { SuccessCount } from '../reward/evaluation/score-intervals.js';

export type PolicyName = 'base' | 'residual';

export type EvaluationRequest = {
  readonly run: RunFolder;
  readonly policy: PolicyName;
  readonly task: string;
  readonly episodes: number;
  /** Episode i uses seed + i. */
  readonly seed: number;
  /** Gets episodes.jsonl, launch.log and, if recorded, bag/; what an earlier evaluation left there is removed. */
  readonly out: string;
  /** Record a bag. */
  readonly record: boolean;
  /** Render the scene's camera. */
  readonly camera: boolean;
  /** Apply the task's randomisation. */
  readonly randomise?: boolean;
  readonly label: string;
};

/**
 * Runs `ros2 launch evaluate_sim_launch.yaml` and counts successes.
 * @throws ConfigError for a run without a base policy or checkpoint; Error if the launch fails or episodes are missing
 */
export async function evaluatePolicy(request: EvaluationRequest): Promise<SuccessCount> {
  const { run, policy, episodes, out } = request;
  existingFolder(run.root, 'the run');
  const { file, cameras } = findTask(request.task);
  if (request.camera && !cameras.some(({ name }) => name === filmCamera))
    throw new ConfigError(file, 'cameras', `has no camera ${filmCamera}, which --camera renders`);
  requireFile(join(run.base, 'manifest.yaml'), 'make the base policy first: npx graft bc');
  if (policy === 'residual') existingFolder(run.checkpoint, "the residual's checkpoint: train first");
  for (const old of ['episodes.jsonl', 'launch.log', 'bag'])
    rmSync(join(out, old), { recursive: true, force: true });
  const log = join(out, 'episodes.jsonl');
  const progress = new ProgressDisplay(request.label);
  const show = (): void => progress.update(...progressOf(log, episodes));
  try {
    await runLaunch({
      file: 'evaluate_sim_launch.yaml',
      arguments: evaluationArguments(request),
      log: join(out, 'launch.log'),
      onTick: show,
    });
  } catch (error) {
    progress.abandon();
    throw error;
  }
  progress.finish(...progressOf(log, episodes));
  const count = countSuccesses(log);
  if (count.episodes < episodes) {
    throw new Error(
      `only ${count.episodes} of ${episodes} episodes were finished:\n${logTail(join(out, 'launch.log'))}`,
    );
  }
  return count;
}

/** Successes in a log of episodes. */
export function countSuccesses(log: string): SuccessCount {
  const records = readEpisodes(log);
  return {
    successes: records.filter(({ outcome }) => outcome === 'success').length,
    episodes: records.length,
  };
}

function evaluationArguments(request: EvaluationRequest): Record<string, string | number | boolean> {
  const { run, policy, task, episodes, seed, out, record, camera, randomise = false } = request;
  const checkpoint = policy === 'residual' ? run.checkpoint : '';
  return { task, base: run.base, checkpoint, episodes, seed, out, record, camera, randomise };
}

function progressOf(log: string, total: number): [number, number, string] {
  const { successes, episodes } = countSuccesses(log);
  return [
    episodes,
    total,
    episodes === 0 ? 'starting' : `success ${Math.round((100 * successes) / episodes)} %`,
  ];
}

function requireFile(file: string, advice: string): void {
  if (!existsSync(file)) throw new ConfigError(file, '', `does not exist; ${advice}`);
}
