/** The encoder that a residual learns for the images it sees: one small vision transformer a camera (ResFiT, section 4). */
import {
  tf,
  vitForward,
  vitInitial,
  vitSignature,
  type Random,
  type Signature,
  type Tensor,
  type Values,
  type VitShape,
} from '../engine/index.js';
import { channelsOf, type ImageSpec } from '../robot/image-spec.js';

/** Prefix of the encoder's tensors in states, checkpoints and policy updates. */
export const encoderPrefix = 'encoder';

/** Sizes of the paper's encoder; what is kept of it is small, so that actor and critics stay so. */
const transformer = { patch: 8, embedding: 128, depth: 1, heads: 4, token_outputs: 16, outputs: 64 } as const;

/** A transformer for each image. */
export function imageEncoders(images: readonly ImageSpec[]): VitShape[] {
  return images.map((image) => ({
    ...{ height: image.height, width: image.width, channels: channelsOf(image) },
    ...transformer,
  }));
}

/** Numbers that the encoders give together. */
export function encodedSize(encoders: readonly VitShape[]): number {
  return encoders.reduce((sum, { outputs }) => sum + outputs, 0);
}

export function encoderSignature(encoders: readonly VitShape[]): Signature {
  return Object.assign({}, ...encoders.map((shape, i) => vitSignature(prefixOf(i), shape))) as Signature;
}

export function initialEncoder(encoders: readonly VitShape[], random: Random): Values {
  return Object.assign({}, ...encoders.map((shape, i) => vitInitial(prefixOf(i), shape, random))) as Values;
}

/** What each image is fed as: 0 to 255, [batch, height, width, channels]. @param name `image` or `next_image` */
export function imageFeeds(encoders: readonly VitShape[], batch: number, name = 'image'): Signature {
  const feeds = encoders.map(
    ({ height, width, channels }, i) => [`${name}${i}`, { shape: [batch, height, width, channels] }] as const,
  );
  return Object.fromEntries(feeds);
}

/** Pixels of each camera, 0 to 255, as values of `imageFeeds`. */
export function imageValues(pixels: readonly Float32Array[], name = 'image'): Values {
  return Object.fromEntries(pixels.map((values, i) => [`${name}${i}`, values]));
}

/**
 * The numbers with what the encoders make of the images behind them; the numbers alone where there is no encoder.
 * @param params tensors of `encoderSignature`; @param feeds those of `imageFeeds`
 * @returns [batch, numbers + encoded size]
 */
export function withImages(
  params: Readonly<Record<string, Tensor>>,
  encoders: readonly VitShape[],
  numbers: Tensor,
  feeds: Readonly<Record<string, Tensor>>,
  name = 'image',
): Tensor {
  if (encoders.length === 0) return numbers;
  const encoded = encoders.map((shape, i) => {
    const pixels = tf.sub(tf.div(feeds[`${name}${i}`], 255), 0.5);
    return vitForward(prefixOf(i), shape, params, pixels);
  });
  return tf.concat([numbers, ...encoded], 1);
}

function prefixOf(index: number): string {
  return `${encoderPrefix}/camera${index}`;
}
