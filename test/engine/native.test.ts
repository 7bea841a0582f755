/** The native engine: what it runs equals tfjs, what it cannot run is said or left to ONNX Runtime. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compileStep,
  compileSteps,
  createRandom,
  gradients,
  mlpForward,
  mlpInitial,
  mlpSignature,
  tf,
} from '../../src/engine/index.js';
import type { Program, Random, Stepper, Tensor, Values } from '../../src/engine/index.js';
import { cutByTime } from '../../src/engine/native/parts.js';
import { criticCase, drawFeeds } from './critic-step.js';
import { assertClose, cases, feedsOf, programOf } from './kernel-cases.js';

type T = Record<string, Tensor>;

const native = { engine: 'native' } as const;

/** Cases with operators that are left to ONNX Runtime; all others run natively. */
const elsewhere = [
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'ceil',
  'cos',
  'cosh',
  'elu',
  'erf',
  'leakyRelu',
  'round',
  'selu',
  'sin',
  'sinh',
  'tan',
  'isNaN',
  'isInf',
  'isFinite',
  'prelu',
  'sum of booleans',
  'equal booleans',
  'where, boolean input',
  'any',
  'all',
  'floorDiv',
  'integer arithmetic',
  'integer sum',
  'integer comparison',
  'cast to integer and back',
  'maximum, gradient',
  'minimum, gradient',
  'squaredDifference, gradient',
  'where',
  'where, gradient',
  'where by rows',
  'prod',
  'argMax',
  'argMin',
  'softmax',
  'cumsum',
  'cumsum, exclusive',
  'broadcastTo',
  'tile',
  'slice',
  'reverse',
  'pad',
  'gather',
  'gather by an input',
  'oneHot',
  'matMul 2-D',
  'matMul 2-D, transposed',
  'matMul 3-D',
  'matMul 3-D, transposed',
  'matMul, broadcast batch, transposed',
];

test('what runs natively equals tfjs, and what does not is known', async () => {
  const left: string[] = [];
  for (const [name, kernelCase] of Object.entries(cases)) {
    const program = programOf(kernelCase);
    let stepper: Pick<Stepper, 'dispose'> & { step(feeds: Values): Promise<Values> };
    try {
      stepper = await compileStep(program, {}, kernelCase.inputs, {}, native);
    } catch (error) {
      assert.match(String(error), /the native engine cannot run this: (operator \w+|\w+)/, name);
      left.push(name);
      continue;
    }
    const eager = await compileStep(program, {}, kernelCase.inputs, {}, { engine: 'tfjs' });
    for (const seed of [1, 2]) {
      const feeds = feedsOf(kernelCase, seed);
      assertClose(await stepper.step(feeds), await eager.step(feeds));
    }
    await stepper.dispose();
  }
  assert.deepEqual(left, elsewhere);
});

test('results do not depend on the number of threads', async () => {
  const shape = { inputs: 64, hidden: [80, 48], outputs: 1, layerNorm: true, heads: 5 };
  const { program, state, feeds, initial } = criticCase(shape, 100);
  const found: Values[] = [];
  for (const threads of [1, 2, 3, 7]) {
    const stepper = await compileStep(program, state, feeds, initial, { ...native, threads });
    const random = createRandom(1);
    for (let step = 0; step < 4; step++) await stepper.step(drawFeeds(feeds, random));
    found.push(await stepper.read());
  }
  for (const other of found.slice(1)) assert.deepEqual(other, found[0]);
});

test('in parts a program does what it does in one go, and asks for a turn before each', async () => {
  const shape = { inputs: 20, hidden: [32, 32], outputs: 1, layerNorm: true, heads: 5 };
  const { program, state, feeds, initial } = criticCase(shape, 100);
  for (const threads of [1, 2]) {
    const options = { ...native, threads };
    const compiled = (): Promise<Stepper<'critic'>> =>
      compileSteps({ critic: program }, state, { critic: feeds }, initial, options);
    const [whole, parted] = [await compiled(), await compiled()];
    let asked = 0;
    /** Steps both once. @returns turns that were asked for */
    const step = async (part: number, random: Random): Promise<number> => {
      const values = drawFeeds(feeds, random);
      asked = 0;
      const next = async (): Promise<void> => {
        asked++;
        await new Promise((resolve) => setImmediate(resolve));
      };
      assert.deepEqual(
        await parted.step('critic', values, { part, next }),
        await whole.step('critic', values),
      );
      return asked;
    };
    const random = createRandom(1);
    const timed = await step(1, random);
    assert.ok(timed > 10, 'at first one by one, to be timed');
    assert.deepEqual([await step(1, random), await step(1, random)], [timed, timed]);
    assert.equal(await step(1, random), 1, 'all of it takes less than a second');
    assert.equal(await step(0, random), timed, 'no step takes no time');
    assert.deepEqual(await parted.read(), await whole.read());
  }
});

