/** Clips whose pictures get brighter from frame to frame, so that a server can tell which one it is shown. */
import sharp from 'sharp';
import { Episode, type Observation } from '../../../../src/interfaces/graft-messages.js';
import { imageMessage } from '../../../../src/interfaces/image-message.js';
import { judgeAll, type Critic } from '../../../../src/reward/critic.js';
import type { Clip, Judgement, Moment } from '../../../../src/reward/judgement.js';
import { episodeMessage, observationMessage, unlabelled } from '../../clips.js';

/** Of lift_pixels. */
export const cameras = ['head', 'right_wrist'] as const;
const side = 84;
const size = { width: side, height: side, encoding: 'rgb8' };
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

/** Judgements of all moments. */
export function judgements(critic: Critic, clip: Clip): Promise<readonly Judgement[]> {
  return judgeAll(critic, clip, unlabelled);
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
  const said = { task, kind: Episode.KIND_DEMO };
  const begun = { phase: Episode.PHASE_RUNNING, outcome: Episode.OUTCOME_UNKNOWN, terminated: false };
  const observations = Array.from({ length: steps }, (_, step): Message => {
    const message = observationMessage(episode_id, step);
    const images = names.map(() => imageMessage(size, picture(step), message.header));
    return { topic: 'observation', message: { ...message, cameras: [...names], images } };
  });
  return [
    { topic: 'episode', message: episodeMessage(episode_id, { ...said, ...begun, final_step: 0 }) },
    ...observations,
    { topic: 'episode', message: episodeMessage(episode_id, { ...said, outcome, final_step: steps - 1 }) },
  ];
}
