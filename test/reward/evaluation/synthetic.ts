/** Episodes whose progress is known, critics that are good or bad on purpose, and bags of such episodes. */
import { Episode, type Messages } from '../../../src/interfaces/graft-messages.js';
import { imageMessage } from '../../../src/interfaces/image-message.js';
import { timeFromNanoseconds } from '../../../src/interfaces/ros-time.js';
import { channelsOf, imageBytes, type ImageSpec } from '../../../src/robot/image-spec.js';
import { observationNames } from '../../../src/robot/observation-spec.js';
import type { Critic } from '../../../src/reward/critic.js';
import {
  present,
  type Clip,
  type Ended,
  type Judgement,
  type Moment,
} from '../../../src/reward/judgement.js';
import type { EpisodeTrack } from '../../../src/reward/evaluation/track.js';
import { clipTopics } from '../../../src/reward/recorded-episodes.js';
import type { Task } from '../../../src/sim/task.js';
import { openMessageBag } from '../../bag/message-bag.js';
import { says, toyCritic, toyEpisodeCritic } from '../clips.js';

/** Progress from 0 to 1, the last of so many steps at 1. */
export const rising = (length: number): number[] => Array.from({ length }, (_, i) => i / (length - 1));

/** Progress up to a height and down again. */
export const failing = (length: number, height = 0.6): number[] =>
  rising(length).map((share) => 2 * height * Math.min(share, 1 - share));

export const success: Ended = { outcome: 'success', terminated: true, grade: undefined };
export const failure: Ended = { outcome: 'failure', terminated: false, grade: undefined };

/** The image of a progress: grey, and the brighter the further, with a dark left half. */
export function picture(
  progress: number,
  spec: Pick<ImageSpec, 'encoding' | 'width' | 'height'>,
): Uint8Array {
  const channels = channelsOf(spec);
  return Uint8Array.from({ length: imageBytes(spec) }, (_, i) =>
    Math.floor(i / channels) % spec.width < spec.width / 2 ? 20 : Math.round(50 + 150 * progress),
  );
}

export const smallImage: ImageSpec = {
  ...{ camera: 'head', width: 48, height: 48, encoding: 'rgb8', crop: [0, 0, 1, 1] },
};

/** A clip of which state and image show the progress, and which is sensed to succeed at 1. */
export function clipOf(episode_id: string, progress: readonly number[], spec = smallImage): Clip {
  const moments = progress.map((value, step): Moment => ({
    ...{ step, time: 0.08 * step },
    observed: { state: Float32Array.of(value), images: [picture(value, spec)] },
    signs: { success: value >= 1, failure: false, values: { stage: Math.floor(3 * value) } },
  }));
  return { episode_id, moments };
}

/** A track with what is given; the rest unknown. */
export function track(
  changes: Partial<EpisodeTrack> & { readonly progress: EpisodeTrack['progress'] },
): EpisodeTrack {
  const unheard = changes.progress.map(() => undefined);
  return {
    ...{ id: 'e', seed: 0, outcome: 'success', done: unheard, truth: unheard, succeeded: unheard },
    ...{ latencies: [], broken: '', reversed: undefined, steps: [...changes.progress.keys()] },
    ...changes,
  };
}

/** A critic of the present that looks at the last moment. */
export function ofMoment(name: string, judge: (moment: Moment) => Judgement): Critic {
  return { ...toyCritic((clip) => Promise.resolve(judge(present(clip)))), name, model: name };
}

/** A critic of whole episodes. */
export function ofEpisode(name: string, judge: (clip: Clip, ended: Ended) => Judgement[]): Critic {
  return { ...toyEpisodeCritic((clip, ended) => Promise.resolve(judge(clip, ended))), name, model: name };
}

const stateOf = ({ observed }: Moment): number => observed.state[0];

/** Mean brightness of the first image, 0 to 1. */
export const brightness = ({ observed: { images } }: Moment): number =>
  images[0].reduce((sum, value) => sum + value, 0) / images[0].length / 255;

