/** Evaluation without ROS: the expert, the base or the residual in many simulations at once. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { appendEpisode } from '../episodes/log.js';
import { loadCheckpoint } from '../learning/checkpoint.js';
import type { AgentSpec } from '../worlds/agent.js';
import { recordOf } from '../worlds/episode-record.js';
import { runEpisodes } from '../worlds/pool.js';
import type { PolicyName } from './evaluate.js';
import { interruptible } from './interrupt.js';
import { ProgressDisplay } from './progress.js';
import type { RunFolder } from './run-folder.js';
import type { SuccessCount } from '../reward/evaluation/score-intervals.js';
import { describeSuccess } from './statistics.js';

export type WorldsEvaluation = {
  readonly task: string;
  readonly agent: AgentSpec;
  readonly episodes: number;
  /** Episode i uses seed + i. */
  readonly seed: number;
  readonly worlds: number;
  readonly randomise: boolean;
  /** Gets episodes.jsonl if given. */
  readonly out?: string;
  readonly label: string;
};

/** The agent that a policy's name means. @throws ConfigError if base or residual are asked for without a run */
export function agentOf(policy: PolicyName | 'expert', run: RunFolder | undefined): AgentSpec {
  if (policy === 'expert') return { kind: 'expert', noise: false };
  if (run === undefined) throw new ConfigError('graft evaluate', '--run', `${policy} needs a run folder`);
  if (policy === 'base') return { kind: 'base', policy: run.base };
  return { kind: 'residual', policy: run.base, checkpoint: run.checkpoint };
}

/**
 * Runs the episodes and counts successes; the same seeds give the same counts for any number of worlds, and in the
 * ROS graph.
 * @throws Interrupted after Ctrl-C; Error if a world cannot be made
 */
export async function evaluateInWorlds(request: WorldsEvaluation): Promise<SuccessCount> {
  const { task, agent, episodes, seed, worlds, randomise, out, label } = request;
  const log = out === undefined ? undefined : join(out, 'episodes.jsonl');
  if (log !== undefined) rmSync(log, { force: true });
  const progress = new ProgressDisplay(label);
  const started = performance.now();
  const count = { successes: 0, episodes: 0 };
  let total_steps = 0;
  const policy_version = agent.kind === 'residual' ? loadCheckpoint(agent.checkpoint).progress.version : 0;
  const source = runEpisodes({ task, agent, randomise, trace: false, worlds, seed, episodes });
  for await (const episode of interruptible(source)) {
    count.episodes++;
    if (episode.fault !== undefined) {
      console.error(`\nseed ${episode.seed} fails: ${episode.fault}`);
      process.exitCode = 1;
    }
    count.successes += episode.success ? 1 : 0;
    total_steps += episode.steps;
    if (log !== undefined) {
      appendEpisode(log, {
        ...recordOf(episode, randomise),
        ...{ episode_id: `evaluation-${episode.seed}`, kind: 'evaluation', total_steps, policy_version },
        wall_s: (performance.now() - started) / 1000,
      });
    }
    progress.update(count.episodes, episodes, describeSuccess(count));
  }
  progress.finish(count.episodes, episodes, describeSuccess(count));
  return count;
}
