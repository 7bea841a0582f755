import * as tf from '../tf.js';
import type { DType } from '../types.js';
import { sizeOf } from '../values.js';
import type { KernelOutput } from './backend.js';
import { BACKEND_NAME, OnnxBackend, asDType } from './backend.js';
import type { OnnxGraph } from './graph.js';

/** An operand of a kernel: the name of its value in the graph, its shape and dtype. */
export type Operand = { readonly name: string; readonly shape: readonly number[]; readonly dtype: DType };

/** Attributes tfjs passes to a kernel; each kernel knows its own. */
export type KernelAttributes = Readonly<Record<string, unknown>>;

/** What a kernel writer gets: the graph, operands by name, attributes. */
export type KernelContext = {
  readonly graph: OnnxGraph;
  /** The operand tfjs calls `name`. */
  readonly operand: (name: string) => Operand;
  /** Operands of a kernel with a list of them (Concat, Pack, AddN). */
  readonly operands: () => Operand[];
  readonly attributes: KernelAttributes;
};

/** Appends the nodes of one kernel and returns its results. */
export type KernelWriter = (context: KernelContext) => Operand | Operand[];

const supported = new Set<string>();

/** Names of the tfjs kernels that can be traced. */
export function supportedKernels(): readonly string[] {
  return [...supported].sort();
}

/** Registers a kernel of the tracing backend. */
export function defineKernel(kernelName: string, write: KernelWriter): void {
  supported.add(kernelName);
  tf.registerKernel({
    kernelName,
    backendName: BACKEND_NAME,
    kernelFunc: ({ inputs, backend, attrs }) => {
      if (!(backend instanceof OnnxBackend))
        throw new Error(`kernel '${kernelName}' ran outside the onnx backend`);
      const onnxBackend = backend;
      const asOperand = (info: tf.TensorInfo): Operand => ({
        name: onnxBackend.nameOf(info),
        shape: info.shape,
        dtype: asDType(info.dtype),
      });
      const emit = ({ name, shape, dtype }: Operand): KernelOutput => onnxBackend.emit(name, shape, dtype);
      const out = write({
        graph: onnxBackend.graph,
        operand: (name) => asOperand(inputs[name] as tf.TensorInfo),
        operands: () => Object.values(inputs).map((info) => asOperand(info as tf.TensorInfo)),
        attributes: attrs ?? {},
      });
      return Array.isArray(out) ? out.map(emit) : emit(out);
    },
  });
}

/** Converts an operand to another dtype, if it has not got it already. */
export function castTo(graph: OnnxGraph, operand: Operand, dtype: DType): Operand {
  if (operand.dtype === dtype) return operand;
  return {
    name: graph.node('Cast', [operand.name], { to: CAST_TARGET[dtype] }),
    shape: operand.shape,
    dtype,
  };
}

/** Gives an operand another shape of the same size. */
export function reshapeTo(graph: OnnxGraph, operand: Operand, shape: readonly number[]): Operand {
  if (sameShape(operand.shape, shape)) return operand;
  const name = graph.node('Reshape', [operand.name, graph.integers(shape)]);
  return { name, shape: [...shape], dtype: operand.dtype };
}

/** True when two shapes are equal, dimension by dimension. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, index) => dim === b[index]);
}

/** A tensor of equal numbers. Large ones are broadcast from a scalar, so that they do not fill the file. */
export function filled(graph: OnnxGraph, shape: readonly number[], value: number, dtype: DType): Operand {
  const scalar = graph.scalar(value, dtype);
  if (shape.length === 0) return { name: scalar, shape: [], dtype };
  if (sizeOf(shape) === 0) throw new Error('the onnx engine has no tensors without elements');
  return { name: graph.node('Expand', [scalar, graph.integers(shape)]), shape: [...shape], dtype };
}

/** ONNX TensorProto.DataType numbers for Cast. */
const CAST_TARGET: Readonly<Record<DType, number>> = { float32: 1, int32: 6, bool: 9 };
