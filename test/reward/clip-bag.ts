/** Bags with made-up episodes of a task, for the tests of what is learned from bags. */
import { Episode } from '../../src/interfaces/graft-messages.js';
import { imageMessage } from '../../src/interfaces/image-message.js';
import { timeFromNanoseconds } from '../../src/interfaces/ros-time.js';
import type { RecordedEpisode } from '../../src/reward/clip-assembler.js';
import { clipTopics } from '../../src/reward/recorded-episodes.js';
import { imageBytes, type Observed } from '../../src/robot/image-spec.js';
import { observationNames } from '../../src/robot/observation-spec.js';
import type { Task } from '../../src/sim/task.js';
import { openMessageBag } from '../bag/message-bag.js';

/** What is observed at one step after the other, and how it ended. */
export type MadeUpEpisode = {
  readonly id: string;
  readonly observed: readonly Observed[];
  readonly success: boolean;
};

/** An observation of a task whose first numbers are given and whose images show a bright square, from left (0) to right (1). */
export function observedAt(
  { observation, images }: Task,
  numbers: readonly number[],
  place: number,
): Observed {
  const state = new Float32Array(observationNames(observation).length);
  state.set(numbers);
  return {
    state,
    images: images.map((spec) => {
      const pixels = new Uint8Array(imageBytes(spec)).fill(40);
      const side = Math.floor(spec.width / 4);
      const left = Math.round(place * (spec.width - side));
      for (let y = side; y < 2 * side; y++)
        for (let x = left; x < left + side; x++)
          pixels.fill(220, 3 * (y * spec.width + x), 3 * (y * spec.width + x) + 3);
      return pixels;
    }),
  };
}

/** The episode as critics are given it. */
export function asRecorded({
  id,
  observed,
  success,
}: MadeUpEpisode): Pick<RecordedEpisode, 'clip' | 'ended'> {
  const moments = observed.map((each, step) => ({ step, time: step / 10, observed: each, signs: undefined }));
  return {
    clip: { episode_id: id, moments },
    ended: { outcome: success ? 'success' : 'failure', terminated: success, grade: undefined },
  };
}

/** Records episodes of a task. @param name that the bag gives the task */
export async function recordEpisodes(
  bag: string,
  task: Task,
  episodes: readonly MadeUpEpisode[],
  name = task.name,
): Promise<void> {
  const types = { observation: clipTopics.observation, episode: clipTopics.episode };
  const opened = await openMessageBag(bag, types);
  for (const episode of episodes) {
    episode.observed.forEach((_, step) => opened.write('observation', observation(task, episode, step)));
    opened.write('episode', ended(episode, name));
  }
  await opened.close();
}

function observation(
  { observation: features, images }: Task,
  { id, observed }: MadeUpEpisode,
  step: number,
): object {
  const header = { stamp: timeFromNanoseconds(BigInt(step) * 100_000_000n), frame_id: '' };
  return {
    ...{ header, episode_id: id, step },
    names: observationNames(features),
    state: observed[step].state,
    cameras: images.map(({ camera }) => camera),
    images: images.map((spec, i) => imageMessage(spec, observed[step].images[i], header)),
    ...{ stale: false, stale_inputs: [] },
  };
}

function ended({ id, observed, success }: MadeUpEpisode, task: string): object {
  const header = { stamp: timeFromNanoseconds(0n), frame_id: '' };
  return {
    ...{ header, episode_id: id, seed: 1n, task, start_stamp: header.stamp },
    ...{ phase: Episode.PHASE_ENDED, kind: Episode.KIND_DEMO },
    outcome: success ? Episode.OUTCOME_SUCCESS : Episode.OUTCOME_FAILURE,
    ...{ terminated: success, truncated: !success, final_step: observed.length - 1 },
  };
}