/** Knows the progress, and pays no attention to pixels. */
export const perfect = (name = 'perfect'): Critic =>
  ofMoment(name, (moment) => says(stateOf(moment), { done: stateOf(moment) >= 1 ? 1 : 0 }));

/** Counts steps. */
export const clock = (length: number, name = 'clock'): Critic =>
  ofMoment(name, ({ step }) => says(Math.min(1, step / (length - 1)), { done: step >= length - 1 ? 1 : 0 }));

/** Takes brightness for progress. */
export const bright = (name = 'bright'): Critic =>
  ofMoment(name, (moment) => says(Math.min(1, 2 * brightness(moment)), { done: brightness(moment) }));

/** Stretches an honest opinion from 0 to 1 within each episode, which needs its end. */
export const minMax = (name = 'min_max'): Critic =>
  ofEpisode(name, ({ moments }) => {
    const values = moments.map(stateOf);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return values.map((value) => says((value - low) / (high - low || 1)));
  });

/** A recorded episode of the synthetic bag: its progress, and what came of it. */
export type SyntheticEpisode = { readonly progress: readonly number[]; readonly outcome: Ended['outcome'] };

type BagOptions = {
  /** names of the observation's numbers; the task's by default */
  readonly names?: readonly string[];
  readonly images?: readonly ImageSpec[];
  readonly recordedTask?: string;
};

const outcomes = {
  unknown: Episode.OUTCOME_UNKNOWN,
  success: Episode.OUTCOME_SUCCESS,
  failure: Episode.OUTCOME_FAILURE,
};

/** Writes a bag of a task; the first number of each observation and all images show the progress. */
export async function writeBag(
  folder: string,
  task: Task,
  episodes: readonly SyntheticEpisode[],
  {
    names = observationNames(task.observation),
    images = task.images,
    recordedTask = task.name,
  }: BagOptions = {},
): Promise<void> {
  const { observation, task_state, episode } = clipTopics;
  const bag = await openMessageBag(folder, { observation, task_state, episode });
  let now = 0n;
  const write = <T extends 'observation' | 'task_state' | 'episode'>(
    topic: T,
    message: Messages[(typeof clipTopics)[T]],
  ): void => bag.write(topic, message, now);
  episodes.forEach(({ progress, outcome }, i) => {
    const episode_id = `synthetic-${i}`;
    const at = () => ({ stamp: timeFromNanoseconds(now), frame_id: '' });
    const phase = (value: number): void => {
      const ended = value === Episode.PHASE_ENDED;
      write('episode', {
        ...{
          header: at(),
          episode_id,
          seed: BigInt(i),
          task: recordedTask,
          phase: value,
          kind: Episode.KIND_EVALUATION,
        },
        outcome: ended ? outcomes[outcome] : Episode.OUTCOME_UNKNOWN,
        ...{ terminated: ended && outcome === 'success', truncated: ended && outcome !== 'success' },
        ...{ final_step: ended ? progress.length - 1 : 0, start_stamp: at().stamp },
      });
    };
    phase(Episode.PHASE_RUNNING);
    progress.forEach((value, step) => {
      now += 80_000_000n;
      const header = at();
      const state = Float32Array.from(names, (_, k) => (k === 0 ? value : 0));
      write('observation', {
        ...{ header, episode_id, step, names: [...names], state, stale: false, stale_inputs: [] },
        cameras: images.map(({ camera }) => camera),
        images: images.map((spec) => imageMessage(spec, picture(value, spec), header)),
      });
      const stage = Math.floor(task.stages.length * value);
      write('task_state', {
        ...{ header, episode_id, step, success: value >= 1, failure: false },
        ...{ names: ['stage'], values: Float32Array.of(stage) },
      });
    });
    phase(Episode.PHASE_ENDED);
  });
  await bag.close();
}
