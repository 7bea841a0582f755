import { McapRecordBuilder, McapStreamReader, Opcode, type McapTypes } from '@mcap/core';

import { addChunk, closingRecords, emptySummary, type Summary } from './summary.js';

/** A file without a usable summary, as far as it can be read. */
export type ScannedFile = {
  summary: Summary;
  /** Length of the leading part of the file that holds complete records. */
  goodBytes: bigint;
  /** Bytes after that, which are lost. */
  lostBytes: bigint;
  /** What belongs after the good part to make a complete MCAP file of it. */
  closing: Uint8Array;
};

const magicLength = 8n;
const recordHeaderLength = 9;
/** Times, sizes, checksum and an empty compression name: where the records of an uncompressed chunk begin. */
const chunkHeaderLength = 8 + 8 + 8 + 4 + 4 + 8;
const messageOpcode: number = Opcode.MESSAGE;
const messageIndexOpcode: number = Opcode.MESSAGE_INDEX;
const chunkOpcode: number = Opcode.CHUNK;
const summaryOpcodes: ReadonlySet<number> = new Set([Opcode.DATA_END, Opcode.FOOTER]);

type Scan = {
  summary: Summary;
  reader: McapStreamReader;
  /** The last chunk, and the message indexes that should follow it. */
  lastChunk: { index: McapTypes.ChunkIndex; expected: Map<number, McapTypes.MessageIndex> } | undefined;
};

/**
 * Reads a file record by record, checking each chunk's checksum, up to the first record that is cut or damaged.
 * Memory holds one record at a time and the index.
 * @throws Error for a chunk with compression, which this reader does not have.
 */
export async function scanFile(readable: McapTypes.IReadable): Promise<ScannedFile> {
  const size = await readable.size();
  const reader = new McapStreamReader({ noMagicPrefix: true });
  const scan: Scan = { summary: emptySummary(), reader, lastChunk: undefined };
  let offset = size < magicLength ? size : magicLength;
  for (;;) {
    const record = await readRecord(readable, offset, size);
    if (record === undefined) return finish(scan, offset, size - offset);
    if (summaryOpcodes.has(record[0] ?? 0)) return finish(scan, offset, 0n);
    if (!takeRecord(scan, record, offset)) return finish(scan, offset, size - offset);
    offset += BigInt(record.byteLength);
  }
}

/** Ends the good part after the last chunk where its message indexes are cut, and writes them anew. */
function finish(scan: Scan, end: bigint, lostBytes: bigint): ScannedFile {
  const { summary, lastChunk } = scan;
  const builder = new McapRecordBuilder();
  let goodBytes = end;
  if (lastChunk !== undefined) {
    const { index, expected } = lastChunk;
    if ([...expected.keys()].some((channel) => !index.messageIndexOffsets.has(channel))) {
      goodBytes = index.chunkStartOffset + index.chunkLength;
      index.messageIndexOffsets.clear();
      for (const messageIndex of expected.values()) {
        index.messageIndexOffsets.set(messageIndex.channelId, goodBytes + BigInt(builder.length));
        builder.writeMessageIndex(messageIndex);
      }
      index.messageIndexLength = BigInt(builder.length);
    }
  }
  const closing = closingRecords(summary, goodBytes + BigInt(builder.length));
  return { summary, goodBytes, lostBytes, closing: Buffer.concat([builder.buffer, closing]) };
}

async function readRecord(
  readable: McapTypes.IReadable,
  offset: bigint,
  size: bigint,
): Promise<Uint8Array | undefined> {
  if (offset + BigInt(recordHeaderLength) > size) return undefined;
  const header = await readable.read(offset, BigInt(recordHeaderLength));
  const length = viewOf(header).getBigUint64(1, true) + BigInt(recordHeaderLength);
  return offset + length > size ? undefined : readable.read(offset, length);
}

/** Adds one record to the scan; false when it is damaged. */
function takeRecord(scan: Scan, record: Uint8Array, offset: bigint): boolean {
  const opcode = record[0];
  // Zero is no opcode: what a power cut leaves of blocks that were allocated and not written.
  if (opcode === 0) return false;
  if (opcode === messageIndexOpcode) {
    takeMessageIndex(scan, record, offset);
    return true;
  }
  if (opcode === chunkOpcode) refuseCompression(record);
  const { summary } = scan;
  try {
    scan.reader.append(record);
    for (let parsed; (parsed = scan.reader.nextRecord()) !== undefined;) {
      if (parsed.type === 'Schema') addOnce(summary.schemas, parsed);
      else if (parsed.type === 'Channel') addOnce(summary.channels, parsed);
      else if (parsed.type === 'Metadata')
        summary.metadataIndexes.push({ name: parsed.name, offset, length: BigInt(record.byteLength) });
    }
  } catch {
    return false;
  }
  if (opcode === chunkOpcode) takeChunk(scan, record, offset);
  return true;
}

function takeChunk(scan: Scan, record: Uint8Array, offset: bigint): void {
  const view = viewOf(record);
  const records = record.subarray(recordHeaderLength + chunkHeaderLength);
  const expected = indexMessages(records);
  const index: McapTypes.ChunkIndex = {
    messageStartTime: view.getBigUint64(recordHeaderLength, true),
    messageEndTime: view.getBigUint64(recordHeaderLength + 8, true),
    chunkStartOffset: offset,
    chunkLength: BigInt(record.byteLength),
    messageIndexOffsets: new Map(),
    messageIndexLength: 0n,
    compression: '',
    compressedSize: BigInt(records.byteLength),
    uncompressedSize: BigInt(records.byteLength),
  };
  addChunk(
    scan.summary,
    index,
    [...expected.values()].map((entry) => [entry.channelId, entry.records.length] as const),
  );
  scan.lastChunk = { index, expected };
}

function takeMessageIndex(scan: Scan, record: Uint8Array, offset: bigint): void {
  if (scan.lastChunk === undefined) return;
  const { index } = scan.lastChunk;
  index.messageIndexOffsets.set(viewOf(record).getUint16(recordHeaderLength, true), offset);
  index.messageIndexLength += BigInt(record.byteLength);
}

function refuseCompression(record: Uint8Array): void {
  const nameLength = viewOf(record).getUint32(recordHeaderLength + 28, true);
  if (nameLength === 0) return;
  const start = recordHeaderLength + 32;
  const name = Buffer.from(record.subarray(start, start + nameLength)).toString();
  throw new Error(
    `the bag has chunks compressed with ${name}, which is not supported: convert it with ros2 bag convert`,
  );
}

function addOnce<T extends { id: number }>(list: T[], entry: T): void {
  if (!list.some((known) => known.id === entry.id)) list.push(entry);
}

/** Indexes of a chunk's messages, rebuilt from the chunk itself. */
function indexMessages(records: Uint8Array): Map<number, McapTypes.MessageIndex> {
  const view = viewOf(records);
  const indexes = new Map<number, McapTypes.MessageIndex>();
  for (let offset = 0; offset < records.byteLength;) {
    if (view.getUint8(offset) === messageOpcode) {
      const channelId = view.getUint16(offset + recordHeaderLength, true);
      const index = indexes.get(channelId) ?? { channelId, records: [] };
      index.records.push([view.getBigUint64(offset + recordHeaderLength + 6, true), BigInt(offset)]);
      indexes.set(channelId, index);
    }
    offset += recordHeaderLength + Number(view.getBigUint64(offset + 1, true));
  }
  return indexes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
