/** Puts recorded episodes to the critics of a reward file, and measures what they say. */
import { setImmediate as breath } from 'node:timers/promises';
import { bagsIn } from '../../bag/find-bags.js';
import { BagReader } from '../../bag/reader.js';
import { ConfigError } from '../../config/config-error.js';
import { checkEpisode } from '../check-episode.js';
import { chooseCritics } from '../choose-critics.js';
import { createCritics } from '../create-critics.js';
import type { Ended } from '../judgement.js';
import { clipTopics, recordedEpisodes } from '../recorded-episodes.js';
import type { RewardFile } from '../reward-file.js';
import { CriticRecord, type CriticEvaluation, type CriticMaker, type Settings } from './critic-record.js';

export type EvaluationOptions = {
  /** the only critic that is looked at; all of the file by default */
  readonly critic?: string | undefined;
  /** done counts as early more than so many steps before the end of a success */
  readonly tolerance_steps?: number | undefined;
  /** steps that a near miss lacks of a success */
  readonly near_miss_steps?: number | undefined;
  /** recorded successes, and as many failures, that probes change; 0: no probes */
  readonly probe_clips?: number | undefined;
  /** of which clips are probed */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: EvaluationProgress) => void) | undefined;
  /** how critics are made of a reward file */
  readonly create?: CriticMaker | undefined;
};

/** Where an evaluation stands. */
export type EvaluationProgress = {
  readonly stage: 'episodes' | 'probes';
  /** episodes judged, or probes run */
  readonly done: number;
  readonly total: number;
  /** which critic and which probe */
  readonly note: string;
};

export type RewardEvaluation = {
  /** the reward file */
  readonly reward: string;
  readonly task: string;
  readonly episodes: number;
  readonly successes: number;
  readonly failures: number;
  /** episodes that were left out, because observations of theirs are missing or they did not end */
  readonly incomplete: number;
  readonly tolerance_steps: number;
  /** in the order of the reward file */
  readonly critics: readonly CriticEvaluation[];
};

/** What `EvaluationOptions` leave open. */
export const defaultEvaluation: Settings = {
  tolerance_steps: 5,
  near_miss_steps: 10,
  probe_clips: 3,
  seed: 0,
};

/**
 * Evaluates the critics of a reward file on all finished episodes in the bags of folders. Critics of the present are shown each episode as it
 * unfolds. A critic that cannot judge an episode at all counts 0 in `voc` there, and its reason is kept.
 * @throws ConfigError for an unknown critic, a folder without bags, bags without a finished episode, or an episode that is of another task or
 * was observed otherwise than the task says; what aborted the signal; what `createCritics` throws
 */
export async function evaluateReward(
  reward: RewardFile,
  folders: readonly string[],
  options: EvaluationOptions = {},
): Promise<RewardEvaluation> {
  const chosen = chooseCritics(reward, options.critic);
  const settings = { ...defaultEvaluation, ...given(options) };
  const create = options.create ?? createCritics;
  const critics = await create(chosen);
  try {
    const records = critics.map((critic) => new CriticRecord(critic, chosen, settings));
    const { episodes, incomplete } = await hearAll(chosen, folders, records, options);
    if (episodes.length === 0) throw new ConfigError(folders.join(', '), '', noEpisode(incomplete));
    const evaluated: CriticEvaluation[] = [];
    for (const [i, record] of records.entries())
      evaluated.push(await record.evaluate(create, probing(record.name, [i, records.length], options)));
    const count = (outcome: Ended['outcome']): number => episodes.filter((is) => is === outcome).length;
    return {
      ...{ reward: reward.file, task: reward.task.name, episodes: episodes.length, incomplete },
      ...{ successes: count('success'), failures: count('failure') },
      tolerance_steps: settings.tolerance_steps,
      critics: evaluated,
    };
  } finally {
    for (const critic of critics) await critic.dispose();
  }
}

/** How the probes of the i-th of n critics are told of. */
function probing(
  name: string,
  [i, n]: readonly [number, number],
  { signal, onProgress }: EvaluationOptions,
): Parameters<CriticRecord['evaluate']>[1] {
  return {
    signal,
    onProbe: (probe, done, total) =>
      onProgress?.({
        ...{ stage: 'probes', done: i * total + done, total: n * total },
        note: `${name}: ${probe}`,
      }),
  };
}

/** The settings that were given. */
function given(options: EvaluationOptions): Partial<Settings> {
  const keys = Object.keys(defaultEvaluation) as (keyof Settings)[];
  return Object.fromEntries(keys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])));
}

const noEpisode = (incomplete: number): string =>
  incomplete === 0 ? 'holds no episode' : `holds no finished episode; ${incomplete} are incomplete`;

/** Puts every episode to every critic. @returns the episodes' outcomes */
async function hearAll(
  reward: RewardFile,
  folders: readonly string[],
  records: readonly CriticRecord[],
  { signal, onProgress }: EvaluationOptions,
): Promise<{ episodes: Ended['outcome'][]; incomplete: number }> {
  const episodes: Ended['outcome'][] = [];
  const total = await expectedEpisodes(folders);
  let incomplete = 0;
  for await (const episode of recordedEpisodes(folders, {
    reward,
    onIncomplete: (count) => void (incomplete = count),
  })) {
    checkEpisode(reward, episode, folders.join(', '));
    for (const record of records) {
      // Critics that never wait must not keep Ctrl-C from being heard.
      await breath();
      signal?.throwIfAborted();
      await record.hear(episode, signal);
    }
    episodes.push(episode.ended.outcome);
    onProgress?.({
      stage: 'episodes',
      done: episodes.length,
      total: Math.max(total, episodes.length),
      note: '',
    });
  }
  return { episodes, incomplete };
}

/** About how many episodes bags hold: each is announced when it begins and when it ends. */
async function expectedEpisodes(folders: readonly string[]): Promise<number> {
  let messages = 0;
  for (const bag of bagsIn(folders)) {
    const reader = await BagReader.open(bag);
    for (const { type, count } of reader.topics()) messages += type === clipTopics.episode ? count : 0;
    await reader.close();
  }
  return Math.ceil(messages / 2);
}
