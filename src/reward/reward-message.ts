/** Judgements as messages, and back. */
import type { Observation, Reward } from '../interfaces/graft-messages.js';
import type { RecordedEpisode } from './clip-assembler.js';
import type { CriticIdentity } from './critic.js';
import type { Judgement } from './judgement.js';

/** A judgement of one step, and what the critic said before. */
export type Opinion = {
  readonly judgement: Judgement;
  /** progress at the last step of the episode before this one at which the critic knew it; undefined if there is none */
  readonly previous: number | undefined;
  /** observation received -> published, s */
  readonly latency: number;
};

/**
 * An opinion as graft_msgs/Reward. What is unknown is NaN.
 * @param about the observation that it is about: its stamp, episode and step are the message's, however late it comes
 */
export function rewardMessage(
  { name, model, version, done_threshold }: Omit<CriticIdentity, 'dispose'>,
  { header, episode_id, step, images }: Pick<Observation, 'header' | 'episode_id' | 'step' | 'images'>,
  { judgement, previous, latency }: Opinion,
): Reward {
  const { progress = NaN, done = NaN, uncertainty = NaN, components, reason } = judgement;
  return {
    ...{ header, episode_id, step, critic: name, model, model_version: version },
    names: Object.keys(components),
    values: Float32Array.from(Object.values(components)),
    ...{ progress, change: progress - (previous ?? NaN) },
    ...{ done: done >= done_threshold, done_probability: done, uncertainty, reason },
    image_stamps: images.map(({ header: { stamp } }) => stamp),
    latency,
  };
}

/**
 * What a critic said of each moment of a recorded episode; undefined where no opinion came.
 * An opinion belongs to the step that it names, whenever it came: one that is a few frames late says nothing of the step at which
 * it arrived. Of several on one step the last to arrive counts, as the one of an annotation after the episode.
 */
export function judgementsOf(
  { id, clip, rewards }: Pick<RecordedEpisode, 'id' | 'clip' | 'rewards'>,
  critic: string,
): (Judgement | undefined)[] {
  const own = rewards.filter((message) => message.critic === critic && message.episode_id === id);
  const byStep = new Map(own.map((message) => [message.step, message]));
  return clip.moments.map(({ step }) => {
    const message = byStep.get(step);
    return message === undefined ? undefined : judgementOf(message);
  });
}

function judgementOf({ names, values, progress, done_probability, uncertainty, reason }: Reward): Judgement {
  const components = names.map((name, i) => [name, known(values[i])] as const);
  return {
    ...{ progress: known(progress), done: known(done_probability), uncertainty: known(uncertainty), reason },
    components: Object.fromEntries(
      components.filter((entry): entry is [string, number] => entry[1] !== undefined),
    ),
  };
}

/** NaN, or a value that a message lacks, is unknown. */
function known(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
