import ort from 'onnxruntime-node';
import type { TensorSpec } from './types.js';
import { dtypeOf, sizeOf } from './values.js';

/** A tensor of the runtime that reads (and where it can, shares) `data`. */
export function toOrt(data: Float32Array, spec: TensorSpec): ort.Tensor {
  const dims = [...spec.shape];
  const dtype = dtypeOf(spec);
  if (dtype === 'int32') return new ort.Tensor('int32', Int32Array.from(data), dims);
  if (dtype === 'bool')
    return new ort.Tensor(
      'bool',
      Uint8Array.from(data, (value) => (value === 0 ? 0 : 1)),
      dims,
    );
  return new ort.Tensor('float32', data, dims);
}

/** The values of a runtime tensor as floats; shares memory with it when it is float32. */
export function fromOrt(tensor: ort.Tensor): Float32Array {
  const data: unknown = tensor.data;
  if (data instanceof Float32Array) return data;
  if (data instanceof Int32Array || data instanceof Uint8Array) return Float32Array.from(data);
  if (data instanceof BigInt64Array) return Float32Array.from(data, Number);
  throw new Error(`a tensor of type ${tensor.type} cannot be read as numbers`);
}

/** A tensor the runtime can write a result into. */
export function emptyOrt(spec: TensorSpec): ort.Tensor {
  return toOrt(new Float32Array(sizeOf(spec.shape)), spec);
}

/** Nobody listens: what is sent to it is thrown away. */
const nowhere = closedPort();

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

/**
 * Gives the memory of a tensor back at once. onnxruntime-node copies every output into an array of its own, also where a
 * buffer was given to write into; at some MB per step the garbage collector would otherwise mark the whole heap several
 * times a second, on all cores. Sending a buffer away is the one way to free it in Node 20.
 */
export function freeOrt(tensor: ort.Tensor): void {
  const data: unknown = tensor.data;
  if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer)
    nowhere.postMessage(null, [data.buffer]);
}
