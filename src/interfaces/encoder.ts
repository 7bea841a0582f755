import { CdrWriter } from '@foxglove/cdr';

import type { InterfaceField, ParsedInterface } from './definition.js';

/**
 * CDR encoding of messages, compiled once per type.
 *
 * The writer of @foxglove/rosmsg2-serialization 3.1 is not used: it cuts strings that are not ASCII, writes a length
 * without its elements for a typed array of another kind, and turns a missing field into zero. On a robot these must
 * be errors, so this encoder checks every field and names the one that does not fit.
 */

type Write = (writer: CdrWriter, value: unknown) => void;
type IntegerType = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32';

const integerRanges: Record<IntegerType, readonly [number, number]> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
};

/** Builds the encoder of the first type of `parsed`. @throws TypeError for a type that CDR has no form for (wstring). */
export function compileEncoder(parsed: readonly ParsedInterface[]): (message: unknown) => Uint8Array {
  const root = parsed[0];
  if (root === undefined) throw new TypeError('an encoder needs at least one definition');
  const types = new Map(parsed.map((entry) => [entry.name, entry]));
  const write = structWriter(root, types, root.name);
  let size = 256;
  return (message) => {
    const writer = new CdrWriter({ size });
    write(writer, message);
    size = Math.max(size, Math.min(writer.size, 65536));
    return writer.data;
  };
}

function structWriter(
  type: ParsedInterface,
  types: ReadonlyMap<string, ParsedInterface>,
  place: string,
): Write {
  const fields = type.definitions
    .filter((field) => field.isConstant !== true)
    .map((field) => ({ name: field.name, write: fieldWriter(field, types, `${place}.${field.name}`) }));
  // IDL has no empty struct: rosidl adds one uint8 (design article 116).
  if (fields.length === 0) return (writer) => void writer.uint8(0);
  return (writer, value) => {
    if (typeof value !== 'object' || value === null) throw mismatch(place, 'an object', value);
    const record = value as Record<string, unknown>;
    for (const field of fields) field.write(writer, record[field.name]);
  };
}

function fieldWriter(
  field: InterfaceField,
  types: ReadonlyMap<string, ParsedInterface>,
  place: string,
): Write {
  if (field.isArray !== true) return elementWriter(field, types, place);
  const bulk = bulkWriter(field.type);
  const element = elementWriter(field, types, `${place}[]`);
  const { arrayLength, arrayUpperBound } = field;
  return (writer, value) => {
    const plain = Array.isArray(value);
    const typed = bulk !== undefined && value instanceof bulk.kind;
    if (!plain && !typed) throw mismatch(place, bulk?.kind.name ?? 'an array', value);
    const { length } = value as { length: number };
    if (arrayLength !== undefined && length !== arrayLength)
      throw mismatch(place, `${arrayLength} elements`, length);
    if (arrayUpperBound !== undefined && length > arrayUpperBound)
      throw mismatch(place, `at most ${arrayUpperBound} elements`, length);
    if (arrayLength === undefined) writer.sequenceLength(length);
    if (plain) for (const item of value as unknown[]) element(writer, item);
    else bulk?.write(writer, value);
  };
}

function elementWriter(
  field: InterfaceField,
  types: ReadonlyMap<string, ParsedInterface>,
  place: string,
): Write {
  if (field.isComplex !== true) return primitiveWriter(field, place);
  const nested = types.get(field.type);
  if (nested === undefined) throw new TypeError(`${place}: type ${field.type} is not defined`);
  return structWriter(nested, types, place);
}

