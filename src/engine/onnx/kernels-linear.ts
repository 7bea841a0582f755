import * as tf from '../tf.js';
import type { OnnxGraph } from './graph.js';
import type { KernelAttributes, Operand } from './kernel.js';
import { castTo, defineKernel } from './kernel.js';
import { broadcastShape } from './kernels-elementwise.js';

/** Registers matrix products, reductions, softmax, cumulative sums and layer normalisation. */
export function defineLinearKernels(): void {
  defineProducts();
  defineReductions();
  defineArguments();
  defineNormalisations();
}

/** `a` times `b` over their last two dimensions; leading dimensions broadcast. */
function product(
  graph: OnnxGraph,
  a: Operand,
  b: Operand,
  transposeA: boolean,
  transposeB: boolean,
): Operand {
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const batch = broadcastShape({ ...a, shape: a.shape.slice(0, -2) }, { ...b, shape: b.shape.slice(0, -2) });
  const shape = [...batch, transposeA ? aColumns : aRows, transposeB ? bRows : bColumns];
  const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
  const names = [a.name, b.name];
  if (!transposeA && !transposeB) return { name: graph.node('MatMul', names), shape, dtype: 'float32' };
  if (a.shape.length === 2 && b.shape.length === 2) {
    return { name: graph.node('Gemm', names, attributes), shape, dtype: 'float32' };
  }
  return { name: graph.contributed('FusedMatMul', names, attributes), shape, dtype: 'float32' };
}

function defineProducts(): void {
  defineKernel('BatchMatMul', ({ graph, operand, attributes }) => {
    const [a, b] = [operand('a'), operand('b')].map((x) => castTo(graph, x, 'float32'));
    return product(graph, a, b, Boolean(attributes.transposeA), Boolean(attributes.transposeB));
  });
}

const REDUCTIONS: Readonly<Record<string, string>> = {
  Mean: 'ReduceMean',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
};

/** The axes reduced, ascending, and the shape that is left. */
function reduction(
  x: Operand,
  attributes: KernelAttributes,
): { axes: number[]; shape: number[]; keep: boolean } {
  const given = (attributes.axis ?? attributes.reductionIndices ?? null) as number | number[] | null;
  const axes = tf.util.parseAxisParam(given as number | number[], [...x.shape]).sort((a, b) => a - b);
  const keep = Boolean(attributes.keepDims);
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return { axes, keep, shape: keep ? kept : kept.filter((_, axis) => !axes.includes(axis)) };
}

function defineReductions(): void {
  defineKernel('Sum', ({ graph, operand, attributes }) => {
    const input = operand('x');
    const x = input.dtype === 'bool' ? castTo(graph, input, 'int32') : input;
    const { axes, shape, keep } = reduction(x, attributes);
    if (axes.length === 0) return x;
    const name = graph.node('ReduceSum', [x.name, graph.integers(axes)], { keepdims: keep ? 1 : 0 });
    return { name, shape, dtype: x.dtype };
  });
  for (const [kernel, operator] of Object.entries(REDUCTIONS)) {
    defineKernel(kernel, ({ graph, operand, attributes }) => {
      const x = kernel === 'Mean' ? castTo(graph, operand('x'), 'float32') : operand('x');
      const { axes, shape, keep } = reduction(x, attributes);
      if (axes.length === 0) return x;
      return {
        name: graph.node(operator, [x.name], { axes, keepdims: keep ? 1 : 0 }),
        shape,
        dtype: x.dtype,
      };
    });
  }
  for (const [kernel, operator] of [
    ['All', 'ReduceMin'],
    ['Any', 'ReduceMax'],
  ]) {
    defineKernel(kernel, ({ graph, operand, attributes }) => {
      const x = castTo(graph, operand('x'), 'int32');
      const { axes, shape, keep } = reduction(x, attributes);
      if (axes.length === 0) return castTo(graph, x, 'bool');
      const name = graph.node(operator, [x.name], { axes, keepdims: keep ? 1 : 0 });
      return castTo(graph, { name, shape, dtype: 'int32' }, 'bool');
    });
  }
}

function defineArguments(): void {
  for (const kernel of ['ArgMax', 'ArgMin']) {
    defineKernel(kernel, ({ graph, operand, attributes }) => {
      const x = operand('x');
      const { axes, shape } = reduction(x, attributes);
      const name = graph.node(kernel, [x.name], { axis: axes[0], keepdims: 0 });
      return { name: graph.node('Cast', [name], { to: 6 }), shape, dtype: 'int32' };
    });
  }
}

function defineNormalisations(): void {
  defineKernel('Softmax', ({ graph, operand, attributes }) => {
    const x = castTo(graph, operand('logits'), 'float32');
    const name = graph.node('Softmax', [x.name], { axis: attributes.dim as number });
    return { ...x, name };
  });
  defineKernel('Cumsum', ({ graph, operand, attributes }) => {
    const x = operand('x');
    const [exclusive, reverse] = [attributes.exclusive, attributes.reverse].map((flag) =>
      flag === true ? 1 : 0,
    );
    const axis = graph.scalar(attributes.axis as number, 'int32');
    return { ...x, name: graph.node('CumSum', [x.name, axis], { exclusive, reverse }) };
  });
  defineKernel(SUM_SQUARES, ({ graph, operand }) => {
    const name = graph.node('ReduceSumSquare', [operand('x').name], { keepdims: 0 });
    return { name, shape: [], dtype: 'float32' };
  });
  defineKernel(LAYER_NORM, ({ graph, operand, attributes }) => {
    const x = operand('x');
    const width = x.shape[x.shape.length - 1];
    const ones = graph.constant(new Float32Array(width).fill(1), [width], 'float32');
    const epsilon = { float: attributes.epsilon as number };
    const outputs = [graph.fresh(), graph.fresh(), graph.fresh()];
    graph.add('LayerNormalization', [x.name, ones], { axis: -1, epsilon }, outputs);
    return [
      { ...x, name: outputs[0] },
      { name: outputs[2], shape: [...x.shape.slice(0, -1), 1], dtype: 'float32' },
    ];
  });
}

/** Kernel of this engine alone: the sum of the squares of all elements. */
export const SUM_SQUARES = 'GraftSumSquares';

/** Kernel of this engine alone: x [..., n] to its normalised rows and the rows' inverse standard deviations [..., 1]. */
export const LAYER_NORM = 'GraftLayerNorm';
