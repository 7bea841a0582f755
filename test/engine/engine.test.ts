import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compile,
  compileSteps,
  exportOnnx,
  listDevices,
  loadOnnx,
  mlpForward,
  mlpInitial,
  mlpSignature,
  createRandom,
  tf,
} from '../../src/engine/index.js';
import type { Program, Tensor } from '../../src/engine/index.js';
import { criticCase, drawFeeds } from './critic-step.js';

const network = { inputs: 3, hidden: [8], outputs: 2, layerNorm: true };

test('an exported program gives the same outputs when its file is loaded', async () => {
  const weights = mlpInitial('policy', network, createRandom(1));
  const program: Program = ({ observation }) => {
    const params = Object.entries(mlpSignature('policy', network)).map(([name, spec]) => {
      return [name, tf.tensor(weights[name], [...spec.shape])] as const;
    });
    return { action: tf.tanh(mlpForward('policy', network, Object.fromEntries(params), observation)) };
  };
  const inputs = { observation: { shape: [4, 3] }, unused: { shape: [1] } };
  const bytes = exportOnnx(program, inputs);
  assert.deepEqual(exportOnnx(program, inputs), bytes, 'the file depends on the program alone');
  const model = await loadOnnx(bytes);
  assert.deepEqual(model.inputs, [
    { name: 'observation', dtype: 'float32', shape: [4, 3] },
    { name: 'unused', dtype: 'float32', shape: [1] },
  ]);
  assert.deepEqual(model.outputs, [{ name: 'action', dtype: 'float32', shape: [4, 2] }]);
  const observation = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
  const { action } = await model.run({
    observation: { data: observation, shape: [4, 3] },
    unused: { data: new Float32Array(1), shape: [1] },
  });
  const eager = await compile(program, inputs, { engine: 'tfjs' });
  const expected = (await eager.run({ observation, unused: new Float32Array(1) })).action;
  assert.deepEqual(action.shape, [4, 2]);
  action.data.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-6));
  await model.dispose();
});

test('a file that is not ONNX is refused by name', async () => {
  await assert.rejects(loadOnnx(Uint8Array.of(1, 2, 3)), /ONNX model: /);
  await assert.rejects(loadOnnx('no-such-file.onnx'), /no-such-file\.onnx/);
});

test('the cpu is listed as available, and a missing device is refused with the ones there are', async () => {
  const devices = listDevices();
  assert.equal(devices.find(({ name }) => name === 'cpu')?.available, true);
  const missing = devices.find(({ available }) => !available);
  if (missing === undefined) return;
  assert.notEqual(missing.why, undefined);
  const compiling = compile(({ x }) => ({ y: tf.neg(x) }), { x: { shape: [1] } }, { device: missing.name });
  await assert.rejects(compiling, new RegExp(`device '${missing.name}' is not available.*cpu`));
});

test('auto finds a device', async () => {
  const compiled = await compile(({ x }) => ({ y: tf.neg(x) }), { x: { shape: [1] } }, { device: 'auto' });
  assert.ok(['cpu', 'cuda'].includes(compiled.device));
  assert.equal((await compiled.run({ x: Float32Array.of(2) })).y[0], -2);
  await compiled.dispose();
});

test('programs share state, and one that does not read a tensor leaves it alone', async () => {
  const programs = {
    add: ({ a, x }: Record<string, Tensor>) => ({ a: tf.add(a, x), b_unchanged: tf.scalar(1) }),
    copy: ({ a, b }: Record<string, Tensor>) => ({ b: a, a, product: tf.mul(a, b) }),
  };
  const state = { a: { shape: [2] }, b: { shape: [2] }, idle: { shape: [1] } };
  const initial = { a: Float32Array.of(1, 2), b: Float32Array.of(5, 5), idle: Float32Array.of(9) };
  for (const engine of ['native', 'onnx', 'tfjs'] as const) {
    const feeds = { add: { x: { shape: [] } }, copy: {} };
    const stepper = await compileSteps(programs, state, feeds, initial, { engine });
    await stepper.step('add', { x: Float32Array.of(10) });
    await stepper.step('add', { x: Float32Array.of(10) });
    const { product } = await stepper.step('copy', {});
    assert.deepEqual([...product], [105, 110], engine);
    const read = await stepper.read();
    assert.deepEqual([[...read.a], [...read.b], [...read.idle]], [[21, 22], [21, 22], [9]], engine);
    stepper.write({ b: Float32Array.of(0, 1) });
    await stepper.step('add', { x: Float32Array.of(1) });
    assert.deepEqual([...(await stepper.read(['b'])).b], [0, 1], engine);
    assert.deepEqual([...read.b], [21, 22], 'what was read is a copy');
    await stepper.dispose();
  }
  assert.deepEqual([...initial.a], [1, 2]);
});

