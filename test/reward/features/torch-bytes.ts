/** Files as `torch.save` wrote them before version 1.6, put together byte by byte. */

export type Part = number | string | readonly Part[];

/** Opcodes as numbers, text as it is. */
const bytes = (...parts: readonly Part[]): number[] =>
  parts.flatMap((part) =>
    typeof part === 'number' ? [part] : typeof part === 'string' ? [...Buffer.from(part)] : bytes(...part),
  );
const int32 = (value: number): number[] => [...Buffer.from(Int32Array.of(value).buffer)];
/** BINUNICODE */
const text = (value: string): number[] => bytes(0x58, int32(Buffer.byteLength(value)), value);
/** BININT */
const int = (value: number): number[] => bytes(0x4a, int32(value));
/** GLOBAL */
const global = (module: string, name: string): number[] => bytes('c', `${module}\n${name}\n`);
/** MARK ... TUPLE */
const tuple = (...items: readonly number[][]): number[] => bytes('(', items.flat(), 't');
/** PROTO 2 ... STOP */
export const pickle = (...parts: readonly Part[]): number[] => bytes(0x80, 2, ...parts, '.');

/** What every such file begins with. */
export const head: readonly number[] = [
  ...pickle(0x8a, 10, ...Buffer.from('6cfc9c46f9206aa85019', 'hex')),
  ...pickle('M', 0xe9, 0x03),
  ...pickle('}'),
];

export const pickled = { bytes, text, int, global, tuple };

export type StoredTensor = {
  readonly name: string;
  readonly key: string;
  readonly type?: string;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
};

export type Stored = { readonly size: number; readonly elements: Uint8Array };

/** @param storages by key; their elements as they lie in the file */
export function torchFile(
  tensors: readonly StoredTensor[],
  storages: Readonly<Record<string, Stored>>,
): Uint8Array {
  const orderedDict = bytes(global('collections', 'OrderedDict'), ')', 'R');
  const items = tensors.map(({ name, key, type = 'FloatStorage', offset = 0, shape, strides }) => {
    const size = storages[key]?.size ?? 0;
    const id = tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(size), [0x4e]);
    const args = [
      [...id, 0x51],
      int(offset),
      tuple(...shape.map(int)),
      tuple(...strides.map(int)),
      [0x89],
      orderedDict,
    ];
    return bytes(text(name), global('torch._utils', '_rebuild_tensor_v2'), tuple(...args), 'R');
  });
  const parts = [
    head,
    pickle(orderedDict, '(', items.flat(), 'u'),
    pickle(']', '(', Object.keys(storages).map(text).flat(), 'e'),
    ...Object.values(storages).map(({ size, elements }) => [
      ...Buffer.from(BigInt64Array.of(BigInt(size)).buffer),
      ...elements,
    ]),
  ];
  return Uint8Array.from(parts.flat());
}

/** A storage of floats. */
export function floats(...values: readonly number[]): Stored {
  return { size: values.length, elements: new Uint8Array(Float32Array.from(values).buffer) };
}
