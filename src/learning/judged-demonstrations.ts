/** What critics say of demonstrations, so that they are paid like everything else in a batch. */
import { judgeAll, type Critic } from '../reward/critic.js';
import { createCritics } from '../reward/create-critics.js';
import type { RecordedEpisode } from '../reward/clip-assembler.js';
import type { Judgement } from '../reward/judgement.js';
import { recordedEpisodes } from '../reward/recorded-episodes.js';
import { judgementsOf } from '../reward/reward-message.js';
import type { RewardFile } from '../reward/reward-file.js';
import type { EpisodeOpinions } from '../reward/mixing/opinions.js';

/**
 * Opinions on the successful demonstrations in bags, by episode. Those that were recorded with a demonstration, by the same version of a
 * critic, are taken as they are (`graft bag relabel` makes them); for the rest the critics are asked now.
 * @param critics names of those that matter
 * @param onJudged told after each demonstration
 * @throws ConfigError if a critic cannot be made, or a folder has no bag
 */
export async function judgeDemonstrations(
  reward: RewardFile,
  critics: ReadonlySet<string>,
  folders: readonly string[],
  onJudged: (count: number) => void = () => undefined,
): Promise<ReadonlyMap<string, EpisodeOpinions>> {
  const judged = new Map<string, EpisodeOpinions>();
  if (folders.length === 0 || critics.size === 0) return judged;
  const made = (await createCritics(reward)).filter(({ name }) => critics.has(name));
  try {
    for await (const episode of recordedEpisodes(folders, { reward })) {
      if (episode.kind !== 'demo' || episode.ended.outcome !== 'success') continue;
      judged.set(episode.id, await opinionsOn(episode, made));
      onJudged(judged.size);
    }
  } finally {
    await Promise.all(made.map((critic) => critic.dispose()));
  }
  return judged;
}

async function opinionsOn(episode: RecordedEpisode, critics: readonly Critic[]): Promise<EpisodeOpinions> {
  const judgements = new Map<string, readonly (Judgement | undefined)[]>();
  for (const critic of critics) {
    const recorded = judgementsOf(episode, critic.name, critic.version);
    const isRecorded = recorded.some((judgement) => judgement !== undefined);
    const said = isRecorded ? recorded : await judgeAll(critic, episode.clip, episode.ended);
    judgements.set(critic.name, said);
  }
  const { outcome, terminated } = episode.ended;
  return { steps: episode.clip.moments.length - 1, outcome, terminated, judgements };
}
