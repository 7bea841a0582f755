import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  adamwInitial,
  adamwSignature,
  adamwUpdate,
  compile,
  compileSteps,
  createRandom,
  gradients,
  keypointInitial,
  keypoints,
  keypointShape,
  keypointSignature,
  keypointSize,
  tf,
  vitForward,
  vitInitial,
  vitSignature,
  type Program,
  type Signature,
  type Tensor,
  type Values,
} from '../../src/engine/index.js';

const random = createRandom(3);
const noise = (size: number): Float32Array =>
  Float32Array.from({ length: size }, () => 0.3 * random.normal());

/** Output and gradients of an encoder by both engines. */
async function byBothEngines(
  signature: Signature,
  weights: Values,
  shape: number[],
  encode: (params: Record<string, Tensor>, images: Tensor) => Tensor,
): Promise<void> {
  const program: Program = (t) => {
    const params = Object.fromEntries(Object.keys(signature).map((name) => [name, t[name]]));
    const { value, grads } = gradients((p) => tf.mean(tf.square(encode(p, t.images))), params);
    const named = Object.entries(grads).map(([name, grad]) => [`grad:${name}`, grad] as const);
    return { loss: value, out: encode(t, t.images), ...Object.fromEntries(named) };
  };
  const inputs = { ...signature, images: { shape } };
  const feeds = { ...weights, images: noise(shape.reduce((a, b) => a * b, 1)) };
  const [traced, eager] = [
    await compile(program, inputs),
    await compile(program, inputs, { engine: 'tfjs' }),
  ];
  const [a, b] = [await traced.run(feeds), await eager.run(feeds)];
  assert.deepEqual(Object.keys(a).sort(), Object.keys(b).sort());
  for (const name of Object.keys(a)) {
    const size = Math.max(1e-3, ...b[name].map(Math.abs));
    a[name].forEach((value, i) =>
      assert.ok(Math.abs(value - b[name][i]) < 1e-4 * size, `${name}[${i}]: ${value}, eager ${b[name][i]}`),
    );
    if (name.startsWith('grad:'))
      assert.ok(
        b[name].some((value) => value !== 0),
        `${name} is zero`,
      );
  }
  await traced.dispose();
}

test('keypoints and their gradients are the same traced and eager', async () => {
  const shape = keypointShape(30, 27, 3, 4); // neither edge is a multiple of the blocks
  await byBothEngines(
    keypointSignature('e', shape),
    keypointInitial('e', shape, random),
    [2, 30, 27, 3],
    (params, images) => keypoints('e', shape, params, images),
  );
});

test('a vision transformer and its gradients are the same traced and eager', async () => {
  const shape = {
    ...{ height: 20, width: 17, channels: 1, patch: 8, embedding: 8 },
    ...{ depth: 2, heads: 2, token_outputs: 3, outputs: 5 },
  };
  await byBothEngines(
    vitSignature('v', shape),
    vitInitial('v', shape, random),
    [3, 20, 17, 1],
    (params, images) => vitForward('v', shape, params, images),
  );
});

/** Dark images [batch, 28, 28, 1] with a bright square, and the place of its middle in [-1, 1]. */
function squares(batch: number, draw: () => number): { images: Float32Array; places: Float32Array } {
  const images = new Float32Array(batch * 28 * 28).fill(-0.5);
  const places = new Float32Array(2 * batch);
  for (let row = 0; row < batch; row++) {
    const [left, top] = [Math.floor(draw() * 23), Math.floor(draw() * 23)];
    for (let y = top; y < top + 5; y++)
      images.fill(0.5, (row * 28 + y) * 28 + left, (row * 28 + y) * 28 + left + 5);
    places.set([left / 11.5 - 1, top / 11.5 - 1], 2 * row);
  }
  return { images, places };
}

test('keypoints learn to find a square to a fraction of a pixel', async () => {
  const shape = keypointShape(28, 28, 1, 4);
  const draws = createRandom(8);
  const parts = keypointSignature('e', shape);
  const signature = { ...parts, out: { shape: [keypointSize(shape), 2] } };
  const program: Program = (t) => {
    const loss = (p: Record<string, Tensor>): Tensor =>
      tf.mean(tf.square(tf.sub(tf.matMul(keypoints('e', shape, p, t.images), p.out), t.places)));
    const params = Object.fromEntries(Object.keys(signature).map((name) => [name, t[name]]));
    const step = adamwUpdate('adam', params, loss, t, { learningRate: 5e-3 });
    return { ...step.params, ...step.state, loss: step.loss };
  };
  const initial = { ...keypointInitial('e', shape, draws), out: noise(2 * keypointSize(shape)) };
  const stepper = await compileSteps(
    { find: program },
    { ...signature, ...adamwSignature('adam', signature) },
    { find: { images: { shape: [32, 28, 28, 1] }, places: { shape: [32, 2] } } },
    { ...initial, ...adamwInitial('adam', signature) },
  );
  let loss = Infinity;
  for (let i = 0; i < 400; i++)
    loss = (
      await stepper.step(
        'find',
        squares(32, () => draws.uniform()),
      )
    ).loss[0];
  const pixels = Math.sqrt(loss) * 11.5;
  assert.ok(pixels < 0.5, `${pixels} px off`);
  await stepper.dispose();
});
