/**
 * The safetensors format: named float32 arrays in one file that Python, Rust and JavaScript read alike.
 * Layout: u64 length of the header, the header as JSON (name -> dtype, shape, data_offsets), then the data.
 * Source: the format description of the safetensors project.
 */

export type Tensors = Record<string, Float32Array>;
export type TensorFile = { readonly tensors: Tensors; readonly metadata: Readonly<Record<string, string>> };

type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

/** The bytes of a file that holds `tensors`, one-dimensional, and `metadata`. */
export function encodeSafetensors({ tensors, metadata }: TensorFile): Uint8Array {
  const header: Record<string, Entry | Readonly<Record<string, string>>> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, values] of Object.entries(tensors)) {
    header[name] = {
      dtype: 'F32',
      shape: [values.length],
      data_offsets: [offset, offset + values.byteLength],
    };
    offset += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padding = (8 - (json.length % 8)) % 8;
  const start = 8 + json.length + padding;
  const bytes = Buffer.alloc(start + offset, ' ');
  bytes.writeBigUInt64LE(BigInt(json.length + padding), 0);
  json.copy(bytes, 8);
  let at = start;
  for (const values of Object.values(tensors)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

/** The inverse of `encodeSafetensors`. @throws Error if the bytes are cut short or hold something else than float32. */
export function decodeSafetensors(bytes: Uint8Array): TensorFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 8) throw new Error('is too short to be a safetensors file');
  const headerLength = Number(view.getBigUint64(0, true));
  const start = 8 + headerLength;
  if (start > bytes.byteLength) throw new Error('is cut short: its header is not complete');
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset + 8, headerLength).toString(),
  ) as Record<string, Entry> & { __metadata__?: Record<string, string> };
  const tensors: Tensors = {};
  for (const [name, { dtype, data_offsets }] of Object.entries(entries)) {
    if (dtype !== 'F32') throw new Error(`tensor ${name} is ${dtype}, expected F32`);
    const [from, to] = data_offsets;
    if (start + to > bytes.byteLength) throw new Error(`is cut short: tensor ${name} is not complete`);
    // Copied: the bytes may be a Buffer out of a pool, and their start need not be aligned.
    tensors[name] = new Float32Array(Uint8Array.from(bytes.subarray(start + from, start + to)).buffer);
  }
  return { tensors, metadata };
}