function primitiveWriter({ type, upperBound }: InterfaceField, place: string): Write {
  switch (type) {
    case 'bool':
      return (writer, value) => {
        if (typeof value !== 'boolean') throw mismatch(place, 'boolean', value);
        writer.uint8(value ? 1 : 0);
      };
    case 'string':
      return (writer, value) => {
        if (typeof value !== 'string') throw mismatch(place, 'string', value);
        writeString(writer, value, upperBound, place);
      };
    case 'float32':
    case 'float64':
      return (writer, value) => {
        if (typeof value !== 'number') throw mismatch(place, 'number', value);
        writer[type](value);
      };
    case 'int64':
    case 'uint64':
      return bigintWriter(type, place);
    case 'time':
    case 'duration':
      return timeWriter(place);
    default:
      return integerWriter(type, place);
  }
}

function integerWriter(type: string, place: string): Write {
  if (!(type in integerRanges)) throw new TypeError(`${place}: type ${type} is not supported`);
  const kind = type as IntegerType;
  const [low, high] = integerRanges[kind];
  return (writer, value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high)
      throw mismatch(place, type, value);
    writer[kind](value);
  };
}

function bigintWriter(type: 'int64' | 'uint64', place: string): Write {
  const wrap = (value: bigint): bigint =>
    type === 'int64' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  return (writer, value) => {
    if (typeof value !== 'bigint' || wrap(value) !== value)
      throw mismatch(place, `bigint within ${type}`, value);
    writer[type](value);
  };
}

function timeWriter(place: string): Write {
  const seconds = integerWriter('int32', `${place}.sec`);
  const nanoseconds = integerWriter('uint32', `${place}.nanosec`);
  return (writer, value) => {
    if (typeof value !== 'object' || value === null) throw mismatch(place, '{ sec, nanosec }', value);
    const time = value as { sec?: unknown; nanosec?: unknown };
    seconds(writer, time.sec);
    nanoseconds(writer, time.nanosec);
  };
}

/** CDR string: uint32 byte count with the terminating zero, UTF-8 bytes, zero. */
function writeString(writer: CdrWriter, value: string, upperBound: number | undefined, place: string): void {
  if (upperBound !== undefined && value.length > upperBound)
    throw mismatch(place, `at most ${upperBound} characters`, value);
  if (isAscii(value)) {
    writer.string(value);
    return;
  }
  const bytes = Buffer.from(`${value}\0`);
  writer.uint32(bytes.byteLength);
  writer.uint8Array(bytes);
}

function isAscii(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) if (value.charCodeAt(index) > 127) return false;
  return true;
}

function mismatch(place: string, expected: string, value: unknown): TypeError {
  const shown = typeof value === 'object' && value !== null ? value.constructor?.name : String(value);
  return new TypeError(`${place}: expected ${expected}, got ${shown ?? typeof value}`);
}

type Bulk = { kind: new () => ArrayBufferView; write: Write };

/** The typed array that holds `type[]`, and how to write it at once; undefined for types that have none. */
function bulkWriter(type: string): Bulk | undefined {
  return bulkWriters[type];
}

const bulkWriters: Partial<Record<string, Bulk>> = {
  int8: { kind: Int8Array, write: (writer, value) => void writer.int8Array(value as Int8Array) },
  uint8: { kind: Uint8Array, write: (writer, value) => void writer.uint8Array(value as Uint8Array) },
  int16: { kind: Int16Array, write: (writer, value) => void writer.int16Array(value as Int16Array) },
  uint16: { kind: Uint16Array, write: (writer, value) => void writer.uint16Array(value as Uint16Array) },
  int32: { kind: Int32Array, write: (writer, value) => void writer.int32Array(value as Int32Array) },
  uint32: { kind: Uint32Array, write: (writer, value) => void writer.uint32Array(value as Uint32Array) },
  int64: { kind: BigInt64Array, write: (writer, value) => void writer.int64Array(value as BigInt64Array) },
  uint64: {
    kind: BigUint64Array,
    write: (writer, value) => void writer.uint64Array(value as BigUint64Array),
  },
  float32: { kind: Float32Array, write: (writer, value) => void writer.float32Array(value as Float32Array) },
  float64: { kind: Float64Array, write: (writer, value) => void writer.float64Array(value as Float64Array) },
};
