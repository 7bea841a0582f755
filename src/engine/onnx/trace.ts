import * as tf from '../tf.js';
import type { Program, Signature, TensorSpec } from '../types.js';
import { dtypeOf } from '../values.js';
import { BACKEND_NAME, OnnxBackend, asDType } from './backend.js';
import { OnnxGraph } from './graph.js';
import { supportedKernels } from './kernel.js';
import { defineElementwiseKernels } from './kernels-elementwise.js';
import { defineLinearKernels } from './kernels-linear.js';
import { defineShapeKernels } from './kernels-shape.js';

/** A program as an ONNX file, with what it reads and gives. */
export type Traced = {
  readonly bytes: Uint8Array;
  /** The inputs the file declares; their values carry the same names. */
  readonly inputs: Signature;
  readonly outputs: Signature;
  /** The name an output's value has in the file: its own, or another one where an input has that name. */
  readonly outputValues: Readonly<Record<string, string>>;
};

/** Options of `trace`. */
export type TraceOptions = {
  /** Declare inputs that the program does not read as well; default false. */
  readonly keepUnused?: boolean;
  /** Names whose output is left out when the program hands the input of that name through unchanged. */
  readonly passThrough?: readonly string[];
};

let backend: OnnxBackend | undefined;

/**
 * Runs `program` once on symbolic tensors and writes what it did as one ONNX graph. tfjs's backend is as before after.
 * @throws Error naming a kernel that cannot be traced, or what the program did that tracing does not allow
 */
export function trace(program: Program, inputs: Signature, options: TraceOptions = {}): Traced {
  const tracer = onnxBackend();
  const previous = tf.getBackend();
  const graph = new OnnxGraph();
  // With a backend that needs no waiting, setBackend takes effect before it returns.
  void tf.setBackend(BACKEND_NAME);
  tracer.begin(graph);
  try {
    const traced: Traced[] = [];
    tf.tidy(() => {
      traced.push(record(program, inputs, options, tracer, graph));
    });
    return traced[0];
  } catch (error) {
    throw explained(error);
  } finally {
    tracer.begin(undefined);
    void tf.setBackend(previous);
  }
}

function record(
  program: Program,
  inputs: Signature,
  options: TraceOptions,
  tracer: OnnxBackend,
  graph: OnnxGraph,
): Traced {
  const given = Object.entries(inputs).map(([name, spec]) => {
    const info = tracer.emit(name, spec.shape, dtypeOf(spec));
    return [name, tf.engine().makeTensorFromTensorInfo(info, tracer)] as const;
  });
  const outputs: Record<string, TensorSpec> = {};
  const outputValues: Record<string, string> = {};
  const published = new Map<string, string>();
  for (const [name, tensor] of Object.entries(program(Object.fromEntries(given)))) {
    const value = tracer.nameOf(tensor);
    if (value === name && options.passThrough?.includes(name)) continue;
    outputs[name] = { shape: [...tensor.shape], dtype: asDType(tensor.dtype) };
    outputValues[name] = name in inputs ? `${name}${NEXT}` : name;
    graph.publish(published.get(value) ?? value, outputValues[name]);
    published.set(value, outputValues[name]);
  }
  const read = graph.prune(Object.values(outputValues));
  const used = Object.entries(inputs).filter(([name]) => options.keepUnused === true || read.has(name));
  const results = Object.entries(outputs).map(([name, spec]) => [outputValues[name], spec] as const);
  return { bytes: graph.encode(used, results), inputs: Object.fromEntries(used), outputs, outputValues };
}

/** Suffix of an output's value where an input has the output's name. */
const NEXT = ':next';

function onnxBackend(): OnnxBackend {
  if (backend !== undefined) return backend;
  const created = new OnnxBackend();
  backend = created;
  tf.registerBackend(BACKEND_NAME, () => created, 0);
  defineElementwiseKernels();
  defineShapeKernels();
  defineLinearKernels();
  return created;
}

function explained(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const kernel = /[Kk]ernel '([^']+)'(?: not registered)? for backend/.exec(message)?.[1];
  if (kernel === undefined) return error instanceof Error ? error : new Error(message);
  return new Error(
    `the onnx engine has no kernel '${kernel}'; rewrite the program with others or run it with engine 'tfjs'. ` +
      `Kernels it has: ${supportedKernels().join(', ')}`,
  );
}
