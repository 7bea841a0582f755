/** Judgements as messages, and back. */
import type { Reward, Time } from '../interfaces/graft-messages.js';
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

/** The observation that an opinion is about. */
export type Subject = {
  readonly stamp: Time;
  readonly episode_id: string;
  readonly step: number;
  /** of the images that were looked at */
  readonly image_stamps: readonly Time[];
};

/** An opinion as graft_msgs/Reward. What is unknown is NaN. @param about its stamp, episode and step are the message's, however late it comes */
export function rewardMessage(
  { name, model, version, done_threshold }: Omit<CriticIdentity, 'dispose'>,
  { stamp, episode_id, step, image_stamps }: Subject,
  { judgement, previous, latency }: Opinion,
): Reward {
  const { progress = NaN, done = NaN, uncertainty = NaN, components, reason } = judgement;
  return {
    header: { stamp, frame_id: '' },
    ...{ episode_id, step, critic: name, model, model_version: version },
    names: Object.keys(components),
    values: Float32Array.from(Object.values(components)),
    ...{ progress, change: progress - (previous ?? NaN) },
    ...{ done: done >= done_threshold, done_probability: done, uncertainty, reason },
    image_stamps: [...image_stamps],
    latency,
  };
}

/**
 * What a critic said of each moment of a recorded episode; undefined where no opinion came.
 * An opinion belongs to the step that it names, whenever it came: one that is a few frames late says nothing of the step at which
 * it arrived. Of several on one step the last to arrive counts, as the one of an annotation after the episode.
 * @param version opinions of other versions of the critic do not count; by default all do
 */
export function judgementsOf(
  { id, clip, rewards }: Pick<RecordedEpisode, 'id' | 'clip' | 'rewards'>,
  critic: string,
  version?: string,
): (Judgement | undefined)[] {
  const own = rewards.filter(
    (message) =>
      message.critic === critic &&
      message.episode_id === id &&
      (version === undefined || message.model_version === version),
  );
  const byStep = new Map(own.map((message) => [message.step, message]));
  return clip.moments.map(({ step }) => {
    const message = byStep.get(step);
    return message === undefined ? undefined : judgementOf(message);
  });
}

/** The opinion in a message. */
export function judgementOf({
  names,
  values,
  progress,
  done_probability,
  uncertainty,
  reason,
}: Reward): Judgement {
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
