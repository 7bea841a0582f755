/** Episodes of many kinds, good and bad, for making and judging critics. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { appendEpisode, type EpisodeRecord } from '../../episodes/log.js';
import { Episode } from '../../interfaces/graft-messages.js';
import { findTask, type Task } from '../../sim/task.js';
import type { AgentSpec } from '../../worlds/agent.js';
import { EpisodeBag, type Origin } from '../../worlds/episode-bag.js';
import { recordOf } from '../../worlds/episode-record.js';
import { runEpisodes } from '../../worlds/pool.js';
import { interruptible } from '../interrupt.js';
import { ProgressDisplay } from '../progress.js';

/** Who acts in episodes that are collected; all but `base` are the task's demonstrator. */
const agents = {
  /** without noise */
  expert: { kind: 'expert', noise: false },
  /** with the task's noise */
  noisy: { kind: 'expert', noise: true },
  /** with so much noise that many episodes fail */
  clumsy: { kind: 'expert', noise: true, noise_scale: 4 },
  /** stops short of success and keeps still */
  near_miss: { kind: 'near_miss', then: 'hold' },
  /** stops short of success and goes back the way it came */
  rewound: { kind: 'near_miss', then: 'rewind' },
} as const satisfies Record<string, AgentSpec>;

export type SourceName = keyof typeof agents | 'base';
export const sourceNames: readonly SourceName[] = [...(Object.keys(agents) as SourceName[]), 'base'];

export type CollectRequest = {
  readonly task: string;
  /** Gets a folder with a bag for each source, and episodes.jsonl. */
  readonly out: string;
  /** All that there are unless given: `base` is one of them if there is a base policy. */
  readonly sources?: readonly SourceName[] | undefined;
  /** folder of a base policy */
  readonly base?: string | undefined;
  /** of each source */
  readonly episodes: number;
  /** Of the first episode; each source has seeds of its own, one range after the other. */
  readonly seed: number;
  readonly worlds: number;
  readonly randomise: boolean;
};

/** What came of the episodes of a source. */
export type SourceCount = { readonly episodes: number; readonly successes: number };

/** A line of episodes.jsonl. */
export type CollectedRecord = EpisodeRecord & { readonly source: SourceName };

/**
 * Records episodes of each source. They are of the kind `evaluation`, so that no learner takes them for its own experience.
 * What the judge says of an episode is its outcome, whatever the source was meant to do.
 * @returns episodes and successes by source
 * @throws ConfigError if there is no base policy for `base`, or a source has a bag in `out` already; Interrupted after Ctrl-C (what is in
 * the bags stays)
 */
export async function collectEpisodes(
  request: CollectRequest,
): Promise<Readonly<Partial<Record<SourceName, SourceCount>>>> {
  const { out, base, episodes } = request;
  const { sources = sourceNames.filter((name) => name !== 'base' || base !== undefined) } = request;
  const task = findTask(request.task);
  const planned = sources.map((name) => ({ name, agent: agentOf(name, base), bag: join(out, name, 'bag') }));
  const old = planned.find(({ bag }) => existsSync(bag));
  if (old !== undefined) throw new ConfigError(old.bag, '', 'exists already: a bag is never overwritten');
  const progress = new ProgressDisplay('collect');
  const total = episodes * planned.length;
  const counts: Partial<Record<SourceName, SourceCount>> = {};
  let done = 0;
  try {
    for (const [i, source] of planned.entries()) {
      const seed = request.seed + i * episodes;
      counts[source.name] = await collectSource({ ...request, seed }, task, source, () =>
        progress.update(++done, total, source.name),
      );
    }
    progress.finish(done, total);
  } finally {
    progress.abandon();
  }
  return counts;
}

/** @throws ConfigError if `base` is asked for without a base policy */
function agentOf(source: SourceName, base: string | undefined): AgentSpec {
  if (source !== 'base') return agents[source];
  if (base === undefined) throw new ConfigError('source base', '--base', 'a base policy is needed');
  return { kind: 'base', policy: base };
}

type Source = { readonly name: SourceName; readonly agent: AgentSpec; readonly bag: string };

async function collectSource(
  { task: name, seed, episodes, worlds, randomise, out }: CollectRequest,
  task: Task,
  source: Source,
  onEpisode: () => void,
): Promise<SourceCount> {
  const started = performance.now();
  const count = { episodes: 0, successes: 0 };
  let total_steps = 0;
  const bag = await EpisodeBag.open(source.bag, task, originOf(source));
  try {
    const pool = { task: name, agent: source.agent, randomise, trace: true, worlds, seed, episodes };
    for await (const episode of interruptible(runEpisodes(pool))) {
      const episode_id = await bag.append(episode);
      count.episodes++;
      count.successes += episode.success ? 1 : 0;
      total_steps += episode.steps;
      const record: CollectedRecord = {
        ...{ ...recordOf(episode, randomise), source: source.name },
        ...{ episode_id, kind: 'evaluation', total_steps, policy_version: 0 },
        wall_s: (performance.now() - started) / 1000,
      };
      appendEpisode(join(out, 'episodes.jsonl'), record);
      onEpisode();
    }
  } finally {
    await bag.close();
  }
  return count;
}

function originOf({ name, agent }: Source): Origin {
  const source = agent.kind === 'base' ? 'base' : 'expert';
  return { name, kind: Episode.KIND_EVALUATION, source };
}
