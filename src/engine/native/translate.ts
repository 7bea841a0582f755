/** Operators of a traced graph as steps of the native engine. */
import type { Attribute, GraphNode } from '../onnx/graph.js';
import { OWN_DOMAIN } from '../onnx/graph.js';
import { sizeOf } from '../values.js';
import { translateOwn, writeSumSquares } from './translate-own.js';
import {
  Block,
  broadcastStrides,
  Code,
  encodeNest,
  functions,
  reductions,
  stridesOf,
  type Step,
  type Strided,
  type Value,
} from './step.js';

/** What a translation works on: values by name, and the integers of constants that say shapes and axes. */
export type Translation = {
  readonly values: Map<string, Value>;
  readonly integers: ReadonlyMap<string, readonly number[]>;
  readonly steps: Step[];
};

/** A program has something that the native engine has not. */
export class NotNative extends Error {}

/** New memory for a result. */
export function scratch(shape: readonly number[]): Value {
  return { shape, block: new Block(sizeOf(shape), 'scratch') };
}

/** Appends the steps of an operator. @throws NotNative for one that the engine does not have */
export function translate(node: GraphNode, translation: Translation): void {
  if (node.domain === OWN_DOMAIN) return translateOwn(node, translation);
  const write = node.domain === '' ? writers[node.operator] : undefined;
  if (write === undefined) throw new NotNative(`operator ${node.operator}`);
  write(node, translation);
}

type Writer = (node: GraphNode, translation: Translation) => void;

/** The value of an input. @throws NotNative for an integer constant used as a tensor */
export function valueOf(name: string, { values }: Translation): Value {
  const value = values.get(name);
  if (value === undefined) throw new NotNative('integer tensors');
  return value;
}

function integersOf(name: string, { integers }: Translation): readonly number[] {
  const found = integers.get(name);
  if (found === undefined) throw new NotNative('a shape that is not constant');
  return found;
}

function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(...shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)),
  );
}

/** A result that reads its operands element by element, each with strides of its own. */
function elementwise(
  operator: string,
  out: Strided,
  operands: readonly Strided[],
  sizes: readonly number[],
  translation: Translation,
): void {
  const code = functions.indexOf(operator);
  const own = stridesOf(sizes);
  const straight = operands.every(
    ({ offset, strides }) => offset === 0 && strides.every((s, i) => s === own[i]),
  );
  translation.steps.push({
    reads: operands.map(({ block }) => block),
    writes: [out.block],
    share: { by: 'one' },
    inPlace: straight,
    encode: () => [Code.elementwise, code, ...encodeNest(sizes, [out, ...operands])],
  });
}

function whole({ block, shape }: Value): Strided {
  return { block, offset: 0, strides: stridesOf(shape) };
}

const writeElementwise: Writer = ({ operator, inputs, outputs }, translation) => {
  const operands = inputs.map((name) => valueOf(name, translation));
  const out = scratch(broadcast(operands.map(({ shape }) => shape)));
  const read = operands.map(({ block, shape }) => {
    return { block, offset: 0, strides: broadcastStrides(shape, out.shape) };
  });
  elementwise(operator, whole(out), read, out.shape, translation);
  translation.values.set(outputs[0], out);
};

/** The step function is traced as a hard sigmoid that is infinitely steep (kernels-elementwise.ts). */
const writeStep: Writer = (node, translation) => {
  const steep = (node.attributes.alpha as { float: number } | undefined)?.float ?? 0;
  if (steep < 1e38) throw new NotNative('HardSigmoid');
  writeElementwise(node, translation);
};

/** The same memory under another name and shape. */
function alias(shapeOf: (node: GraphNode, x: Value, translation: Translation) => readonly number[]): Writer {
  return (node, translation) => {
    const x = valueOf(node.inputs[0], translation);
    translation.values.set(node.outputs[0], { block: x.block, shape: shapeOf(node, x, translation) });
  };
}

/** ONNX TensorProto.DataType of what is cast to. */
const [toFloat, toBoolean] = [1, 9];

/** Booleans are floats here already; a number is true where it is not zero. */
const writeCast: Writer = (node, translation) => {
  if (node.attributes.to === toFloat) return alias((_, x) => x.shape)(node, translation);
  if (node.attributes.to !== toBoolean) throw new NotNative('integers');
  const not = { ...node, operator: 'Not', outputs: [`${node.outputs[0]}:not`] };
  writeElementwise(not, translation);
  writeElementwise({ ...not, inputs: not.outputs, outputs: node.outputs }, translation);
};

function numbers(attribute: Attribute | undefined): readonly number[] | undefined {
  return Array.isArray(attribute) ? (attribute as readonly number[]) : undefined;
}

