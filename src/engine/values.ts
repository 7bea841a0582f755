import type { DType, Signature, TensorSpec, Values } from './types.js';

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

/** The dtype of a spec, `float32` unless it says otherwise. */
export function dtypeOf(spec: TensorSpec): DType {
  return spec.dtype ?? 'float32';
}

/**
 * Checks that `values` has exactly the names and lengths of `signature`.
 * @throws Error naming `what`, the name and what was expected
 */
export function checkValues(what: string, values: Values, signature: Signature): void {
  for (const name of Object.keys(values)) {
    if (!(name in signature)) {
      throw new Error(`${what}: unknown name '${name}'; known: ${Object.keys(signature).join(', ')}`);
    }
  }
  for (const [name, spec] of Object.entries(signature)) {
    const data = values[name] as Float32Array | undefined;
    if (data === undefined) throw new Error(`${what}: '${name}' is missing`);
    checkLength(what, name, data, spec);
  }
}

/** @throws Error when `data` does not fill `spec.shape` exactly */
export function checkLength(what: string, name: string, data: Float32Array, spec: TensorSpec): void {
  const expected = sizeOf(spec.shape);
  if (data.length !== expected) {
    throw new Error(
      `${what}: '${name}' has ${data.length} values, expected ${expected} for shape [${spec.shape.join(', ')}]`,
    );
  }
}

/** @throws Error naming the first value that is NaN or infinite */
export function checkFinite(what: string, name: string, data: Float32Array): void {
  for (let index = 0; index < data.length; index++) {
    if (!Number.isFinite(data[index])) {
      throw new Error(`${what}: '${name}' has ${data[index]} at index ${index}, expected a finite number`);
    }
  }
}
