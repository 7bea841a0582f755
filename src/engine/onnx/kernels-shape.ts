import * as tf from '../tf.js';
import type { DType } from '../types.js';
import { sizeOf } from '../values.js';
import type { OnnxGraph } from './graph.js';
import type { Operand } from './kernel.js';
import { castTo, defineKernel, filled, reshapeTo } from './kernel.js';

/** ONNX Slice takes a far end for "to the end, backwards". */
const BEFORE_FIRST = -(2 ** 31);

/** Registers reshaping, slicing, joining, gathering and filling. */
export function defineShapeKernels(): void {
  defineReshaping();
  defineSlicing();
  defineJoining();
  defineSplitting();
  definePadding();
  defineGathering();
  defineFilling();
}

function axisOf(axis: unknown, shape: readonly number[]): number {
  return tf.util.parseAxisParam(axis as number, [...shape])[0];
}

function defineReshaping(): void {
  defineKernel('Reshape', ({ graph, operand, attributes }) => {
    const x = operand('x');
    const size = sizeOf(x.shape);
    return reshapeTo(graph, x, tf.util.inferFromImplicitShape([...(attributes.shape as number[])], size));
  });
  defineKernel('ExpandDims', ({ graph, operand, attributes }) => {
    const x = operand('input');
    const dim = attributes.dim as number;
    const shape = [...x.shape];
    shape.splice(dim < 0 ? x.shape.length + dim + 1 : dim, 0, 1);
    return reshapeTo(graph, x, shape);
  });
  defineKernel('Transpose', ({ graph, operand, attributes }) => {
    const x = operand('x');
    const perm = attributes.perm as number[];
    const name = graph.node('Transpose', [x.name], { perm });
    return { name, shape: perm.map((axis) => x.shape[axis]), dtype: x.dtype };
  });
  defineKernel('Tile', ({ graph, operand, attributes }) => {
    const x = operand('x');
    const reps = attributes.reps as number[];
    const name = graph.node('Tile', [x.name, graph.integers(reps)]);
    return { name, shape: x.shape.map((dim, axis) => dim * reps[axis]), dtype: x.dtype };
  });
}

function sliceOf(graph: OnnxGraph, x: Operand, begin: readonly number[], size: readonly number[]): Operand {
  if (size.every((count, axis) => count === x.shape[axis])) return x;
  const axes = x.shape.map((_, axis) => axis).filter((axis) => size[axis] !== x.shape[axis]);
  const starts = graph.integers(axes.map((axis) => begin[axis]));
  const ends = graph.integers(axes.map((axis) => begin[axis] + size[axis]));
  return {
    name: graph.node('Slice', [x.name, starts, ends, graph.integers(axes)]),
    shape: [...size],
    dtype: x.dtype,
  };
}

function defineSlicing(): void {
  defineKernel('Slice', ({ graph, operand, attributes }) => {
    const x = operand('x');
    // tfjs's parser reads only the shape of its tensor.
    const shaped = { shape: [...x.shape], rank: x.shape.length } as unknown as tf.TensorInfo;
    const [begin, size] = tf.slice_util.parseSliceParams(
      shaped,
      attributes.begin as number | number[],
      attributes.size as number | number[] | undefined,
    );
    return sliceOf(graph, x, begin, size);
  });
  defineKernel('Reverse', ({ graph, operand, attributes }) => {
    const x = operand('x');
    const axes = tf.util.parseAxisParam(attributes.dims as number | number[], [...x.shape]);
    if (axes.length === 0) return x;
    const every = (value: number): string => graph.integers(axes.map(() => value));
    const name = graph.node('Slice', [
      x.name,
      every(-1),
      every(BEFORE_FIRST),
      graph.integers(axes),
      every(-1),
    ]);
    return { name, shape: x.shape, dtype: x.dtype };
  });
}

function concatOf(graph: OnnxGraph, parts: readonly Operand[], axis: number): Operand {
  const shape = [...parts[0].shape];
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis], 0);
  const names = parts.map((part) => part.name);
  const name = parts.length === 1 ? names[0] : graph.node('Concat', names, { axis });
  return { name, shape, dtype: parts[0].dtype };
}

