/** Weights out of files that `torch.save` wrote before its version 1.6, without torch and without running anything in them. */
import { PickleGlobal, unpickle, type PickleValue, type PickleWorld } from './pickle.js';

/** A tensor, row-major. */
export type TorchTensor = { readonly shape: readonly number[]; readonly data: Float32Array };

/** First and second pickle of such a file: a number to know it by (1950 a86a 20f9 469c fc6c in hex), and its version. */
const [magic, version] = [0x1950a86a20f9469cfc6cn, 1001];

const elementBytes: Readonly<Partial<Record<string, 4 | 8>>> = { FloatStorage: 4, LongStorage: 8 };

/** Numbers that lie one after the other in the file; where, is known only when the pickles were read. */
class Storage {
  values = new Float32Array();

  constructor(
    readonly bytes: 4 | 8,
    readonly size: number,
  ) {}
}

/** A view of a storage; offset, shape and strides count elements. */
class View {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/**
 * The tensors of a state dictionary, by name. The format is three pickles of what wrote it, the dictionary with references to storages,
 * the storages' keys, and the storages in the order of the keys: a count of 8 bytes, then the elements, little-endian.
 * @param bytes the whole file
 * @throws Error for another format, anything in it that is not a plain tensor of floats or integers, or a file that is cut short
 */
export function readTorchFile(bytes: Uint8Array): Map<string, TorchTensor> {
  const storages = new Map<string, Storage>();
  const world: PickleWorld = { call, persistent: (id) => storageOf(id, storages) };
  let position = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(bytes, position, world);
    position = end;
    return value;
  };
  if (next() !== Number(magic) || next() !== version)
    throw new Error('is not a file of torch.save before version 1.6');
  next();
  const [state, keys] = [next(), next()];
  if (!(state instanceof Map) || !Array.isArray(keys)) throw new Error('holds no dictionary of tensors');
  for (const key of keys as PickleValue[]) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined) throw new Error('holds a storage that no tensor names');
    position = fill(storage, bytes, position);
  }
  const tensors = new Map<string, TorchTensor>();
  for (const [name, view] of state as Map<PickleValue, PickleValue>)
    if (typeof name === 'string' && view instanceof View) tensors.set(name, tensorOf(name, view));
  return tensors;
}

/** The calls of a state dictionary: a dictionary without items, or a tensor. */
function call(callee: PickleValue, args: readonly PickleValue[]): PickleValue {
  const name = callee instanceof PickleGlobal ? callee.toString() : 'what is not a name';
  if (name === 'collections.OrderedDict' && args.length === 0) return new Map();
  if (name !== 'torch._utils._rebuild_tensor_v2') throw new Error(`calls ${name}, which is refused`);
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides))
    throw new Error('holds a tensor of an unknown kind');
  return new View(storage, offset, shape, strides);
}

/** @param id ('storage', type, key, device, size, None) */
function storageOf(id: PickleValue, storages: Map<string, Storage>): Storage {
  const [what, type, key, , size] = Array.isArray(id) ? (id as PickleValue[]) : [];
  const bytes = type instanceof PickleGlobal && type.module === 'torch' ? elementBytes[type.name] : undefined;
  if (what !== 'storage' || bytes === undefined || typeof key !== 'string' || !isCount(size))
    throw new Error('holds a storage of an unknown kind');
  const known = storages.get(key) ?? new Storage(bytes, size);
  storages.set(key, known);
  return known;
}

/** Reads a storage's elements. @returns where they end */
function fill(storage: Storage, bytes: Uint8Array, position: number): number {
  const { size, bytes: width } = storage;
  const start = position + 8;
  const end = start + size * width;
  if (end > bytes.length) throw new Error('is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, end - position);
  if (view.getBigUint64(0, true) !== BigInt(size))
    throw new Error('has a storage of another size than it says');
  storage.values = new Float32Array(size);
  for (let i = 0; i < size; i++)
    storage.values[i] =
      width === 4 ? view.getFloat32(8 + 4 * i, true) : Number(view.getBigInt64(8 + 8 * i, true));
  return end;
}

/** Elements in row-major order, whatever the strides are. */
function tensorOf(name: string, { storage, offset, shape, strides }: View): TorchTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((sum, size, i) => sum + (size - 1) * (strides[i] ?? 0), offset);
  if (strides.length !== shape.length || count > storage.size || last >= storage.size)
    throw new Error(`tensor ${name} reaches beyond its storage`);
  const data = new Float32Array(count);
  const index = shape.map(() => 0);
  for (let to = 0, at = offset; to < count; to++) {
    data[to] = storage.values[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return { shape, data };
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && (value as PickleValue[]).every(isCount);
}
