/** Operators of the native engine: whole layers, their gradients, and the optimiser's step (native/operations.hpp). */
import type { Operand } from './kernel.js';
import { defineKernel } from './kernel.js';

/** Kernels of this engine alone; `layers.ts` and `adamw.ts` run them where a graph for the native engine is traced. */
export const NATIVE = {
  dense: 'GraftDense',
  denseBack: 'GraftDenseBack',
  denseInputGradient: 'GraftDenseInputGradient',
  denseWeightGradient: 'GraftDenseWeightGradient',
  adamw: 'GraftAdamW',
  lerp: 'GraftLerp',
} as const;

/** Registers the operators of the native engine. */
export function defineNativeKernels(): void {
  defineLayers();
  defineOptimiser();
}

const float = (name: string, shape: readonly number[]): Operand => ({ name, shape, dtype: 'float32' });

/** [heads, batch, in] times [heads, in, out], or the same without heads: sizes, and the leading dimensions of the result. */
function layerShape(w: Operand, rows: number, width: number): number[] {
  return [...w.shape.slice(0, -2), rows, width];
}

function defineLayers(): void {
  defineKernel(NATIVE.dense, ({ graph, operand, attributes }) => {
    const [x, w, bias] = [operand('x'), operand('w'), operand('bias')];
    const { normalise, rectify, epsilon } = attributes as Record<string, number>;
    const [rows, outputs] = [x.shape[x.shape.length - 2], w.shape[w.shape.length - 1]];
    const shape = layerShape(w, rows, outputs);
    const given = { normalise, rectify, epsilon: { float: epsilon } };
    const names = graph.own('Dense', [x.name, w.name, bias.name], given, normalise === 1 ? 3 : 1);
    const shapes = [shape, shape, layerShape(w, rows, 1)];
    return names.map((name, index) => float(name, shapes[index]));
  });
  defineKernel(NATIVE.denseBack, ({ graph, operand, attributes }) => {
    const inputs = ['dy', 'y', ...(attributes.normalise === 1 ? ['hat', 'inverse'] : [])].map(operand);
    const { normalise, rectify } = attributes as Record<string, number>;
    const names = inputs.map(({ name }) => name);
    return float(graph.own('DenseBack', names, { normalise, rectify }, 1)[0], inputs[0].shape);
  });
  defineKernel(NATIVE.denseInputGradient, ({ graph, operand }) => {
    const [dz, w] = [operand('dz'), operand('w')];
    const [inputs, rows] = [w.shape[w.shape.length - 2], dz.shape[dz.shape.length - 2]];
    const [name] = graph.own('DenseInputGradient', [dz.name, w.name], {}, 1);
    return float(name, layerShape(w, rows, inputs));
  });
  defineKernel(NATIVE.denseWeightGradient, ({ graph, operand }) => {
    const [x, dz] = [operand('x'), operand('dz')];
    const [inputs, outputs] = [x, dz].map(({ shape }) => shape[shape.length - 1]);
    const lead = dz.shape.slice(0, -2);
    const names = graph.own('DenseWeightGradient', [x.name, dz.name], {}, 2);
    return [
      float(names[0], [...lead, inputs, outputs]),
      float(names[1], lead.length === 0 ? [outputs] : [...lead, 1, outputs]),
    ];
  });
}

function defineOptimiser(): void {
  defineKernel(NATIVE.adamw, ({ graph, operand, attributes }) => {
    const names = ['param', 'm', 'v', 'grad', 'scale', 'size', 'epsilon', 'keep'];
    const operands = names.map(operand);
    const { beta1, beta2 } = attributes as Record<string, number>;
    const results = graph.own(
      'AdamW',
      operands.map(({ name }) => name),
      { beta1: { float: beta1 }, beta2: { float: beta2 } },
      3,
    );
    return results.map((name) => float(name, operands[0].shape));
  });
  defineKernel(NATIVE.lerp, ({ graph, operand, attributes }) => {
    const [a, b] = [operand('a'), operand('b')];
    const [name] = graph.own('Lerp', [a.name, b.name], { t: { float: attributes.t as number } }, 1);
    return float(name, a.shape);
  });
}
