/** Demonstrations as rows to clone: what was seen, and the chunk of actions that followed. */
import type { Random, Values } from '../engine/index.js';
import { imageTensor } from '../policy/image-input.js';
import type { ImageInput, Manifest } from '../policy/manifest.js';
import { normaliseAction, standardise } from '../robot/normalisation.js';
import type { EpisodeData } from './episode.js';
import { copyShifted, drawShift } from '../policy/image-shift.js';
import { channelsOf } from '../robot/image-spec.js';

/** One row: standardised state, pixels by camera, the chunk that followed, and which of its actions exist. */
type Row = {
  readonly state: Float32Array;
  readonly images: readonly Uint8Array[];
  readonly chunk: Float32Array;
  readonly mask: Float32Array;
};

/** Chunks are padded with the episode's last action, which the mask leaves out. */
export function cloningRows(demos: readonly EpisodeData[], { observation, action }: Manifest): Row[] {
  const { mean = [], std = [], clip } = observation;
  const { lower, upper, chunk_size, joints } = action;
  return demos.flatMap((demo) => {
    const actions = demo.executed.map((values) => normaliseAction(values, { lower, upper }));
    return actions.map((_, t) => {
      const chunk = new Float32Array(chunk_size * joints.length);
      const mask = new Float32Array(chunk_size);
      for (let k = 0; k < chunk_size; k++) {
        chunk.set(actions[Math.min(t + k, actions.length - 1)], k * joints.length);
        mask[k] = t + k < actions.length ? 1 : 0;
      }
      const { state, images } = demo.observation[t];
      return { state: standardise(state, { mean, std, clip }), images, chunk, mask };
    });
  });
}

/** Name of a camera's pixels among the feeds. */
export function pixelFeed(index: number): string {
  return `pixels${index}`;
}

/**
 * Rows drawn uniformly, as the training program is fed.
 * @param shift images are moved by up to so many pixels each way, at random
 */
export function drawRows(
  rows: readonly Row[],
  inputs: readonly ImageInput[],
  size: number,
  shift: number,
  random: Random,
): Values {
  const drawn = Array.from({ length: size }, () => rows[random.integer(rows.length)]);
  const feeds: Values = {
    state: flat(drawn.map(({ state }) => state)),
    chunk: flat(drawn.map(({ chunk }) => chunk)),
    mask: flat(drawn.map(({ mask }) => mask)),
  };
  inputs.forEach((input, i) => {
    feeds[pixelFeed(i)] = flat(
      drawn.map(({ images }) => imageTensor(shifted(images[i], input, shift, random), input)),
    );
  });
  return feeds;
}

function shifted(pixels: Uint8Array, { image }: ImageInput, shift: number, random: Random): Uint8Array {
  if (shift === 0) return pixels;
  const { width, height } = image;
  const out = new Uint8Array(pixels.length);
  copyShifted(pixels, { width, height, channels: channelsOf(image) }, drawShift(shift, random), out, 0);
  return out;
}

function flat(parts: readonly Float32Array[]): Float32Array {
  const width = parts[0].length;
  const all = new Float32Array(parts.length * width);
  parts.forEach((part, i) => all.set(part, i * width));
  return all;
}