function defineJoining(): void {
  defineKernel('Concat', ({ graph, operands, attributes }) => {
    const parts = operands();
    return concatOf(graph, parts, axisOf(attributes.axis, parts[0].shape));
  });
  defineKernel('Pack', ({ graph, operands, attributes }) => {
    const parts = operands();
    const axis = axisOf(attributes.axis, [...parts[0].shape, 1]);
    const shape = [...parts[0].shape];
    shape.splice(axis, 0, 1);
    return concatOf(
      graph,
      parts.map((part) => reshapeTo(graph, part, shape)),
      axis,
    );
  });
}

function defineSplitting(): void {
  defineKernel('SplitV', ({ graph, operand, attributes }) => {
    const x = operand('x');
    const axis = axisOf(attributes.axis, x.shape);
    const shaped = { shape: [...x.shape] } as unknown as tf.Tensor;
    const sizes = tf.backend_util.prepareSplitSize(
      shaped,
      attributes.numOrSizeSplits as number | number[],
      axis,
    );
    return pieces(graph, x, axis, sizes);
  });
  defineKernel('Unpack', ({ graph, operand, attributes }) => {
    const x = operand('value');
    const axis = axisOf(attributes.axis, x.shape);
    const shape = x.shape.filter((_, index) => index !== axis);
    const ones = Array.from({ length: x.shape[axis] }, () => 1);
    return pieces(graph, x, axis, ones).map((part) => reshapeTo(graph, part, shape));
  });
}

function pieces(graph: OnnxGraph, x: Operand, axis: number, sizes: readonly number[]): Operand[] {
  if (sizes.length === 1) return [x];
  const names = graph.add(
    'Split',
    [x.name, graph.integers(sizes)],
    { axis },
    sizes.map(() => graph.fresh()),
  );
  return names.map((name, index) => {
    const shape = x.shape.map((dim, at) => (at === axis ? sizes[index] : dim));
    return { name, shape, dtype: x.dtype };
  });
}

function definePadding(): void {
  defineKernel('PadV2', ({ graph, operand, attributes }) => {
    const x = operand('x');
    const paddings = attributes.paddings as [number, number][];
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
    const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
    const fill = graph.scalar(attributes.constantValue as number, x.dtype);
    const name = graph.node('Pad', [x.name, graph.integers(pads), fill]);
    const shape = x.shape.map((dim, axis) => dim + paddings[axis][0] + paddings[axis][1]);
    return { name, shape, dtype: x.dtype };
  });
}

function defineGathering(): void {
  defineKernel('GatherV2', ({ graph, operand, attributes }) => {
    const [x, indices] = [operand('x'), castTo(graph, operand('indices'), 'int32')];
    if (attributes.batchDims !== undefined && attributes.batchDims !== 0) {
      throw new Error('gather with batchDims is not supported by the onnx engine: slice and stack instead');
    }
    const axis = axisOf(attributes.axis, x.shape);
    const name = graph.node('Gather', [x.name, indices.name], { axis });
    return {
      name,
      shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
      dtype: x.dtype,
    };
  });
  defineKernel('OneHot', ({ graph, operand, attributes }) => {
    const indices = castTo(graph, operand('indices'), 'int32');
    const depth = attributes.depth as number;
    const dtype = attributes.dtype as DType;
    const on = graph.constant(
      Float32Array.of(attributes.offValue as number, attributes.onValue as number),
      [2],
      'float32',
    );
    const name = graph.node('OneHot', [indices.name, graph.scalar(depth, 'int32'), on]);
    return castTo(graph, { name, shape: [...indices.shape, depth], dtype: 'float32' }, dtype);
  });
  defineKernel('UnsortedSegmentSum', ({ graph, operand, attributes }) => {
    const [x, ids] = [operand('x'), castTo(graph, operand('segmentIds'), 'int32')];
    const shape = [attributes.numSegments as number, ...x.shape.slice(1)];
    const at = graph.node('Unsqueeze', [graph.node('Cast', [ids.name], { to: 7 }), graph.integers([1])]);
    const zeros = filled(graph, shape, 0, x.dtype);
    const name = graph.node('ScatterND', [zeros.name, at, x.name], { reduction: { text: 'add' } });
    return { name, shape, dtype: x.dtype };
  });
}

function defineFilling(): void {
  defineKernel('Fill', ({ graph, attributes }) => {
    const dtype = (attributes.dtype as DType | undefined) ?? 'float32';
    return filled(graph, attributes.shape as number[], attributes.value as number, dtype);
  });
}
