import type { Tensor } from '@tensorflow/tfjs';
import { initialWeight } from './initialise.js';
import type { Random } from './random.js';
import { spaceToDepth } from './space-to-depth.js';
import * as tf from './tf.js';
import type { Signature, TensorSpec, Values } from './types.js';

/**
 * A convolution without padding over blocks of `stride` x `stride` pixels: `kernel` x `kernel` of them, every `dilation`-th.
 * A kernel of 1 sees each block by itself.
 */
export type ConvolutionShape = {
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
};

/**
 * Convolutions with ReLU, then a spatial softmax: each channel of the last layer becomes one point, the expected place of its
 * activation (Finn et al. 2016, "Deep spatial autoencoders"; Levine et al. 2016). Points tell where things are in few
 * numbers, which is what a small policy, and a residual on top of it, can use.
 */
export type KeypointShape = {
  /** px */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly layers: readonly ConvolutionShape[];
};

/**
 * The encoder for images of a size: blocks of 4 x 4 pixels, then 2 x 2 of them, then 2 x 2 of those, every second one, so that
 * a point is found by what 16 x 16 pixels show. Four slices a layer at most: on a CPU, which moves memory more than it
 * multiplies, a fraction of the time of 3 x 3 kernels.
 */
export function keypointShape(
  height: number,
  width: number,
  channels: number,
  points: number,
): KeypointShape {
  const layers = [
    { channels: 32, kernel: 1, stride: 4, dilation: 1 },
    { channels: 32, kernel: 2, stride: 1, dilation: 1 },
    { channels: points, kernel: 2, stride: 1, dilation: 2 },
  ];
  return { height, width, channels, layers };
}

/** Numbers that the encoder gives: x and y of each point. */
export function keypointSize({ layers }: KeypointShape): number {
  return 2 * (layers.at(-1)?.channels ?? 0);
}

/** `<prefix>/conv<i>/weight` [(kernel * stride)^2 * in, out] and `/bias` [out], and `<prefix>/temperature` [1]. */
export function keypointSignature(prefix: string, shape: KeypointShape): Signature {
  const specs: Record<string, TensorSpec> = {};
  for (const { name, fanIn, fanOut } of convolutionsOf(prefix, shape)) {
    specs[`${name}/weight`] = { shape: [fanIn, fanOut] };
    specs[`${name}/bias`] = { shape: [fanOut] };
  }
  specs[`${prefix}/temperature`] = { shape: [1] };
  return specs;
}

/** Random weights (He et al. 2015), biases of zero, a temperature of one. */
export function keypointInitial(prefix: string, shape: KeypointShape, random: Random): Values {
  const values: Values = { [`${prefix}/temperature`]: Float32Array.of(1) };
  for (const { name, fanIn, fanOut } of convolutionsOf(prefix, shape)) {
    values[`${name}/weight`] = initialWeight('he', fanIn, fanOut, random);
    values[`${name}/bias`] = new Float32Array(fanOut);
  }
  return values;
}

/**
 * Points of a batch of images.
 * @param params tensors of `keypointSignature(prefix, shape)`; other names are left alone
 * @param images [batch, height, width, channels], about -0.5 to 0.5
 * @returns [batch, 2 * points]: all x, then all y, in [-1, 1] from left to right and from top to bottom
 */
export function keypoints(
  prefix: string,
  shape: KeypointShape,
  params: Readonly<Record<string, Tensor>>,
  images: Tensor,
): Tensor {
  let x = images;
  shape.layers.forEach((layer, i) => {
    const name = `${prefix}/conv${i}`;
    x = tf.add(convolve(x, params[`${name}/weight`], layer), params[`${name}/bias`]);
    if (i < shape.layers.length - 1) x = tf.relu(x);
  });
  return spatialSoftmax(x, params[`${prefix}/temperature`]);
}

/**
 * Convolution without padding as one matrix product over patches: what onnxruntime and its gradient do fastest, and a graph
 * of plain operators. Strides come first: blocks of stride x stride pixels become channels.
 * @param x [batch, height, width, in]; @param weight [rows of a patch, out]: by block, row, column and channel
 */
function convolve(x: Tensor, weight: Tensor, { kernel, stride, dilation }: ConvolutionShape): Tensor {
  const blocks = stride === 1 ? x : spaceToDepth(x, stride);
  const [batch, height, width] = blocks.shape;
  const reach = dilation * (kernel - 1);
  const [rows, columns] = [height - reach, width - reach];
  const depth = blocks.shape[3] ?? 0;
  const slices: Tensor[] = [];
  for (let j = 0; j <= reach; j += dilation)
    for (let i = 0; i <= reach; i += dilation)
      slices.push(tf.slice(blocks, [0, j, i, 0], [batch, rows, columns, depth]));
  const patches = slices.length === 1 ? slices[0] : tf.concat(slices, 3);
  const flat = tf.reshape(patches, [batch * rows * columns, kernel * kernel * depth]);
  return tf.reshape(tf.matMul(flat, weight), [batch, rows, columns, weight.shape[1] ?? 0]);
}

/** Expected place of each channel's activation. @param x [batch, height, width, points]; @returns [batch, 2 * points] */
function spatialSoftmax(x: Tensor, temperature: Tensor): Tensor {
  const [batch, height, width] = x.shape;
  const points = x.shape[3] ?? 0;
  const scores = tf.transpose(tf.reshape(x, [batch, height * width, points]), [0, 2, 1]);
  const weights = tf.softmax(tf.mul(scores, temperature));
  const places = tf.matMul(tf.reshape(weights, [batch * points, height * width]), grid(height, width));
  return tf.reshape(tf.transpose(tf.reshape(places, [batch, points, 2]), [0, 2, 1]), [batch, 2 * points]);
}

/** [height * width, 2]: x and y of each place, -1 to 1. */
function grid(height: number, width: number): Tensor {
  const along = (i: number, size: number): number => (size === 1 ? 0 : (2 * i) / (size - 1) - 1);
  const places = Array.from({ length: height * width }, (_, i) => [
    along(i % width, width),
    along(Math.floor(i / width), height),
  ]);
  return tf.tensor(places.flat(), [height * width, 2]);
}

function convolutionsOf(
  prefix: string,
  { channels, layers }: KeypointShape,
): { readonly name: string; readonly fanIn: number; readonly fanOut: number }[] {
  return layers.map((layer, i) => {
    const inputs = i === 0 ? channels : layers[i - 1].channels;
    const fanIn = (layer.kernel * layer.stride) ** 2 * inputs;
    return { name: `${prefix}/conv${i}`, fanIn, fanOut: layer.channels };
  });
}
