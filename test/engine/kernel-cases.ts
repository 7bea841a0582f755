/** Small programs that reach every kernel of the tracing backend, with inputs in their domain. */
import assert from 'node:assert/strict';
import { createRandom, gradients, tf } from '../../src/engine/index.js';
import type { Program, Signature, Tensor, Values } from '../../src/engine/index.js';

type T = Record<string, Tensor>;
export type Case = {
  readonly f: (t: T) => Tensor;
  readonly inputs: Signature;
  /** Maps a standard normal number to the function's domain. */
  readonly domain?: (x: number) => number;
  readonly gradient?: boolean;
};

const matrix: Signature = { x: { shape: [3, 4] } };
const pair: Signature = { a: { shape: [2, 3, 4] }, b: { shape: [3, 1] } };
const cube: Signature = { a: { shape: [2, 3, 4] } };
const column: Signature = { b: { shape: [3, 1] } };
const flags: Signature = { p: { shape: [3, 4], dtype: 'bool' }, q: { shape: [4], dtype: 'bool' } };
const whole: Signature = { i: { shape: [6], dtype: 'int32' }, j: { shape: [6], dtype: 'int32' } };
const positive = (x: number): number => Math.abs(x) + 0.1;
const inUnit = (x: number): number => Math.tanh(x) * 0.9;
const aboveOne = (x: number): number => Math.abs(x) + 1.1;

const unary = (op: (x: Tensor) => Tensor, domain?: (x: number) => number, gradient = true): Case => ({
  f: ({ x }) => op(x),
  inputs: matrix,
  gradient,
  ...(domain ? { domain } : {}),
});
const binary = (
  op: (a: Tensor, b: Tensor) => Tensor,
  domain?: (x: number) => number,
  gradient = true,
): Case => ({
  f: ({ a, b }) => op(a, b),
  inputs: pair,
  gradient,
  ...(domain ? { domain } : {}),
});

