import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConvolutionNet,
  createRandom,
  foldBatchNorm,
  loadOnnx,
  tf,
  type Tensor,
} from '../../src/engine/index.js';

const random = createRandom(5);
const noise = (size: number, offset = 0): Float32Array =>
  Float32Array.from({ length: size }, () => offset + 0.5 * random.normal());

/** [out, in, rows, columns] as TensorFlow has it. */
const filter = (weight: Float32Array, shape: [number, number, number, number], axes: number[]): Tensor =>
  tf.transpose(tf.tensor(weight, shape), axes);

/** Runs a net of one input on channels-first pixels. */
async function run(
  net: ConvolutionNet,
  outputs: Parameters<ConvolutionNet['encode']>[0],
  data: Float32Array,
) {
  const model = await loadOnnx(net.encode(outputs));
  const { name, channels, height, width } = net.input;
  const result = await model.run({ [name]: { data, shape: [1, channels, height, width] } });
  await model.dispose();
  return result;
}

/** Channels-last for TensorFlow. */
const nhwc = (data: Float32Array, channels: number, height: number, width: number): tf.Tensor4D =>
  tf.transpose(tf.tensor(data, [1, channels, height, width]), [0, 2, 3, 1]);

function near(found: Float32Array, expected: Tensor): void {
  const values = expected.dataSync();
  assert.equal(found.length, values.length);
  found.forEach((value, i) => assert.ok(Math.abs(value - values[i]) < 1e-4, `${i}: ${value}, ${values[i]}`));
}

for (const [kernel, stride, height, width] of [
  [3, 1, 7, 6],
  [3, 2, 8, 7],
  [5, 2, 9, 12],
  [1, 1, 4, 4],
] as const)
  test(`a convolution of ${kernel} with stride ${stride} pads as TensorFlow does`, async () => {
    const weight = noise(4 * 3 * kernel * kernel);
    const bias = noise(4);
    const data = noise(3 * height * width);
    const net = new ConvolutionNet({ name: 'x', channels: 3, height, width });
    const made = net.convolve(net.input, { weight, bias, kernel, stride, groups: 1, activation: 'relu6' });
    const { y } = await run(net, { y: net.pool(made) }, data);
    const kernels = filter(weight, [4, 3, kernel, kernel], [2, 3, 1, 0]) as tf.Tensor4D;
    const out = tf.conv2d(nhwc(data, 3, height, width), kernels, stride, 'same');
    assert.deepEqual([made.height, made.width], out.shape.slice(1, 3));
    near(y.data, tf.mean(tf.relu6(tf.add(out, tf.tensor(bias))), [1, 2]));
  });

test('depthwise convolution, folded batch norm, scaling, a way around and a dense layer are what TensorFlow makes of them', async () => {
  const [size, channels] = [6, 5];
  const data = noise(channels * size * size);
  const weight = noise(channels * 9);
  const [gamma, beta, mean] = [noise(channels, 1), noise(channels), noise(channels)];
  const variance = noise(channels).map((value) => value * value + 0.1);
  const dense = { weight: noise(2 * channels), bias: noise(2) };
  const net = new ConvolutionNet({ name: 'x', channels, height: size, width: size });
  const scaled = net.scale(net.input, 0.5, -0.25);
  const folded = foldBatchNorm(weight, { gamma, beta, mean, variance, epsilon: 1e-3 });
  const layer = { ...folded, kernel: 3, stride: 1, groups: channels, activation: 'none' } as const;
  const pooled = net.pool(net.add(net.convolve(scaled, layer), scaled));
  const { features, logits } = await run(
    net,
    { features: pooled, logits: net.dense(pooled, dense.weight, dense.bias) },
    data,
  );
  const x = tf.sub<tf.Tensor4D>(tf.mul(nhwc(data, channels, size, size), 0.5), 0.25);
  const kernels = filter(weight, [channels, 1, 3, 3], [2, 3, 0, 1]) as tf.Tensor4D;
  const norm = [mean, variance, beta, gamma].map((values) => tf.tensor1d(values));
  const convolved = tf.batchNorm(
    tf.depthwiseConv2d(x, kernels, 1, 'same'),
    norm[0],
    norm[1],
    norm[2],
    norm[3],
    1e-3,
  );
  const expected = tf.mean<tf.Tensor2D>(tf.add(convolved, x), [1, 2]);
  near(features.data, expected);
  near(
    logits.data,
    tf.add(tf.matMul(expected, tf.tensor2d(dense.weight, [2, channels]), false, true), dense.bias),
  );
});

test('weights that do not fit are refused', () => {
  const net = new ConvolutionNet({ name: 'x', channels: 3, height: 4, width: 4 });
  const layer = { kernel: 3, stride: 1, groups: 1, activation: 'none' } as const;
  assert.throws(
    () => net.convolve(net.input, { ...layer, weight: new Float32Array(26), bias: new Float32Array(1) }),
    /26 weights, expected \[1, 3, 3, 3\]/,
  );
  assert.throws(
    () => net.dense(net.pool(net.input), new Float32Array(5), new Float32Array(2)),
    /5 weights, expected \[2, 3\]/,
  );
});
