/**
 * The network that all learned critics look at one moment with: an encoder of each image, or what a frozen network makes of the
 * images, then a perceptron to an embedding.
 */
import {
  keypointInitial,
  keypoints,
  keypointShape,
  keypointSignature,
  keypointSize,
  mlpForward,
  mlpInitial,
  mlpSignature,
  tf,
  type KeypointShape,
  type MlpShape,
  type Random,
  type Signature,
  type Tensor,
  type Values,
} from '../../engine/index.js';
import { channelsOf, type ImageSpec } from '../../robot/image-spec.js';

export type FrameNetwork = {
  /** of each image; none where features stand for the images */
  readonly encoders: readonly KeypointShape[];
  /** how many numbers stand for the images; 0 where they are seen */
  readonly features: number;
  readonly perceptron: MlpShape;
};

export type FrameNetworkSize = {
  /** that the encoder of each camera finds */
  readonly points: number;
  readonly hidden: number;
  readonly embedding: number;
};

/** @param features how many numbers stand for the images; 0 where they are seen */
export function frameNetwork(
  images: readonly ImageSpec[],
  { points, hidden, embedding }: FrameNetworkSize,
  features = 0,
): FrameNetwork {
  const seen = features === 0 ? images : [];
  const encoders = seen.map((image) => keypointShape(image.height, image.width, channelsOf(image), points));
  const inputs = encoders.reduce((sum, encoder) => sum + keypointSize(encoder), features);
  const perceptron = { inputs, hidden: [hidden], outputs: embedding, layerNorm: false };
  return { encoders, features, perceptron };
}

/** Numbers of an embedding. */
export function embeddingSize({ perceptron }: FrameNetwork): number {
  return perceptron.outputs;
}

export function frameSignature({ encoders, perceptron }: FrameNetwork): Signature {
  const parts = encoders.map((encoder, i) => keypointSignature(encoderPrefix(i), encoder));
  return Object.assign({}, ...parts, mlpSignature('frame', perceptron)) as Signature;
}

export function frameInitial({ encoders, perceptron }: FrameNetwork, random: Random): Values {
  const parts = encoders.map((encoder, i) => keypointInitial(encoderPrefix(i), encoder, random));
  const options = { initialiser: 'he' } as const;
  return Object.assign({}, ...parts, mlpInitial('frame', perceptron, random, options)) as Values;
}

function encoderPrefix(index: number): string {
  return `encoder${index}`;
}

/** Name of a camera's pixels among the feeds. */
export function pixelFeed(index: number): string {
  return `pixels${index}`;
}

/** Name of the features among the feeds. */
export const featureFeed = 'features';

/**
 * What a batch of moments is fed as: pixels of -0.5 to 0.5, [batch, height, width, channels], or features, [batch, features],
 * standardised.
 */
export function frameFeeds({ encoders, features }: FrameNetwork, batch: number): Signature {
  if (features > 0) return { [featureFeed]: { shape: [batch, features] } };
  const pixels = encoders.map(
    ({ height, width, channels }, i) => [pixelFeed(i), { shape: [batch, height, width, channels] }] as const,
  );
  return Object.fromEntries(pixels);
}

/**
 * Embeddings of a batch of moments: [batch, embedding].
 * @param params tensors of `frameSignature`; @param feeds those of `frameFeeds`
 */
export function embed(
  params: Readonly<Record<string, Tensor>>,
  { encoders, features, perceptron }: FrameNetwork,
  feeds: Readonly<Record<string, Tensor>>,
): Tensor {
  if (features > 0) return mlpForward('frame', perceptron, params, feeds[featureFeed]);
  const parts = encoders.map((encoder, i) =>
    keypoints(encoderPrefix(i), encoder, params, feeds[pixelFeed(i)]),
  );
  return mlpForward('frame', perceptron, params, parts.length === 1 ? parts[0] : tf.concat(parts, 1));
}