export const cases: Record<string, Case> = {
  abs: unary(tf.abs),
  acos: unary(tf.acos, inUnit),
  acosh: unary(tf.acosh, aboveOne),
  asin: unary(tf.asin, inUnit),
  asinh: unary(tf.asinh),
  atan: unary(tf.atan),
  atanh: unary(tf.atanh, inUnit),
  ceil: unary(tf.ceil, undefined, false),
  cos: unary(tf.cos),
  cosh: unary(tf.cosh),
  elu: unary(tf.elu),
  erf: unary(tf.erf),
  exp: unary(tf.exp),
  expm1: unary(tf.expm1),
  floor: unary(tf.floor, undefined, false),
  leakyRelu: unary((x) => tf.leakyRelu(x, 0.1)),
  log: unary(tf.log, positive),
  log1p: unary(tf.log1p, positive),
  neg: unary(tf.neg),
  reciprocal: unary(tf.reciprocal, positive),
  relu: unary(tf.relu),
  relu6: unary((x) => tf.relu6(tf.mul(x, 5))),
  round: unary(tf.round, undefined, false),
  rsqrt: unary(tf.rsqrt, positive),
  selu: unary(tf.selu),
  sigmoid: unary(tf.sigmoid),
  sign: unary(tf.sign, undefined, false),
  sin: unary(tf.sin),
  sinh: unary(tf.sinh),
  softplus: unary(tf.softplus),
  sqrt: unary(tf.sqrt, positive),
  square: unary(tf.square),
  step: unary((x) => tf.step(x), undefined, false),
  'step with slope': unary((x) => tf.step(x, 0.2), undefined, false),
  tan: unary(tf.tan, inUnit),
  tanh: unary(tf.tanh),
  clipByValue: unary((x) => tf.clipByValue(x, -0.5, 0.6)),
  clone: unary((x) => tf.clone(x)),
  isNaN: unary((x) => tf.isNaN(tf.log(x)), undefined, false),
  isInf: unary((x) => tf.isInf(tf.div(1, tf.relu(x))), undefined, false),
  isFinite: unary((x) => tf.isFinite(tf.div(1, tf.relu(x))), undefined, false),
  zerosLike: unary(tf.zerosLike, undefined, false),
  onesLike: unary(tf.onesLike, undefined, false),
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div, positive),
  maximum: binary(tf.maximum, undefined, false),
  minimum: binary(tf.minimum, undefined, false),
  pow: binary(tf.pow, positive),
  squaredDifference: binary(tf.squaredDifference, undefined, false),
  mod: binary(tf.mod, positive, false),
  greater: binary(tf.greater, Math.round, false),
  greaterEqual: binary(tf.greaterEqual, Math.round, false),
  less: binary(tf.less, Math.round, false),
  lessEqual: binary(tf.lessEqual, Math.round, false),
  equal: binary(tf.equal, Math.round, false),
  notEqual: binary(tf.notEqual, Math.round, false),
  addN: { f: ({ x }) => tf.addN([x, tf.square(x), x]), inputs: matrix, gradient: true },
  prelu: { f: ({ x, w }) => tf.prelu(x, w), inputs: { ...matrix, w: { shape: [4] } } },
  huber: unary((x) => tf.losses.huberLoss<Tensor, Tensor>(tf.zerosLike(x), x, undefined, 0.7)),
  logicalAnd: { f: ({ p, q }) => tf.logicalAnd(p, q), inputs: flags },
  logicalOr: { f: ({ p, q }) => tf.logicalOr(p, q), inputs: flags },
  logicalNot: { f: ({ p }) => tf.logicalNot(p), inputs: flags },
  'sum of booleans': { f: ({ p }) => tf.sum(p, 0), inputs: flags },
  'equal booleans': { f: ({ p, q }) => tf.equal(p, q), inputs: flags },
  'where, boolean input': { f: ({ p }) => tf.where(p, 2, tf.cast(p, 'float32')), inputs: flags },
  any: { f: ({ p }) => tf.any(p, 1), inputs: flags },
  all: { f: ({ p }) => tf.all(p, 1), inputs: flags },
  floorDiv: { f: ({ i, j }) => tf.floorDiv(i, tf.add(tf.abs(j), tf.scalar(1, 'int32'))), inputs: whole },
  'integer arithmetic': { f: ({ i, j }) => tf.sub(tf.mul(i, j), tf.maximum(i, j)), inputs: whole },
  'integer sum': { f: ({ i }) => tf.sum(i), inputs: whole },
  'integer comparison': { f: ({ i, j }) => tf.greater(i, j), inputs: whole },
  'cast to integer and back': unary(
    (x) => tf.cast(tf.cast(tf.mul(x, 3), 'int32'), 'float32'),
    undefined,
    false,
  ),
  'cast to boolean': unary((x) => tf.cast(tf.relu(x), 'bool'), undefined, false),
  // tfjs does not sum these gradients over broadcast dimensions, so they are taken on equal shapes.
  'maximum, gradient': unary((x) => tf.maximum(tf.sin(x), x)),
  'minimum, gradient': unary((x) => tf.minimum(tf.sin(x), x)),
  'squaredDifference, gradient': unary((x) => tf.squaredDifference(tf.sin(x), x)),
  where: binary(
    (a, b) => tf.where(tf.greater(a, b), tf.mul(a, 2), tf.broadcastTo(b, [2, 3, 4])),
    undefined,
    false,
  ),
  'where, gradient': {
    f: ({ a }) =>
      tf.where(tf.tensor1d([1, 0, 0, 1], 'bool').broadcastTo([2, 3, 4]), tf.mul(a, 2), tf.square(a)),
    inputs: cube,
    gradient: true,
  },
  'where by rows': {
    f: ({ x, w }) => tf.where(tf.greater(w, 0), tf.square(x), x),
    inputs: { ...matrix, w: { shape: [3, 1] } },
  },
  'sum of all': unary((x) => tf.sum(x)),
  'sum, middle axis': { f: ({ a }) => tf.sum(a, 1, true), inputs: cube, gradient: true },
  'mean of all': unary((x) => tf.mean(x)),
  'mean, negative axis': { f: ({ a }) => tf.mean(a, -2), inputs: cube, gradient: true },
  'mean, two axes': { f: ({ a }) => tf.mean(a, [0, 2]), inputs: cube, gradient: true },
  max: { f: ({ a }) => tf.max(a, 2), inputs: cube, gradient: true },
  min: { f: ({ a }) => tf.min(a, 0), inputs: cube, gradient: true },
  prod: unary((x) => tf.prod(x, 1), undefined, false),
  argMax: unary((x) => tf.argMax(x, 1), undefined, false),
  argMin: unary((x) => tf.argMin(x, 0), undefined, false),
  softmax: unary((x) => tf.softmax(x)),
  logSoftmax: unary((x) => tf.logSoftmax(x)),
  logSumExp: unary((x) => tf.logSumExp(x, 1)),
  cumsum: unary((x) => tf.cumsum(x, 1)),
  'cumsum, exclusive': unary((x) => tf.cumsum(x, 0, true, true), undefined, false),
  reshape: unary((x) => tf.reshape(x, [2, -1])),
  expandDims: unary((x) => tf.expandDims(x, 1)),
  squeeze: { f: ({ b }) => tf.squeeze(b), inputs: column, gradient: true },
  transpose: { f: ({ a }) => tf.transpose(a, [2, 0, 1]), inputs: cube, gradient: true },
  broadcastTo: { f: ({ b }) => tf.broadcastTo(b, [3, 5]), inputs: column, gradient: true },
  tile: unary((x) => tf.tile(x, [2, 3])),
  slice: { f: ({ a }) => tf.slice(a, [0, 1, 2], [2, 2, -1]), inputs: cube, gradient: true },
  reverse: unary((x) => tf.reverse(x, 1)),
  concat: {
    f: ({ x, w }) => tf.concat([x, w, x], 1),
    inputs: { ...matrix, w: { shape: [3, 2] } },
    gradient: true,
  },
  stack: unary((x) => tf.stack([x, tf.square(x)], 1)),
  unstack: unary((x) => tf.sub(tf.unstack(x, 1)[2], tf.unstack(x, 1)[0])),
  split: unary((x) => tf.mul(tf.split(x, [1, 3], 1)[1], tf.split(x, 4, 1)[0])),
  pad: unary((x) =>
    tf.pad(
      x,
      [
        [1, 0],
        [2, 1],
      ],
      0.5,
    ),
  ),
  gather: unary((x) => tf.gather(x, tf.tensor1d([2, 0, 2, 1], 'int32'), 1)),
  'gather by an input': {
    f: ({ x, w }) => tf.gather(x, tf.cast(tf.step(w), 'int32')),
    inputs: { ...matrix, w: { shape: [5] } },
  },
  oneHot: { f: ({ i }) => tf.oneHot(tf.abs(i), 4), inputs: whole },
  fill: unary((x) => tf.add(x, tf.fill([3, 4], 2))),
  'matMul 2-D': {
    f: ({ x, w }) => tf.matMul(x, w),
    inputs: { x: { shape: [3, 4] }, w: { shape: [4, 2] } },
    gradient: true,
  },
  'matMul 2-D, transposed': {
    f: ({ x, w }) => tf.matMul(x, w, true, true),
    inputs: { x: { shape: [4, 3] }, w: { shape: [2, 4] } },
    gradient: true,
  },
  'matMul 3-D': {
    f: ({ x, w }) => tf.matMul(x, w),
    inputs: { x: { shape: [5, 3, 4] }, w: { shape: [5, 4, 2] } },
    gradient: true,
  },
  'matMul 3-D, transposed': {
    f: ({ x, w }) => tf.matMul(x, w, true, true),
    inputs: { x: { shape: [5, 4, 3] }, w: { shape: [5, 2, 4] } },
    gradient: true,
  },
  'matMul, broadcast batch, transposed': {
    f: ({ x, w }) => tf.matMul(x, w, true, false),
    inputs: { x: { shape: [1, 4, 3] }, w: { shape: [5, 4, 2] } },
  },
};

