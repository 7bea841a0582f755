import proto from 'onnx-proto';
import ort from 'onnxruntime-node';
import { createSession } from './devices.js';
import { trace } from './onnx/trace.js';
import { fromOrt, toOrt } from './session.js';
import type { CompileOptions, DType, Program, Signature } from './types.js';

/** An input or output of an ONNX file; a dimension may be a name, or -1 where the file leaves it open. */
export type OnnxPort = {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
};

/** Values with their shape. */
export type ShapedValues = { readonly data: Float32Array; readonly shape: readonly number[] };

/** Any ONNX file, ready to run. */
export type OnnxModel = {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly device: string;
  /** Feeds every input by name; integer and boolean inputs are converted from the floats given. */
  run(feeds: Readonly<Record<string, ShapedValues>>): Promise<Record<string, ShapedValues>>;
  dispose(): Promise<void>;
};

/**
 * Writes a program as an ONNX file of standard operators, with the tensors it closes over as constants.
 * Input and output names and shapes are the program's; shapes are fixed.
 * @throws Error on a kernel the engine does not have, or when an output has the name of an input
 */
export function exportOnnx(program: Program, inputs: Signature): Uint8Array {
  const { bytes, outputs, outputValues } = trace(program, inputs, { keepUnused: true });
  for (const name of Object.keys(outputs)) {
    if (outputValues[name] !== name) throw new Error(`exportOnnx: '${name}' is both an input and an output`);
  }
  return bytes;
}

/**
 * The files beside an ONNX file that hold its larger tensors (PyTorch's exporter writes `policy.onnx.data`), as the ONNX
 * file names them, sorted; none where it holds everything itself.
 * @throws Error when the bytes are not an ONNX file
 */
export function externalDataFiles(onnx: Uint8Array): string[] {
  const model = proto.onnx.ModelProto.decode(onnx);
  return [...new Set(tensorsOf(model.graph).flatMap(externalLocation))].sort();
}

/** All constant tensors of a graph, those of its control-flow branches included. */
function tensorsOf(graph: proto.onnx.IGraphProto | null | undefined): proto.onnx.ITensorProto[] {
  const attributes = (graph?.node ?? []).flatMap(({ attribute }) => attribute ?? []);
  return [
    ...(graph?.initializer ?? []),
    ...attributes.flatMap(({ t, tensors }) => [...(t ? [t] : []), ...(tensors ?? [])]),
    ...attributes.flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]).flatMap(tensorsOf),
  ];
}

function externalLocation({ externalData }: proto.onnx.ITensorProto): string[] {
  const entries = externalData ?? [];
  return entries.flatMap(({ key, value }) => (key === 'location' && value ? [value] : []));
}

/**
 * Loads an ONNX file.
 * @param file its path, or its bytes where it has no external data
 * @throws Error naming the file when it cannot be read or is not a model the runtime takes
 */
export async function loadOnnx(file: string | Uint8Array, options: CompileOptions = {}): Promise<OnnxModel> {
  const made = createSession(file, options.device ?? 'cpu', options.threads ?? 1);
  const { session, device } = await made.catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${typeof file === 'string' ? file : 'ONNX model'}: ${why}`, { cause: error });
  });
  const inputs = session.inputMetadata.map(portOf);
  return {
    inputs,
    outputs: session.outputMetadata.map(portOf),
    device,
    async run(feeds) {
      const given = Object.fromEntries(inputs.map((port) => [port.name, feedFor(port, feeds)]));
      const results = await session.run(given);
      const values: Record<string, ShapedValues> = {};
      for (const [name, value] of Object.entries(results)) {
        const tensor = value;
        values[name] = { data: fromOrt(tensor), shape: [...tensor.dims] };
      }
      return values;
    },
    dispose: () => session.release(),
  };
}

function portOf(metadata: ort.InferenceSession.ValueMetadata): OnnxPort {
  if (!metadata.isTensor) return { name: metadata.name, dtype: 'not a tensor', shape: [] };
  return { name: metadata.name, dtype: metadata.type, shape: metadata.shape };
}

function feedFor(port: OnnxPort, feeds: Readonly<Record<string, ShapedValues>>): ort.Tensor {
  if (!(port.name in feeds))
    throw new Error(`'${port.name}' is missing; given: ${Object.keys(feeds).join(', ')}`);
  const { data, shape } = feeds[port.name];
  if (port.dtype === 'int64') {
    return new ort.Tensor(
      'int64',
      BigInt64Array.from(data, (value) => BigInt(Math.round(value))),
      [...shape],
    );
  }
  if (port.dtype !== 'float32' && port.dtype !== 'int32' && port.dtype !== 'bool') {
    throw new Error(`'${port.name}' is ${port.dtype}, expected float32, int32, int64 or bool`);
  }
  return toOrt(data, { shape, dtype: port.dtype satisfies DType });
}
