/** The network that behaviour cloning trains: encoders of the images, if there are any, then a perceptron to an action chunk. */
import {
  exportOnnx,
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
} from '../engine/index.js';
import type { ImageInput, Manifest } from '../policy/manifest.js';
import { channelsOf, type ImageSpec } from '../robot/image-spec.js';

/** Names of the exported file's inputs and outputs. */
export const observationInput = 'observation';
export const actionOutput = 'action';
export const featureOutput = 'features';

/** How pixels reach the encoders: -0.5 to 0.5. */
const pixelScale = 1 / 255;
const pixelMean = 0.5;

export type CloningNetwork = {
  readonly encoders: readonly KeypointShape[];
  readonly perceptron: MlpShape;
  readonly chunk_size: number;
  readonly joints: number;
};

/** The images as the exported file takes them. */
export function imageInputs(images: readonly ImageSpec[]): ImageInput[] {
  return images.map((image) => ({
    input: imageName(image.camera),
    image,
    layout: 'nhwc',
    scale: pixelScale,
    mean: Array.from({ length: channelsOf(image) }, () => pixelMean),
    std: Array.from({ length: channelsOf(image) }, () => 1),
  }));
}

/** Name of a camera's input, as LeRobot has it. */
function imageName(camera: string): string {
  return `observation.images.${camera}`;
}

export function cloningNetwork(
  { observation, action }: Manifest,
  { hidden_size, points }: { readonly hidden_size: number; readonly points: number },
): CloningNetwork {
  const encoders = observation.images.map(({ image }) =>
    keypointShape(image.height, image.width, channelsOf(image), points),
  );
  const seen = encoders.reduce((sum, encoder) => sum + keypointSize(encoder), 0);
  const perceptron = {
    inputs: observation.names.length + seen,
    hidden: [hidden_size, hidden_size],
    outputs: action.chunk_size * action.joints.length,
    layerNorm: false,
  };
  return { encoders, perceptron, chunk_size: action.chunk_size, joints: action.joints.length };
}

export function cloningSignature({ encoders, perceptron }: CloningNetwork): Signature {
  const parts = encoders.map((encoder, i) => keypointSignature(encoderPrefix(i), encoder));
  return Object.assign({}, ...parts, mlpSignature('policy', perceptron)) as Signature;
}

export function cloningInitial({ encoders, perceptron }: CloningNetwork, random: Random): Values {
  const parts = encoders.map((encoder, i) => keypointInitial(encoderPrefix(i), encoder, random));
  return Object.assign({}, ...parts, mlpInitial('policy', perceptron, random)) as Values;
}

function encoderPrefix(index: number): string {
  return `encoder${index}`;
}

/** What the encoders make of the images: [batch, numbers]; `images` as the manifest scales them. */
export function imageFeatures(
  params: Record<string, Tensor>,
  { encoders }: CloningNetwork,
  images: readonly Tensor[],
): Tensor {
  return tf.concat(
    encoders.map((encoder, i) => keypoints(encoderPrefix(i), encoder, params, images[i])),
    1,
  );
}

/** [batch, chunk_size, joints] from the standardised state and the images' features, if any */
export function predictChunk(
  params: Record<string, Tensor>,
  { perceptron, chunk_size, joints }: CloningNetwork,
  state: Tensor,
  features: Tensor | undefined,
): Tensor {
  const input = features === undefined ? state : tf.concat([state, features], 1);
  return tf.reshape(mlpForward('policy', perceptron, params, input), [-1, chunk_size, joints]);
}

/** The trained policy as an ONNX file: state and images in, chunk and features out. */
export function exportPolicy(weights: Values, network: CloningNetwork, manifest: Manifest): Uint8Array {
  const signature = cloningSignature(network);
  const { names, images } = manifest.observation;
  const program = (inputs: Record<string, Tensor>): Record<string, Tensor> => {
    const params = Object.fromEntries(
      Object.entries(signature).map(([name, spec]) => [name, tf.tensor(weights[name], [...spec.shape])]),
    );
    const state = inputs[observationInput];
    if (images.length === 0) return { [actionOutput]: predictChunk(params, network, state, undefined) };
    const pixels = images.map(({ image }) => inputs[imageName(image.camera)]);
    const features = imageFeatures(params, network, pixels);
    return {
      [actionOutput]: predictChunk(params, network, state, features),
      [featureOutput]: features,
    };
  };
  const inputs: Record<string, { shape: number[] }> = { [observationInput]: { shape: [1, names.length] } };
  for (const { image } of images)
    inputs[imageName(image.camera)] = { shape: [1, image.height, image.width, channelsOf(image)] };
  return exportOnnx(program, inputs);
}
