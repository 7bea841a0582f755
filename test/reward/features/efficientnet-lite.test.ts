import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, loadOnnx, tf } from '../../../src/engine/index.js';
import {
  efficientNetLite,
  efficientNetLite0,
  type EfficientNetShape,
} from '../../../src/reward/features/efficientnet-lite.js';
import type { TorchTensor } from '../../../src/reward/features/torch-file.js';

const random = createRandom(2);
/** A block without expansion, one that halves the image, and one with a way around. */
const shape: EfficientNetShape = {
  stem: 4,
  groups: [
    { repeats: 1, kernel: 3, stride: 1, expand: 1, channels: 3 },
    { repeats: 2, kernel: 5, stride: 2, expand: 2, channels: 5 },
  ],
  head: 6,
};
const size = 13;

/** Random weights under the names of the package. */
function weights(): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  const add = (name: string, sizes: number[], value: () => number): void => {
    const length = sizes.reduce((a, b) => a * b, 1);
    tensors.set(name, { shape: sizes, data: Float32Array.from({ length }, value) });
  };
  const convolution = (name: string, norm: string, sizes: number[]): void => {
    add(`${name}.weight`, sizes, () => 0.5 * random.normal());
    add(`${norm}.weight`, [sizes[0]], () => 1 + 0.3 * random.normal());
    add(`${norm}.bias`, [sizes[0]], () => 0.5 + 0.3 * random.normal());
    add(`${norm}.running_mean`, [sizes[0]], () => 0.3 * random.normal());
    add(`${norm}.running_var`, [sizes[0]], () => 0.5 + random.normal() ** 2);
  };
  convolution('_conv_stem', '_bn0', [4, 3, 3, 3]);
  convolution('_blocks.0._depthwise_conv', '_blocks.0._bn1', [4, 1, 3, 3]);
  convolution('_blocks.0._project_conv', '_blocks.0._bn2', [3, 4, 1, 1]);
  for (const [block, inputs] of [
    [1, 3],
    [2, 5],
  ]) {
    convolution(`_blocks.${block}._expand_conv`, `_blocks.${block}._bn0`, [2 * inputs, inputs, 1, 1]);
    convolution(`_blocks.${block}._depthwise_conv`, `_blocks.${block}._bn1`, [2 * inputs, 1, 5, 5]);
    convolution(`_blocks.${block}._project_conv`, `_blocks.${block}._bn2`, [5, 2 * inputs, 1, 1]);
  }
  convolution('_conv_head', '_bn1', [6, 5, 1, 1]);
  add('_fc.weight', [7, 6], () => random.normal());
  add('_fc.bias', [7], () => random.normal());
  return tensors;
}

/** The same network in TensorFlow's own operations, batch norms as they are. */
function reference(tensors: ReadonlyMap<string, TorchTensor>, pixels: Float32Array): tf.Tensor2D {
  const tensor = (name: string): tf.Tensor =>
    tf.tensor(tensors.get(name)!.data, [...tensors.get(name)!.shape]);
  const norm = (x: tf.Tensor4D, name: string): tf.Tensor4D => {
    const [mean, variance, bias, weight] = ['running_mean', 'running_var', 'bias', 'weight'].map(
      (part) => tensor(`${name}.${part}`) as tf.Tensor1D,
    );
    return tf.batchNorm(x, mean, variance, bias, weight, 1e-3);
  };
  const conv = (x: tf.Tensor4D, name: string, stride = 1): tf.Tensor4D =>
    tf.conv2d(x, tf.transpose(tensor(`${name}.weight`), [2, 3, 1, 0]) as tf.Tensor4D, stride, 'same');
  const depthwise = (x: tf.Tensor4D, name: string, stride: number): tf.Tensor4D =>
    tf.depthwiseConv2d(
      x,
      tf.transpose(tensor(`${name}.weight`), [2, 3, 0, 1]) as tf.Tensor4D,
      stride,
      'same',
    );
  const block = (x: tf.Tensor4D, i: number, stride: number, expand: boolean): tf.Tensor4D => {
    const p = `_blocks.${i}.`;
    const wide = expand ? tf.relu6(norm(conv(x, `${p}_expand_conv`), `${p}_bn0`)) : x;
    const seen = tf.relu6(norm(depthwise(wide, `${p}_depthwise_conv`, stride), `${p}_bn1`));
    return norm(conv(seen, `${p}_project_conv`), `${p}_bn2`);
  };
  const image = tf.transpose(tf.tensor(pixels, [1, 3, size, size]), [0, 2, 3, 1]);
  let x = tf.div<tf.Tensor4D>(tf.sub(image, 127), 128);
  x = tf.relu6(norm(conv(x, '_conv_stem', 2), '_bn0'));
  x = block(x, 0, 1, false);
  x = block(x, 1, 2, true);
  x = tf.add(block(x, 2, 1, true), x);
  x = tf.relu6(norm(conv(x, '_conv_head'), '_bn1'));
  return tf.mean(x, [1, 2]);
}

test('the graph gives what the network gives in TensorFlow, also for an odd size', async () => {
  const tensors = weights();
  const model = await loadOnnx(efficientNetLite(tensors, { shape, size, logits: true }));
  const pixels = Float32Array.from({ length: 3 * size * size }, () => Math.floor(256 * random.uniform()));
  const { features, logits } = await model.run({ pixels: { data: pixels, shape: [1, 3, size, size] } });
  const expected = reference(tensors, pixels);
  const { data, shape: sizes } = tensors.get('_fc.weight')!;
  const classes = tf.matMul(expected, tf.tensor2d(data, sizes as [number, number]), false, true);
  const [a, b] = [expected.dataSync(), tf.add(classes, tensors.get('_fc.bias')!.data).dataSync()];
  assert.deepEqual([features.data.length, logits.data.length], [6, 7]);
  features.data.forEach((value, i) => assert.ok(Math.abs(value - a[i]) < 1e-4, `${value}, ${a[i]}`));
  logits.data.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-4, `${value}, ${b[i]}`));
  assert.ok(a.some((value) => value > 0.1) && new Set(a).size > 3, 'the features are not all alike');
  await model.dispose();
});

test('Lite0 has the sizes of the published network', () => {
  const { groups, head } = efficientNetLite0;
  assert.equal(
    groups.reduce((sum, { repeats }) => sum + repeats, 0),
    16,
  );
  assert.equal(
    groups.reduce((product, { stride }) => product * stride, 2),
    32,
  );
  assert.equal(head, 1280);
});

test('weights of another network are refused by name', () => {
  const tensors = weights();
  assert.throws(
    () => efficientNetLite(tensors),
    /_conv_stem\.weight has shape \[4, 3, 3, 3\], expected \[32, 3, 3, 3\]/,
  );
  tensors.delete('_bn1.bias');
  assert.throws(() => efficientNetLite(tensors, { shape }), /tensor _bn1\.bias is missing/);
});
