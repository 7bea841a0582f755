/** Opinions as messages (graft_msgs/Reward). */
import type { Reward, Time } from '../interfaces/graft-messages.js';
import type { RecordedEpisode } from './clip-assembler.js';
import type { Critic } from './critic.js';
import type { Judgement } from './judgement.js';

/** An opinion and what it is about. */
export type StampedOpinion = {
  readonly critic: Pick<Critic, 'name' | 'model' | 'version' | 'done_threshold'>;
  readonly episode_id: string;
  readonly step: number;
  /** of the observation */
  readonly stamp: Time;
  readonly image_stamps: readonly Time[];
  readonly judgement: Judgement;
  readonly change: number | undefined;
  /** s */
  readonly latency: number;
};

/** What is unknown is NaN in the message: no number could be mistaken for an opinion. */
export function rewardMessage({ critic, judgement, ...about }: StampedOpinion): Reward {
  const { progress = NaN, done = NaN, uncertainty = NaN, components, reason } = judgement;
  return {
    header: { stamp: about.stamp, frame_id: '' },
    ...{ episode_id: about.episode_id, step: about.step },
    ...{ critic: critic.name, model: critic.model, model_version: critic.version },
    names: Object.keys(components),
    values: Float32Array.from(Object.values(components)),
    ...{ progress, change: about.change ?? NaN },
    ...{ done: done >= critic.done_threshold, done_probability: done, uncertainty, reason },
    ...{ image_stamps: [...about.image_stamps], latency: about.latency },
  };
}

/** The opinion in a message. */
export function judgementOf(message: Reward): Judgement {
  const { names, values, reason } = message;
  const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
  return {
    progress: known(message.progress),
    done: known(message.done_probability),
    uncertainty: known(message.uncertainty),
    components: Object.fromEntries(names.map((name, i) => [name, values[i]])),
    reason,
  };
}

/**
 * What a critic said of a recorded episode, one entry per moment, undefined where nothing came. An opinion belongs to the step that it
 * names, whenever it came; of two on the same step the one that was recorded later counts.
 * @returns undefined if this version of the critic said nothing of the episode
 */
export function recordedJudgements(
  { clip, rewards }: Pick<RecordedEpisode, 'clip' | 'rewards'>,
  { name, version }: Pick<Critic, 'name' | 'version'>,
): readonly (Judgement | undefined)[] | undefined {
  const own = rewards.filter(({ critic, model_version }) => critic === name && model_version === version);
  if (own.length === 0) return undefined;
  const byStep = new Map(own.map((message) => [message.step, judgementOf(message)]));
  return clip.moments.map(({ step }) => byStep.get(step));
}