test('parts are as few as their length allows, and about as long as one another', () => {
  const lengths = (times: readonly number[], longest: number): number[] =>
    cutByTime(times, longest).map(({ from, to, time }) => {
      assert.ok(to > from);
      const sum = times.slice(from, to).reduce((total, one) => total + one, 0);
      assert.ok(Math.abs(sum - time) < 1e-9);
      return to - from;
    });
  assert.deepEqual(lengths([1, 1, 1, 1], 10), [4]);
  assert.deepEqual(lengths([1, 1, 1, 1], 3), [2, 2]);
  assert.deepEqual(lengths([1, 9, 1, 1], 3), [1, 1, 2], 'one that is longer is a part of its own');
  assert.deepEqual(lengths([2, 2, 2], 0), [1, 1, 1]);
});

test('gradients of a single network go through to its input, with and without layer norm', async () => {
  for (const layerNorm of [true, false]) {
    const shape = { inputs: 5, hidden: [19, 8], outputs: 3, layerNorm };
    const signature = mlpSignature('net', shape);
    const program: Program = (t: T) => {
      const loss = (p: T): Tensor => tf.sum(tf.square(mlpForward('net', shape, p, p.x)));
      const { grads } = gradients(loss, t);
      return Object.fromEntries(Object.entries(grads).map(([name, grad]) => [`d/${name}`, grad]));
    };
    const feeds = { ...signature, x: { shape: [14, 5] } };
    const values = {
      ...mlpInitial('net', shape, createRandom(2)),
      x: drawFeeds({ x: feeds.x }, createRandom(3)).x,
    };
    const [tested, eager] = [
      await compileStep(program, {}, feeds, {}, { ...native, threads: 2 }),
      await compileStep(program, {}, feeds, {}, { engine: 'tfjs' }),
    ];
    assertClose(await tested.step(values), await eager.step(values));
  }
});

test('state that is read after its new value is made keeps the old one until the end', async () => {
  const program: Program = ({ a, b, c, x }: T) => {
    const next = tf.add(a, x);
    return { a: next, b: tf.mul(a, 2), c: b, sum: tf.add(tf.add(a, b), tf.add(c, next)) };
  };
  const state = { a: { shape: [3] }, b: { shape: [3] }, c: { shape: [3] } };
  const initial = { a: Float32Array.of(1, 2, 3), b: Float32Array.of(4, 5, 6), c: Float32Array.of(7, 8, 9) };
  const stepper = await compileStep(program, state, { x: { shape: [] } }, initial, native);
  const { sum } = await stepper.step({ x: Float32Array.of(10) });
  assert.deepEqual([...sum], [23, 27, 31]);
  const after = await stepper.read();
  assert.deepEqual([...after.a], [11, 12, 13]);
  assert.deepEqual([...after.b], [2, 4, 6]);
  assert.deepEqual([...after.c], [4, 5, 6]);
});

test('steppers at work at the same time do not disturb each other', async () => {
  const shape = { inputs: 9, hidden: [32, 32], outputs: 1, layerNorm: true, heads: 4 };
  const { program, state, feeds, initial } = criticCase(shape, 64);
  const run = async (together: boolean): Promise<Values[]> => {
    const steppers = await Promise.all(
      [2, 2, 2].map((threads) => compileStep(program, state, feeds, initial, { ...native, threads })),
    );
    const task = async (index: number): Promise<Values> => {
      const random = createRandom(index);
      for (let step = 0; step < 20; step++) await steppers[index].step(drawFeeds(feeds, random));
      return steppers[index].read();
    };
    if (together) return Promise.all(steppers.map((_, index) => task(index)));
    const alone: Values[] = [];
    for (const index of steppers.keys()) alone.push(await task(index));
    return alone;
  };
  assert.deepEqual(await run(true), await run(false));
});

test('auto leaves to ONNX Runtime what is not native, and native says why it cannot', async () => {
  const program: Program = ({ x }: T) => ({ y: tf.sin(x) });
  const compiled = (engine: 'auto' | 'native'): Promise<Stepper<'p'>> =>
    compileSteps({ p: program }, {}, { p: { x: { shape: [2] } } }, {}, { engine });
  const stepper = await compiled('auto');
  assert.equal(stepper.device, 'cpu');
  assert.ok(Math.abs((await stepper.step('p', { x: Float32Array.of(1, 2) })).y[0] - Math.sin(1)) < 1e-6);
  await assert.rejects(compiled('native'), /the native engine cannot run this: operator Sin/);
  const plain = await compileSteps(
    { p: ({ x }: T) => ({ y: tf.neg(x) }) },
    {},
    { p: { x: { shape: [1] } } },
    {},
  );
  assert.equal(plain.device, 'cpu (native)');
});
