import * as tf from '../tf.js';
import type { Program, Signature, TensorSpec } from '../types.js';
import { dtypeOf } from '../values.js';
import { BACKEND_NAME, OnnxBackend, asDType } from './backend.js';
import { OnnxGraph } from './graph.js';
import { supportedKernels } from './kernel.js';
import { defineElementwiseKernels } from './kernels-elementwise.js';
import { defineLinearKernels } from './kernels-linear.js';
import { defineNativeKernels } from './kernels-native.js';
import { defineShapeKernels } from './kernels-shape.js';

/** A program as a graph, with what it reads and gives. */
export type Recorded = {
  readonly graph: OnnxGraph;
  /** The inputs the graph declares; their values carry the same names. */
  readonly inputs: Signature;
  readonly outputs: Signature;
  /** The name an output's value has in the graph: its own, or another one where an input has that name. */
  readonly outputValues: Readonly<Record<string, string>>;
};

/** A program as an ONNX file, with what it reads and gives. */
export type Traced = Omit<Recorded, 'graph'> & { readonly bytes: Uint8Array };

/** Options of `trace`. */
export type TraceOptions = {
  /** Declare inputs that the program does not read as well; default false. */
  readonly keepUnused?: boolean;
  /** Names whose output is left out when the program hands the input of that name through unchanged. */
  readonly passThrough?: readonly string[];
  /** Write layers and optimiser as operators of the native engine, which ONNX Runtime does not have; default false. */
  readonly native?: boolean;
};

let backend: OnnxBackend | undefined;

/** As `traceGraph`, written as an ONNX file. */
export function trace(
  program: Program,
  inputs: Signature,
  options: Omit<TraceOptions, 'native'> = {},
): Traced {
  const { graph, ...traced } = traceGraph(program, inputs, options);
  const results = Object.entries(traced.outputs).map(
    ([name, spec]) => [traced.outputValues[name], spec] as const,
  );
  return { ...traced, bytes: graph.encode(Object.entries(traced.inputs), results) };
}

/**
 * Runs `program` once on symbolic tensors and records what it did as one graph. tfjs's backend is as before after.
 * @throws Error naming a kernel that cannot be traced, or what the program did that tracing does not allow
 */
export function traceGraph(program: Program, inputs: Signature, options: TraceOptions = {}): Recorded {
  const tracer = onnxBackend();
  const previous = tf.getBackend();
  const graph = new OnnxGraph();
  // With a backend that needs no waiting, setBackend takes effect before it returns.
  void tf.setBackend(BACKEND_NAME);
  tracer.begin(graph, options.native);
  try {
    const traced: Recorded[] = [];
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
): Recorded {
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
  return { graph, inputs: Object.fromEntries(used), outputs, outputValues };
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
  defineNativeKernels();
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
