/** The operators that the native engine alone has (onnx/kernels-native.ts) as steps. */
import type { GraphNode } from '../onnx/graph.js';
import { sizeOf } from '../values.js';
import { Code, encodeNest, pieceSize, reductions, type Share, type Step, type Value } from './step.js';
import { NotNative, scratch, valueOf, type Translation } from './translate.js';

type Operation = Omit<Step, 'reads' | 'writes' | 'inPlace'>;

/** Appends the step of an operator of domain `graft`. */
export function translateOwn(node: GraphNode, translation: Translation): void {
  const write = writers[node.operator];
  if (write === undefined) throw new NotNative(`operator ${node.operator}`);
  write(node, translation);
}

type Writer = (node: GraphNode, translation: Translation) => void;

/** An operator with one step: `shapes` says its results, `operation` its numbers. */
function single(
  shapesOf: (inputs: readonly Value[], node: GraphNode) => (readonly number[])[],
  operationOf: (inputs: readonly Value[], outputs: readonly Value[], node: GraphNode) => Operation,
  inPlace = false,
): Writer {
  return (node, translation) => {
    const inputs = node.inputs.map((name) => valueOf(name, translation));
    const outputs = shapesOf(inputs, node).map(scratch);
    node.outputs.forEach((name, index) => translation.values.set(name, outputs[index]));
    translation.steps.push({
      reads: inputs.map(({ block }) => block),
      writes: outputs.map(({ block }) => block),
      inPlace,
      ...operationOf(inputs, outputs, node),
    });
  };
}

/** Sizes of a layer out of its weights [in, out] or [heads, in, out], and rows of what goes through. */
function layerOf(
  w: Value,
  x: Value,
): { heads: number; rows: number; inputs: number; outputs: number; lead: number[] } {
  const [inputs, outputs] = w.shape.slice(-2);
  const lead = w.shape.slice(0, -2);
  return { heads: sizeOf(lead), rows: x.shape[x.shape.length - 2], inputs, outputs, lead };
}

/** How far the next head's part of `x` is: none where all heads see the same. */
function headStride(x: Value, heads: number): number {
  const own = x.shape.length < 3 ? 1 : x.shape[0];
  return own === heads ? x.block.size / heads : 0;
}

const byRows = (heads: number): Share => ({ by: 'heads', heads, rows: 'batch' });

function flag(node: GraphNode, name: string): number {
  return (node.attributes[name] as number | undefined) ?? 0;
}

function real(node: GraphNode, name: string): number {
  return (node.attributes[name] as { float: number }).float;
}

const place = (value: Value | undefined): number => value?.block.place ?? -1;

const writeDense = single(
  ([x, w], node) => {
    const { rows, outputs, lead } = layerOf(w, x);
    const shape = [...lead, rows, outputs];
    return flag(node, 'normalise') === 1 ? [shape, shape, [...lead, rows, 1]] : [shape];
  },
  ([x, w, bias], [y, hat, inverse], node) => {
    const { heads, rows, inputs, outputs } = layerOf(w, x);
    return {
      share: byRows(heads),
      ...(hat === undefined ? {} : { spare: [hat.block, y.block] as const }),
      encode: () => [
        ...[Code.dense, heads, rows, inputs, outputs, place(x), headStride(x, heads), place(w), place(bias)],
        ...[place(y), place(hat), place(inverse)],
        ...[flag(node, 'normalise'), flag(node, 'rectify'), real(node, 'epsilon')],
      ],
    };
  },
);

const writeDenseBack = single(
  ([dy]) => [dy.shape],
  ([dy, y, hat, inverse], [dz], node) => {
    const [rows, outputs] = dy.shape.slice(-2);
    const heads = sizeOf(dy.shape.slice(0, -2));
    return {
      share: byRows(heads),
      encode: () => [
        ...[Code.denseBack, heads, rows, outputs, place(dy), place(y), place(hat), place(inverse), place(dz)],
        ...[flag(node, 'normalise'), flag(node, 'rectify')],
      ],
    };
  },
);

const writeDenseInputGradient = single(
  ([dz, w]) => {
    const { rows, inputs, lead } = layerOf(w, dz);
    return [[...lead, rows, inputs]];
  },
  ([dz, w], [dx]) => {
    const { heads, rows, inputs, outputs } = layerOf(w, dz);
    return {
      share: byRows(heads),
      encode: () => [Code.denseInputGradient, heads, rows, inputs, outputs, place(dz), place(w), place(dx)],
    };
  },
);

const writeDenseWeightGradient = single(
  ([x, dz]) => {
    const [inputs, outputs] = [x, dz].map(({ shape }) => shape[shape.length - 1]);
    const lead = dz.shape.slice(0, -2);
    return [[...lead, inputs, outputs], lead.length === 0 ? [outputs] : [...lead, 1, outputs]];
  },
  ([x, dz], [dw, dbias]) => {
    const [rows, outputs] = dz.shape.slice(-2);
    const [heads, inputs] = [sizeOf(dz.shape.slice(0, -2)), x.shape[x.shape.length - 1]];
    return {
      share: { by: 'heads', heads, rows: 'inputs' },
      encode: () => [
        ...[Code.denseWeightGradient, heads, rows, inputs, outputs, place(x), headStride(x, heads)],
        ...[place(dz), place(dw), place(dbias)],
      ],
    };
  },
);

const writeAdamw = single(
  ([param]) => [param.shape, param.shape, param.shape],
  (inputs, outputs, node) => {
    const { size } = inputs[0].block;
    return {
      share: { by: 'elements', size, grain: 1 },
      encode: () => [
        ...[
          Code.adamw,
          size,
          ...inputs.slice(0, 4).map(place),
          ...outputs.map(place),
          ...inputs.slice(4).map(place),
        ],
        ...[real(node, 'beta1'), real(node, 'beta2')],
      ],
    };
  },
  true,
);

const writeLerp = single(
  ([a]) => [a.shape],
  ([a, b], [out], node) => {
    const { size } = a.block;
    return {
      share: { by: 'elements', size, grain: 1 },
      encode: () => [Code.lerp, size, place(a), place(b), place(out), real(node, 't')],
    };
  },
  true,
);

/** The sum of all squares, as it is traced: sums of fixed pieces, shared out, and their sum. */
export const writeSumSquares: Writer = ({ inputs, outputs }, translation) => {
  const x = valueOf(inputs[0], translation);
  const { size } = x.block;
  const [pieces, out] = [scratch([Math.ceil(size / pieceSize)]), scratch([])];
  translation.steps.push(
    {
      reads: [x.block],
      writes: [pieces.block],
      share: { by: 'elements', size, grain: pieceSize },
      inPlace: false,
      encode: () => [Code.sumSquares, size, place(x), place(pieces)],
    },
    {
      reads: [pieces.block],
      writes: [out.block],
      share: { by: 'one' },
      inPlace: false,
      encode: () => [
        ...[Code.reduce, reductions.indexOf('ReduceSum'), 1, pieces.block.size],
        ...encodeNest(pieces.shape, [
          { block: out.block, offset: 0, strides: [0] },
          { block: pieces.block, offset: 0, strides: [1] },
        ]),
      ],
    },
  );
  translation.values.set(outputs[0], out);
};

const writers: Readonly<Record<string, Writer | undefined>> = {
  Dense: writeDense,
  DenseBack: writeDenseBack,
  DenseInputGradient: writeDenseInputGradient,
  DenseWeightGradient: writeDenseWeightGradient,
  AdamW: writeAdamw,
  Lerp: writeLerp,
};
