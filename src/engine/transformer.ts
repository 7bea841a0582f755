import type { Tensor } from '@tensorflow/tfjs';
import { initialWeight } from './initialise.js';
import { layerNorm } from './layers.js';
import type { Random } from './random.js';
import { spaceToDepth } from './space-to-depth.js';
import * as tf from './tf.js';
import type { Signature, TensorSpec, Values } from './types.js';
import { sizeOf } from './values.js';

/**
 * A small vision transformer (Dosovitskiy et al. 2021) with layer norm before attention and perceptron, and at its end a
 * product that makes a few numbers of all tokens, so that places are kept. The part of an image that fills whole patches is
 * seen, from its middle.
 */
export type VitShape = {
  /** px */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** edge of a patch, px */
  readonly patch: number;
  /** numbers of a token */
  readonly embedding: number;
  readonly depth: number;
  readonly heads: number;
  /** numbers that are kept of each token at the end, and in all */
  readonly token_outputs: number;
  readonly outputs: number;
};

/** Width of a block's perceptron, in embeddings. */
const perceptronRatio = 4;

/** Deviation of places and embeddings at the start. */
const placeDeviation = 0.02;

/** `<prefix>/patch`, `/place`, `/block<i>/{query,key,value,attended,wide,narrow}`, `/token`, `/out`, each with weight and bias. */
export function vitSignature(prefix: string, shape: VitShape): Signature {
  const specs: Record<string, TensorSpec> = {};
  for (const { name, fanIn, fanOut } of productsOf(shape)) {
    specs[`${prefix}/${name}/weight`] = { shape: [fanIn, fanOut] };
    specs[`${prefix}/${name}/bias`] = { shape: [fanOut] };
  }
  specs[`${prefix}/place`] = { shape: [tokensOf(shape), shape.embedding] };
  return specs;
}

/** Weights uniform in +-1/sqrt(fan in), biases zero, places normal with deviation 0.02. */
export function vitInitial(prefix: string, shape: VitShape, random: Random): Values {
  const values: Values = {};
  for (const { name, fanIn, fanOut } of productsOf(shape)) {
    values[`${prefix}/${name}/weight`] = initialWeight('uniform', fanIn, fanOut, random);
    values[`${prefix}/${name}/bias`] = new Float32Array(fanOut);
  }
  const places = sizeOf([tokensOf(shape), shape.embedding]);
  values[`${prefix}/place`] = Float32Array.from({ length: places }, () => placeDeviation * random.normal());
  return values;
}

/**
 * What the transformer makes of a batch of images.
 * @param params tensors of `vitSignature(prefix, shape)`; other names are left alone
 * @param images [batch, height, width, channels], about -0.5 to 0.5
 * @returns [batch, outputs], each in (-1, 1)
 */
export function vitForward(
  prefix: string,
  shape: VitShape,
  params: Readonly<Record<string, Tensor>>,
  images: Tensor,
): Tensor {
  const [batch] = images.shape;
  const tokens = tokensOf(shape);
  const linear = (name: string, x: Tensor): Tensor =>
    tf.add(tf.matMul(x, params[`${prefix}/${name}/weight`]), params[`${prefix}/${name}/bias`]);
  const embedded = linear('patch', patches(images, shape));
  const placed = tf.add(tf.reshape(embedded, [batch, tokens, shape.embedding]), params[`${prefix}/place`]);
  let x = tf.reshape(placed, [batch * tokens, shape.embedding]);
  for (let i = 0; i < shape.depth; i++) {
    const seen = layerNorm(x);
    const [query, key, value] = ['query', 'key', 'value'].map((name) => linear(`block${i}/${name}`, seen));
    const attended = attention(query, key, value, shape);
    x = tf.add(x, linear(`block${i}/attended`, attended));
    const wide = tf.relu(linear(`block${i}/wide`, layerNorm(x)));
    x = tf.add(x, linear(`block${i}/narrow`, wide));
  }
  const kept = linear('token', layerNorm(x));
  return tf.tanh(layerNorm(linear('out', tf.reshape(kept, [batch, tokens * shape.token_outputs]))));
}

/** Scaled dot-product attention (Vaswani et al. 2017, eq. 1), head by head; all [batch * tokens, embedding]. */
function attention(query: Tensor, key: Tensor, value: Tensor, shape: VitShape): Tensor {
  const { heads, embedding } = shape;
  const tokens = tokensOf(shape);
  const size = embedding / heads;
  const batch = query.shape[0] / tokens;
  const byHead = (x: Tensor): Tensor =>
    tf.reshape(tf.transpose(tf.reshape(x, [batch, tokens, heads, size]), [0, 2, 1, 3]), [
      batch * heads,
      tokens,
      size,
    ]);
  const scores = tf.matMul(byHead(tf.mul(query, 1 / Math.sqrt(size))), byHead(key), false, true);
  const mixed = tf.matMul(tf.softmax(scores), byHead(value));
  const together = tf.transpose(tf.reshape(mixed, [batch, heads, tokens, size]), [0, 2, 1, 3]);
  return tf.reshape(together, [batch * tokens, embedding]);
}

/** [batch * tokens, patch * patch * channels], of the middle of the images */
function patches(images: Tensor, { height, width, channels, patch }: VitShape): Tensor {
  const [batch] = images.shape;
  const [top, left] = [Math.floor((height % patch) / 2), Math.floor((width % patch) / 2)];
  const blocks = spaceToDepth(
    tf.slice(images, [0, top, left, 0], [batch, height - top, width - left, channels]),
    patch,
  );
  return tf.reshape(blocks, [-1, patch * patch * channels]);
}

function tokensOf({ height, width, patch }: VitShape): number {
  return Math.floor(height / patch) * Math.floor(width / patch);
}

function productsOf(shape: VitShape): { name: string; fanIn: number; fanOut: number }[] {
  const { patch, channels, embedding, depth, token_outputs, outputs } = shape;
  const blocks = Array.from({ length: depth }, (_, i) => [
    ...['query', 'key', 'value'].map((name) => ({
      name: `block${i}/${name}`,
      fanIn: embedding,
      fanOut: embedding,
    })),
    { name: `block${i}/attended`, fanIn: embedding, fanOut: embedding },
    { name: `block${i}/wide`, fanIn: embedding, fanOut: perceptronRatio * embedding },
    { name: `block${i}/narrow`, fanIn: perceptronRatio * embedding, fanOut: embedding },
  ]);
  return [
    { name: 'patch', fanIn: patch * patch * channels, fanOut: embedding },
    ...blocks.flat(),
    { name: 'token', fanIn: embedding, fanOut: token_outputs },
    { name: 'out', fanIn: tokensOf(shape) * token_outputs, fanOut: outputs },
  ];
}
