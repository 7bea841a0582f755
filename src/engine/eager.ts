import * as tf from './tf.js';
import type { Tensor } from '@tensorflow/tfjs';
import type { Program, Signature, TensorSpec, Values } from './types.js';
import { dtypeOf } from './values.js';

/** npm package that brings a tfjs backend beyond `cpu`. */
const PACKAGES: Readonly<Record<string, string>> = {
  tensorflow: '@tensorflow/tfjs-node',
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
};

/**
 * Makes sure a tfjs backend can be used and returns the name tfjs knows it by.
 * @throws Error saying what to install
 */
export async function loadTfjsBackend(name: string): Promise<string> {
  const packageName = PACKAGES[name] as string | undefined;
  if (packageName === undefined) {
    if (tf.findBackendFactory(name) !== undefined && (name === 'cpu' || name === 'webgl')) return name;
    throw new Error(`unknown tfjs backend '${name}'; known: cpu, ${Object.keys(PACKAGES).join(', ')}`);
  }
  const previous = tf.getBackend();
  try {
    await import(packageName);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `tfjs backend '${name}' needs the package ${packageName}: npm install ${packageName} (${why})`,
      {
        cause: error,
      },
    );
  }
  await tf.setBackend(previous);
  return 'tensorflow';
}

/** Runs `body` with `backendName` as tfjs's backend and puts the previous one back. */
export function withBackend<T>(backendName: string, body: () => T): T {
  const previous = tf.getBackend();
  void tf.setBackend(backendName);
  try {
    return body();
  } finally {
    void tf.setBackend(previous);
  }
}

/** A tfjs tensor of `data`. */
export function toTensor(data: Float32Array, spec: TensorSpec): Tensor {
  const dtype = dtypeOf(spec);
  const shape = [...spec.shape];
  if (dtype === 'bool') return tf.tensor(Uint8Array.from(data), shape, 'bool');
  // A copy: the CPU backend keeps the array it is given.
  return tf.tensor(dtype === 'int32' ? Int32Array.from(data) : data.slice(), shape, dtype);
}

/** The values of an output that nobody reads again; a tensor that the program kept (`tf.keep`) ends here. */
export function readOnce(tensor: Tensor): Float32Array {
  const values = Float32Array.from(tensor.dataSync());
  if (tensor.kept) tensor.dispose();
  return values;
}

/** Runs a program eagerly; nothing but the result survives. Non-state outputs and state are read back as floats. */
export function runEagerly(program: Program, signature: Signature, values: Values): Values {
  const results: Values = {};
  tf.tidy(() => {
    const given = Object.entries(signature).map(
      ([name, spec]) => [name, toTensor(values[name], spec)] as const,
    );
    for (const [name, tensor] of Object.entries(program(Object.fromEntries(given)))) {
      results[name] = readOnce(tensor);
    }
  });
  return results;
}

/** Shapes and dtypes of a program's outputs, found by running it on zeros. */
export function eagerOutputs(program: Program, signature: Signature): Signature {
  const outputs: Record<string, TensorSpec> = {};
  tf.tidy(() => {
    const given = Object.entries(signature).map(([name, spec]) => {
      return [name, tf.zeros([...spec.shape], dtypeOf(spec))] as const;
    });
    for (const [name, tensor] of Object.entries(program(Object.fromEntries(given)))) {
      outputs[name] = { shape: [...tensor.shape], dtype: tensor.dtype as 'float32' | 'int32' | 'bool' };
    }
  });
  return outputs;
}