/** The case with, if it has one, the gradient of a weighted sum of its result. */
export function programOf({ f, gradient }: Case): Program {
  return (t) => {
    if (gradient !== true) return { y: f(t) };
    const weighted = (params: T): Tensor => {
      const y = f({ ...t, ...params });
      const weights = tf.tensor(
        Float32Array.from({ length: y.size }, (_, i) => Math.cos(3 * i + 1)),
        y.shape,
      );
      return tf.sum(tf.mul(y, weights));
    };
    const used = Object.keys(t).filter((name) => t[name].dtype === 'float32');
    const { grads } = gradients(weighted, Object.fromEntries(used.map((name) => [name, t[name]])));
    return { y: f(t), ...Object.fromEntries(used.map((name) => [`d${name}`, grads[name]])) };
  };
}

export function feedsOf({ inputs, domain = (x) => x }: Case, seed: number): Values {
  const random = createRandom(seed);
  const values = Object.entries(inputs).map(([name, { shape, dtype }]) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const draw = (): number => {
      if (dtype === 'bool') return random.integer(2);
      return dtype === 'int32' ? random.integer(7) - 3 : domain(random.normal());
    };
    return [name, Float32Array.from({ length }, draw)] as const;
  });
  return Object.fromEntries(values);
}

/** Relative to the value, or for small ones to 1: sums cancel. */
const close = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(b));

/** @throws AssertionError where values differ by more than 1e-5, relative to the value or for small ones to 1 */
export function assertClose(got: Values, expected: Values): void {
  for (const output of Object.keys(expected)) {
    assert.equal(got[output].length, expected[output].length, output);
    got[output].forEach((value, i) => {
      assert.ok(close(value, expected[output][i]), `${output}[${i}]: ${value}, tfjs ${expected[output][i]}`);
    });
  }
}