const writeReduction: Writer = (node, translation) => {
  const { operator, inputs, outputs, attributes } = node;
  const x = valueOf(inputs[0], translation);
  const axes =
    numbers(attributes.axes) ??
    (inputs.length > 1 ? integersOf(inputs[1], translation) : x.shape.map((_, i) => i));
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const out = scratch(kept);
  // Reduced loops outside, so that where the result moves, the innermost loop runs along it.
  const order = [...axes, ...x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))];
  const [to, from] = [broadcastStrides(kept, x.shape), stridesOf(x.shape)];
  const sizes = order.map((axis) => x.shape[axis]);
  const operands = [
    { block: out.block, offset: 0, strides: order.map((axis) => to[axis]) },
    { block: x.block, offset: 0, strides: order.map((axis) => from[axis]) },
  ];
  const [count, size] = [out.block.size, x.block.size / out.block.size];
  translation.steps.push({
    reads: [x.block],
    writes: [out.block],
    share: { by: 'one' },
    inPlace: false,
    encode: () => [Code.reduce, reductions.indexOf(operator), count, size, ...encodeNest(sizes, operands)],
  });
  const shape = attributes.keepdims === 0 ? kept.filter((_, axis) => !axes.includes(axis)) : kept;
  translation.values.set(outputs[0], { block: out.block, shape });
};

const writeConcat: Writer = ({ inputs, outputs, attributes }, translation) => {
  const parts = inputs.map((name) => valueOf(name, translation));
  const axis = attributes.axis as number;
  const total = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  const out = scratch(parts[0].shape.map((dim, i) => (i === axis ? total : dim)));
  const strides = stridesOf(out.shape);
  let offset = 0;
  for (const part of parts) {
    elementwise('Identity', { block: out.block, offset, strides }, [whole(part)], part.shape, translation);
    offset += part.shape[axis] * strides[axis];
  }
  translation.values.set(outputs[0], out);
};

/** A copy of part of a tensor, or of one whose axes are in another order, or repeat. */
function copied(
  x: Block,
  offset: number,
  strides: readonly number[],
  shape: readonly number[],
  translation: Translation,
): Value {
  const out = scratch(shape);
  elementwise('Identity', whole(out), [{ block: x, offset, strides }], shape, translation);
  return out;
}

const writeSplit: Writer = ({ inputs, outputs, attributes }, translation) => {
  const x = valueOf(inputs[0], translation);
  const axis = attributes.axis as number;
  const strides = stridesOf(x.shape);
  let offset = 0;
  integersOf(inputs[1], translation).forEach((size, index) => {
    const shape = x.shape.map((dim, i) => (i === axis ? size : dim));
    translation.values.set(outputs[index], copied(x.block, offset, strides, shape, translation));
    offset += size * strides[axis];
  });
};

const writeSlice: Writer = ({ inputs, outputs }, translation) => {
  if (inputs.length > 4) throw new NotNative('Slice with steps');
  const x = valueOf(inputs[0], translation);
  const [starts, ends, axes] = inputs.slice(1).map((name) => integersOf(name, translation));
  const strides = stridesOf(x.shape);
  const offset = axes.reduce((sum, axis, i) => sum + starts[i] * strides[axis], 0);
  const shape = x.shape.map((dim, axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? dim : ends[at] - starts[at];
  });
  translation.values.set(outputs[0], copied(x.block, offset, strides, shape, translation));
};

const writeTranspose: Writer = ({ inputs, outputs, attributes }, translation) => {
  const x = valueOf(inputs[0], translation);
  const order = attributes.perm as readonly number[];
  const strides = stridesOf(x.shape);
  const [shape, along] = [order.map((axis) => x.shape[axis]), order.map((axis) => strides[axis])];
  translation.values.set(outputs[0], copied(x.block, 0, along, shape, translation));
};

const writeExpand: Writer = ({ inputs, outputs }, translation) => {
  const x = valueOf(inputs[0], translation);
  const shape = broadcast([x.shape, integersOf(inputs[1], translation)]);
  translation.values.set(
    outputs[0],
    copied(x.block, 0, broadcastStrides(x.shape, shape), shape, translation),
  );
};

const writers: Readonly<Record<string, Writer | undefined>> = {
  ...Object.fromEntries(functions.map((name) => [name, writeElementwise])),
  ...Object.fromEntries(reductions.map((name) => [name, writeReduction])),
  HardSigmoid: writeStep,
  ReduceSumSquare: (node, translation) => writeSumSquares(node, translation),
  Identity: alias((_, x) => x.shape),
  Reshape: alias(({ inputs }, _, translation) => integersOf(inputs[1], translation)),
  Cast: writeCast,
  Concat: writeConcat,
  Split: writeSplit,
  Slice: writeSlice,
  Transpose: writeTranspose,
  Expand: writeExpand,
};
