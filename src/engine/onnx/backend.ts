import * as tf from '../tf.js';
import type { DType } from '../types.js';
import { sizeOf } from '../values.js';
import type { ConstantValues } from './graph.js';
import { OnnxGraph, toTyped } from './graph.js';

/** A tensor while tracing: a value of the graph, or numbers that are not written until an operator needs them. */
export type TracedTensor = {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly name?: string;
  readonly constant?: ConstantValues;
  references: number;
};

/** What a kernel hands back to tfjs. */
export type KernelOutput = tf.TensorInfo;

/** Name under which the tracing backend is registered with tfjs. */
export const BACKEND_NAME = 'onnx';

/**
 * A tfjs backend that computes nothing: its kernels append ONNX nodes to the graph being traced. Only tensors made from
 * numbers hold values; asking any other for its values is an error in the program.
 */
export class OnnxBackend extends tf.KernelBackend {
  readonly #tensors = new Map<object, TracedTensor>();
  #graph: OnnxGraph | undefined;
  #native = false;
  #constantNames = new WeakMap<TracedTensor, string>();
  #foreign = new WeakMap<object, TracedTensor>();

  /** The graph being traced. @throws Error outside `trace` */
  get graph(): OnnxGraph {
    if (this.#graph === undefined)
      throw new Error('the onnx backend is only for tracing: use compile or exportOnnx');
    return this.#graph;
  }

  /** Whether operators of the native engine may be written. */
  get native(): boolean {
    return this.#native;
  }

  /** Starts a new graph, or ends the present one with `undefined`. */
  begin(graph: OnnxGraph | undefined, native = false): void {
    this.#graph = graph;
    this.#native = native;
    this.#constantNames = new WeakMap();
    this.#foreign = new WeakMap();
  }

  /** A tensor that stands for the graph value `name`. */
  emit(name: string, shape: readonly number[], dtype: DType): KernelOutput {
    const dataId = {};
    this.#tensors.set(dataId, { name, shape, dtype, references: 1 });
    return { dataId, shape: [...shape], dtype };
  }

  /** The graph value of a tensor; a constant is written into the graph the first time. */
  nameOf(tensor: tf.TensorInfo): string {
    const traced = this.#get(tensor.dataId);
    if (traced.name !== undefined) return traced.name;
    const known = this.#constantNames.get(traced);
    if (known !== undefined) return known;
    if (traced.constant === undefined) throw new Error('a traced tensor has neither name nor values');
    const name = this.graph.constant(traced.constant, tensor.shape, traced.dtype);
    this.#constantNames.set(traced, name);
    return name;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: tf.DataId,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    const kind = asDType(dtype);
    const numbers = (values ?? new Float32Array(sizeOf(shape))) as ArrayLike<number>;
    this.#tensors.set(dataId, { shape, dtype: kind, constant: toTyped(numbers, kind), references });
  }

  override readSync(dataId: object): tf.BackendValues {
    const { constant } = this.#get(dataId);
    if (constant !== undefined) return constant;
    throw new Error(
      'a program may not read tensor values while it is traced (dataSync, arraySync, print, if on a value)',
    );
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override disposeData(dataId: object, force = false): boolean {
    const traced = this.#tensors.get(dataId);
    if (traced === undefined) return true;
    traced.references--;
    if (!force && traced.references > 0) return false;
    return this.#tensors.delete(dataId);
  }

  override incRef(dataId: object): void {
    this.#get(dataId).references++;
  }

  override refCount(dataId: object): number {
    return this.#tensors.get(dataId)?.references ?? 0;
  }

  override numDataIds(): number {
    return this.#tensors.size;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.#tensors.clear();
  }

  #get(dataId: object): TracedTensor {
    const found = this.#tensors.get(dataId) ?? this.#foreign.get(dataId);
    if (found !== undefined) return found;
    // A tensor the program closes over lives on an eager backend: its values are copied, the tensor stays where it is.
    const copied = copyForeign(dataId);
    this.#foreign.set(dataId, copied);
    return copied;
  }
}

/** Whether a graph for the native engine is being traced. */
export function tracesNative(): boolean {
  if (tf.getBackend() !== BACKEND_NAME) return false;
  const backend: unknown = tf.backend();
  return backend instanceof OnnxBackend && backend.native;
}

/** @throws Error on a dtype the engine does not have */
export function asDType(dtype: tf.DataType): DType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`the onnx engine has no dtype '${dtype}'; it has float32, int32 and bool`);
}

/** tfjs's record of where a tensor lives; the part of its engine state that is read here. */
type ForeignRecord = {
  readonly backend: tf.KernelBackend;
  readonly shape: number[];
  readonly dtype: tf.DataType;
};

function copyForeign(dataId: object): TracedTensor {
  const engine = tf.engine() as unknown as { state: { tensorInfo: WeakMap<object, ForeignRecord> } };
  const record = engine.state.tensorInfo.get(dataId);
  if (record === undefined) throw new Error('a program uses a tensor that was disposed of');
  const dtype = asDType(record.dtype);
  const values = record.backend.readSync(dataId) as ArrayLike<number>;
  return { shape: record.shape, dtype, constant: toTyped(values, dtype), references: 1 };
}
