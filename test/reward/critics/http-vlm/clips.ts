/** Clips whose pictures get brighter from frame to frame, so that a server can tell which one it is shown. */
import sharp from 'sharp';
import { Episode, type Observation } from '../../../../src/interfaces/graft-messages.js';
import { imageMessage } from '../../../../src/interfaces/image-message.js';
import { prefix, type Clip, type Judgement, type Moment } from '../../../../src/reward/judgement.js';
import type { Critic } from '../../../../src/reward/critic.js';

/** Of lift_pixels. */
export const cameras = ['head', 'right_wrist'] as const;
const side = 84;
const [brightest, levels] = [250, 5];

/** A grey picture with a dark edge; its brightness says which step it is. */
export function picture(step: number): Uint8Array {
  const image = new Uint8Array(side * side * 3).fill((levels * step) % brightest);
  image.fill(255, 0, 3 * side);
  return image;
}

/** The step that an image in a request was taken at. */
export async function stepIn(url: string): Promise<number> {
  const data = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  const { data: pixels, info } = await sharp(data).raw().toBuffer({ resolveWithObject: true });
  const middle = pixels[info.channels * Math.floor((info.height / 2) * info.width)];
  return Math.round(middle / levels);
}

export function momentAt(step: number, time: number, image = picture(step)): Moment {
  const images = cameras.map(() => image);
  return { step, time, observed: { state: new Float32Array(0), images }, signs: undefined };
}

/** Moments at a distance of `period` s. */
export function clipOf(count: number, period = 1, episode_id = 'e0'): Clip {
  return { episode_id, moments: Array.from({ length: count }, (_, i) => momentAt(i, i * period)) };
}

/** Judgements of all moments, one beginning after the other where the critic is one of the present. */
export async function judgements(critic: Critic, clip: Clip): Promise<readonly Judgement[]> {
  const ended = { outcome: 'unknown', terminated: false, grade: undefined } as const;
  if (critic.sees === 'episode') return critic.judgeEpisode(clip, ended);
  const all: Judgement[] = [];
  for (const index of clip.moments.keys()) all.push(await critic.judge(prefix(clip, index)));
  return all;
}

type Message =
  | { readonly topic: 'episode'; readonly message: Episode }
  | { readonly topic: 'observation'; readonly message: Observation };

/** What the graph publishes of an episode with such pictures. */
export function episodeMessages(
  episode_id: string,
  task: string,
  steps: number,
  outcome: number,
  names: readonly string[] = cameras,
): Message[] {
  const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: '' };
  const episode = (phase: number): Message => {
    const ended = phase === Episode.PHASE_ENDED;
    const stamps = { header, start_stamp: header.stamp };
    const end = { terminated: ended, truncated: false, final_step: ended ? steps - 1 : 0 };
    const kind = Episode.KIND_DEMO;
    return {
      topic: 'episode',
      message: {
        ...{ ...stamps, ...end, episode_id, seed: 0n, task, phase, kind },
        outcome: ended ? outcome : 0,
      },
    };
  };
  const size = { width: side, height: side, encoding: 'rgb8' };
  const observations = Array.from({ length: steps }, (_, step): Message => {
    const images = names.map(() => imageMessage(size, picture(step), header));
    const state = { names: ['x'], state: Float32Array.of(step), stale: false, stale_inputs: [] };
    const message = { header, episode_id, step, ...state, cameras: [...names], images };
    return { topic: 'observation', message };
  });
  return [episode(Episode.PHASE_RUNNING), ...observations, episode(Episode.PHASE_ENDED)];
}
