/** `graft demos`: demonstrations of the scripted expert in many simulations at once, as a bag. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { appendEpisode } from '../episodes/log.js';
import { findTask } from '../sim/task.js';
import { EpisodeBag } from '../worlds/episode-bag.js';
import { recordOf } from '../worlds/episode-record.js';
import { runEpisodes } from '../worlds/pool.js';
import { interruptible } from './interrupt.js';
import { ProgressDisplay } from './progress.js';

export type DemonstrationsRequest = {
  readonly task: string;
  /** Successful demonstrations that are wanted. */
  readonly episodes: number;
  /** Seed of the first try. */
  readonly seed: number;
  /** Gets the bag (`bag/`) and `episodes.jsonl`; what an earlier collection left there is removed. */
  readonly out: string;
  readonly worlds: number;
  readonly randomise: boolean;
};

/** Tries per wanted demonstration before the expert counts as unfit. */
const mostTries = 5;

/**
 * Records every try; cloning takes the successful ones.
 * @returns tries and successes
 * @throws Error if the expert fails too often; Interrupted after Ctrl-C (what is in the bag stays)
 */
export async function collectDemonstrations(
  request: DemonstrationsRequest,
): Promise<{ tries: number; successes: number }> {
  const { episodes: wanted, seed, out, worlds, randomise } = request;
  const task = findTask(request.task);
  const log = join(out, 'episodes.jsonl');
  for (const old of ['bag', 'episodes.jsonl']) rmSync(join(out, old), { recursive: true, force: true });
  const bag = await EpisodeBag.open(join(out, 'bag'), task);
  const progress = new ProgressDisplay('demos');
  const started = performance.now();
  let [tries, successes, steps] = [0, 0, 0];
  const agent = { kind: 'expert', noise: true } as const;
  const pool = { task: request.task, agent, randomise, trace: true, worlds, seed };
  try {
    for await (const episode of interruptible(runEpisodes({ ...pool, episodes: mostTries * wanted }))) {
      const episode_id = await bag.append(episode);
      tries++;
      successes += episode.success ? 1 : 0;
      steps += episode.steps;
      appendEpisode(log, {
        ...recordOf(episode, randomise),
        ...{ episode_id, kind: 'demo', total_steps: steps, policy_version: 0 },
        wall_s: (performance.now() - started) / 1000,
      });
      progress.update(successes, wanted, `${tries} tries`);
      if (successes >= wanted) break;
    }
  } finally {
    await bag.close();
  }
  progress.finish(successes, wanted, `${tries} tries`);
  if (successes < wanted)
    throw new Error(`only ${successes} of ${tries} demonstrations succeeded; see ${log}`);
  return { tries, successes };
}