test('what cannot be state is refused and the old state stays', async () => {
  const state = { w: { shape: [2] } };
  const initial = { w: Float32Array.of(1, 2) };
  const program: Program = ({ w, x }) => ({ w: tf.add(w, x) });
  for (const engine of ['native', 'onnx', 'tfjs'] as const) {
    const stepper = await compileSteps({ go: program }, state, { go: { x: { shape: [2] } } }, initial, {
      engine,
    });
    assert.throws(() => stepper.write({ w: Float32Array.of(NaN, 0) }), /'w' has NaN at index 0/);
    assert.throws(
      () => stepper.write({ w: Float32Array.of(1) }),
      /'w' has 1 values, expected 2 for shape \[2\]/,
    );
    assert.throws(() => stepper.write({ v: Float32Array.of(1) }), /no state 'v'; known: w/);
    await assert.rejects(stepper.step('go', {}), /'x' is missing/);
    await assert.rejects(
      stepper.step('go', { x: Float32Array.of(1, 1), z: Float32Array.of(1) }),
      /unknown name 'z'/,
    );
    assert.deepEqual([...(await stepper.read()).w], [1, 2]);
    await stepper.dispose();
  }
  const nan = compileSteps(
    { go: program },
    state,
    { go: { x: { shape: [2] } } },
    { w: Float32Array.of(1, Infinity) },
  );
  await assert.rejects(nan, /'w' has Infinity at index 1/);
  const shape = compileSteps({ go: ({ w }) => ({ w: tf.sum(w) }) }, state, { go: {} }, initial);
  await assert.rejects(shape, /state 'w' is float32\[2\], its new value float32\[\]/);
});

test('tracing says what a program may not do, and leaves tfjs as it was', async () => {
  const inputs = { x: { shape: [2, 2] } };
  assert.throws(
    () => exportOnnx(({ x }) => ({ y: tf.scalar(x.dataSync()[0]) }), inputs),
    /may not read tensor values/,
  );
  assert.throws(
    () =>
      exportOnnx(({ x }) => ({ y: tf.linalg.bandPart(x as never, 0, 0), z: tf.topk(x, 1).values }), inputs),
    /no kernel '/,
  );
  assert.throws(
    () => exportOnnx(({ x }) => ({ x: tf.neg(x) }), inputs),
    /'x' is both an input and an output/,
  );
  assert.equal(tf.getBackend(), 'cpu');
  assert.equal(tf.add(1, 2).dataSync()[0], 3);
  const outside = tf.tensor1d([3, 4]);
  const compiled = await compile(({ x }) => ({ y: tf.mul(x, outside) }), inputs);
  assert.deepEqual([...(await compiled.run({ x: Float32Array.of(1, 2, 3, 4) })).y], [3, 8, 9, 16]);
  assert.deepEqual([...outside.dataSync()], [3, 4], 'a tensor the program closes over stays usable');
});

test('neither engine leaks tensors over steps', async () => {
  const { program, state, feeds, initial } = criticCase(
    { inputs: 3, hidden: [4], outputs: 1, layerNorm: true, heads: 2 },
    5,
  );
  const random = createRandom(0);
  for (const engine of ['native', 'onnx', 'tfjs'] as const) {
    const before = tf.memory().numTensors;
    const stepper = await compileSteps({ critic: program }, state, { critic: feeds }, initial, { engine });
    await stepper.step('critic', drawFeeds(feeds, random));
    const held = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) await stepper.step('critic', drawFeeds(feeds, random));
    assert.equal(tf.memory().numTensors, held, engine);
    await stepper.dispose();
    assert.equal(tf.memory().numTensors, before, engine);
  }
});

test('a tfjs backend that is not installed is named with its package', async () => {
  const compiling = compile(
    ({ x }) => ({ y: x }),
    { x: { shape: [1] } },
    { engine: 'tfjs', tfjsBackend: 'tensorflow-gpu' },
  );
  await assert.rejects(compiling, /npm install @tensorflow\/tfjs-node-gpu/);
  const unknown = compile(
    ({ x }) => ({ y: x }),
    { x: { shape: [1] } },
    { engine: 'tfjs', tfjsBackend: 'abacus' },
  );
  await assert.rejects(unknown, /unknown tfjs backend 'abacus'; known: cpu/);
});
