import proto from 'onnx-proto';
import type { DType, TensorSpec } from '../types.js';
import { dtypeOf, sizeOf } from '../values.js';

const { onnx } = proto;

/** Attribute values an operator takes; plain numbers are written as ints. */
export type Attribute = number | readonly number[] | { readonly float: number } | { readonly text: string };
/** Attributes by name. */
export type Attributes = Readonly<Record<string, Attribute>>;
/** Values of a constant. */
export type ConstantValues = Float32Array | Int32Array | Uint8Array;

/** An operator of a graph; inputs and outputs are names of values. */
export type GraphNode = {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
};

/** A constant of a graph: its bytes in the storage of its dtype. */
export type GraphConstant = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType | 'int64';
  readonly raw: Uint8Array;
};

/** ONNX operator set and IR version the graphs are written for (LayerNormalization came with 17). */
const OPSET = 17;
const IR_VERSION = 8;
/** First character of the names this file gives; programs' names do not start with it. */
const INTERNAL = '_';
const MICROSOFT = 'com.microsoft';
/** Domain of the operators that this project's native engine alone has. */
export const OWN_DOMAIN = 'graft';
/** Constants up to this many elements are looked up by content, so that equal ones are written once. */
const DEDUPLICATE_UP_TO = 64;

const ELEMENT_TYPES: Readonly<Record<DType | 'int64', number>> = {
  float32: onnx.TensorProto.DataType.FLOAT,
  int32: onnx.TensorProto.DataType.INT32,
  int64: onnx.TensorProto.DataType.INT64,
  bool: onnx.TensorProto.DataType.BOOL,
};

/** An ONNX graph under construction: nodes are appended, values are referred to by name. */
export class OnnxGraph {
  #nodes: GraphNode[] = [];
  #constants: GraphConstant[] = [];
  readonly #known = new Map<string, string>();
  #count = 0;

  /** Appends `operator` and returns the names of its `outputs` results. */
  add(
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    outputs: readonly string[] = [this.#fresh()],
    domain = '',
  ): readonly string[] {
    this.#nodes.push({ operator, domain, inputs, outputs, attributes });
    return outputs;
  }

  /** Appends an operator with one result and returns its name. */
  node(operator: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.add(operator, inputs, attributes)[0];
  }

  /** Appends an operator of ONNX Runtime's own domain. */
  contributed(operator: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.add(operator, inputs, attributes, undefined, MICROSOFT)[0];
  }

  /** Appends an operator of the native engine with `count` results and returns their names. */
  own(operator: string, inputs: readonly string[], attributes: Attributes, count: number): readonly string[] {
    const outputs = Array.from({ length: count }, () => this.#fresh());
    return this.add(operator, inputs, attributes, outputs, OWN_DOMAIN);
  }

  /** The operators, in an order in which they can run. */
  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  get constants(): readonly GraphConstant[] {
    return this.#constants;
  }

  /**
   * Makes `value` known as `name`, for an output. A node's result is renamed; an input, a constant or a value that has
   * been renamed already is copied.
   */
  publish(value: string, name: string): void {
    const produced = value.startsWith(INTERNAL) && this.#nodes.some((node) => node.outputs.includes(value));
    if (!produced) {
      this.add('Identity', [value], {}, [name]);
      return;
    }
    const rename = (names: readonly string[]): string[] => names.map((old) => (old === value ? name : old));
    this.#nodes = this.#nodes.map((node) => ({
      ...node,
      inputs: rename(node.inputs),
      outputs: rename(node.outputs),
    }));
  }

  /**
   * Drops nodes and constants that none of `outputs` depends on: tfjs computes gradients nobody asked for.
   * @returns the names of the values that are still read
   */
  prune(outputs: readonly string[]): ReadonlySet<string> {
    const needed = new Set(outputs);
    const kept: GraphNode[] = [];
    for (const node of this.#nodes.reverse()) {
      if (!node.outputs.some((name) => needed.has(name))) continue;
      for (const name of node.inputs) needed.add(name);
      kept.push(node);
    }
    this.#nodes = kept.reverse();
    this.#constants = this.#constants.filter(({ name }) => needed.has(name));
    return needed;
  }

  /** A name no other value has. */
  fresh(): string {
    return this.#fresh();
  }

  /** Writes a constant and returns its name. */
  constant(values: ConstantValues, shape: readonly number[], dtype: DType): string {
    return this.#initializer(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      shape,
      dtype,
    );
  }

  /** A float scalar. */
  scalar(value: number, dtype: DType = 'float32'): string {
    return this.constant(toTyped([value], dtype), [], dtype);
  }

  /** A vector of 64-bit integers: shapes, axes, indices. */
  integers(values: readonly number[]): string {
    const data = BigInt64Array.from(values, (value) => BigInt(value));
    return this.#initializer(new Uint8Array(data.buffer), [values.length], 'int64');
  }

  /** The model file's bytes. Every name in `inputs` is declared, used or not. */
  encode(
    inputs: readonly (readonly [string, TensorSpec])[],
    outputs: readonly (readonly [string, TensorSpec])[],
  ): Uint8Array {
    const usesContributed = this.#nodes.some((node) => node.domain === MICROSOFT);
    return onnx.ModelProto.encode({
      irVersion: IR_VERSION,
      producerName: 'graft',
      opsetImport: [
        { domain: '', version: OPSET },
        ...(usesContributed ? [{ domain: MICROSOFT, version: 1 }] : []),
      ],
      graph: {
        name: 'program',
        node: this.#nodes.map(encodeNode),
        initializer: this.#constants.map(({ name, shape, dtype, raw }) => {
          return { name, dims: [...shape], dataType: ELEMENT_TYPES[dtype], rawData: raw };
        }),
        input: inputs.map(([name, spec]) => valueInfo(name, spec)),
        output: outputs.map(([name, spec]) => valueInfo(name, spec)),
      },
    }).finish();
  }

  #fresh(): string {
    return `${INTERNAL}${this.#count++}`;
  }

  #initializer(raw: Uint8Array, shape: readonly number[], dtype: DType | 'int64'): string {
    const size = sizeOf(shape);
    const key =
      size <= DEDUPLICATE_UP_TO ? `${dtype}|${shape.join(',')}|${Buffer.from(raw).toString('base64')}` : '';
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh();
    this.#constants.push({ name, shape: [...shape], dtype, raw: raw.slice() });
    if (key !== '') this.#known.set(key, name);
    return name;
  }
}

/** Numbers in the storage of a dtype. */
export function toTyped(values: ArrayLike<number | boolean>, dtype: DType): ConstantValues {
  if (dtype === 'int32') return Int32Array.from(values as ArrayLike<number>);
  if (dtype === 'bool') return Uint8Array.from(values as ArrayLike<number>, (value) => (value ? 1 : 0));
  return Float32Array.from(values as ArrayLike<number>);
}

function encodeNode(
  { operator, domain, inputs, outputs, attributes }: GraphNode,
  index: number,
): proto.onnx.INodeProto {
  return {
    opType: operator,
    domain,
    name: `${operator}_${index}`,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
  };
}

function encodeAttribute(name: string, value: Attribute): proto.onnx.IAttributeProto {
  const { AttributeType } = onnx.AttributeProto;
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ('text' in value) return { name, type: AttributeType.STRING, s: Buffer.from(value.text) };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

function valueInfo(name: string, spec: TensorSpec): proto.onnx.IValueInfoProto {
  const dim = spec.shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[dtypeOf(spec)], shape: { dim } } } };
}
