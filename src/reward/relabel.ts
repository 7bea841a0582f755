/** Bags once more, with the opinions of other critics. */
import { relative, join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { bagsIn } from '../bag/find-bags.js';
import { BagReader } from '../bag/reader.js';
import { createFolderAtomic } from '../config/atomic-file.js';
import { checkEpisode } from './check-episode.js';
import type { RecordedEpisode } from './clip-assembler.js';
import type { Critic } from './critic.js';
import { prefix, type Judgement } from './judgement.js';
import { clipTopics, recordedEpisodes } from './recorded-episodes.js';
import {
  copyBag,
  type BagOpinions,
  type CopyCounts,
  type CopyOptions,
  type StepOpinions,
} from './relabelled-bag.js';
import type { RewardFile } from './reward-file.js';
import type { Opinion } from './reward-message.js';

export type RelabelOptions = CopyOptions & {
  /** what the critics are of; episodes must fit its task */
  readonly reward: RewardFile;
  /** Told how many judgements are made, about how many it takes, and of which bag they are now. */
  readonly onProgress?: (done: number, total: number, bag: string) => void;
};

export type RelabelCounts = CopyCounts & {
  readonly episodes: number;
  /** unfinished, or with a hole: no critic is asked about them */
  readonly incomplete: number;
};

/**
 * Copies the bags in a folder, at any depth (it may be a bag itself), to a new folder of the same structure, with the opinions of
 * `critics` in place of all that the bags have of critics of these names. Everything else stays as it is: all other messages with
 * their times, topics, definitions and QoS, and opinions of other critics. The new folder appears when all of it is written.
 *
 * An opinion gets the log and publish time of the observation that it is about, and follows it, as if it had been given at once: what a
 * bag holds then depends on the critic and not on how fast this machine is. Its `latency` is what judging took here.
 * @throws Error if there is something at `out`, or the disk is full; ConfigError for an episode that does not fit the reward file,
 * and as `recordedEpisodes`; what a critic rejects with
 */
export async function relabelBags(
  folder: string,
  out: string,
  options: RelabelOptions,
): Promise<RelabelCounts> {
  const bags = bagsIn([folder]);
  const { critics, onProgress } = options;
  let [judgements, expected] = [0, 0];
  for (const bag of bags) expected += critics.length * (await observationsOf(bag));
  return createFolderAtomic(out, async (staged) => {
    const counts = { episodes: 0, incomplete: 0, opinions: 0, replaced: 0 };
    for (const bag of bags) {
      const judged = await judgeBag(bag, options, (more) =>
        onProgress?.((judgements += more), expected, bag),
      );
      counts.episodes += judged.episodes;
      counts.incomplete += judged.incomplete;
      const copied = await copyBag(bag, join(staged, relative(folder, bag)), judged.said, options);
      counts.opinions += copied.opinions;
      counts.replaced += copied.replaced;
    }
    return counts;
  });
}

type JudgedBag = Pick<RelabelCounts, 'episodes' | 'incomplete'> & { readonly said: BagOpinions };

async function judgeBag(
  bag: string,
  { reward, critics, signal }: RelabelOptions,
  onJudged: (judgements: number) => void,
): Promise<JudgedBag> {
  const said = new Map<string, StepOpinions[]>();
  let incomplete = 0;
  // A recorder that was stopped at once leaves a bag without topics.
  if ((await observationsOf(bag)) === 0) return { said, episodes: 0, incomplete };
  for await (const episode of recordedEpisodes([bag], (count) => void (incomplete = count))) {
    checkEpisode(reward, episode, bag);
    const bySteps: StepOpinions[] = episode.clip.moments.map(() => []);
    said.set(episode.id, bySteps);
    for (const critic of critics) {
      // Critics that never wait must not keep an interrupt from being heard.
      await breath();
      signal?.throwIfAborted();
      const opinions = await opinionsOf(critic, episode, signal);
      opinions.forEach((opinion, step) => bySteps[step].push([critic, opinion]));
      onJudged(opinions.length);
    }
  }
  return { said, episodes: said.size, incomplete };
}

async function observationsOf(bag: string): Promise<number> {
  const reader = await BagReader.open(bag, { onWarning: () => undefined });
  const counts = reader.topics().map(({ type, count }) => (type === clipTopics.observation ? count : 0));
  await reader.close();
  return counts.reduce((sum, count) => sum + count, 0);
}

async function opinionsOf(
  critic: Critic,
  episode: RecordedEpisode,
  signal: AbortSignal | undefined,
): Promise<Opinion[]> {
  let previous: number | undefined;
  return (await timedJudgements(critic, episode, signal)).map(([judgement, latency]) => {
    const opinion = { judgement, previous, latency };
    previous = judgement.progress ?? previous;
    return opinion;
  });
}

/** Judgements of all moments, and how long each took, s; a critic of whole episodes takes as long for each as for all. */
async function timedJudgements(
  critic: Critic,
  { clip, ended }: RecordedEpisode,
  signal: AbortSignal | undefined,
): Promise<(readonly [Judgement, number])[]> {
  let start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  if (critic.sees === 'episode') {
    const judgements = await critic.judgeEpisode(clip, ended, signal);
    const latency = elapsed();
    return judgements.map((judgement) => [judgement, latency]);
  }
  const timed: (readonly [Judgement, number])[] = [];
  for (const index of clip.moments.keys()) {
    start = performance.now();
    timed.push([await critic.judge(prefix(clip, index), signal), elapsed()]);
  }
  return timed;
}
