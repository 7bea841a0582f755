import { crc32 } from 'node:zlib';

import { McapRecordBuilder, type McapChunkBuilder, type McapTypes } from '@mcap/core';

import type { BagFile } from './bag-file.js';
import { addChunk, closingRecords, emptySummary, type Summary } from './summary.js';

/** Messages that go to the file together. */
export type SealedChunk = {
  records: Uint8Array;
  startTime: bigint;
  endTime: bigint;
  indexes: McapTypes.MessageIndex[];
};

/** Takes the content out of a chunk builder, which is empty afterwards and keeps its buffer for the next chunk. */
export function sealChunk(builder: McapChunkBuilder): SealedChunk {
  const sealed = {
    records: builder.buffer.slice(),
    startTime: builder.messageStartTime,
    endTime: builder.messageEndTime,
    indexes: [...builder.indices],
  };
  builder.reset();
  return sealed;
}

/**
 * One MCAP file being written. The McapWriter of @mcap/core cannot end a chunk on demand, which a bag that is flushed
 * every second needs; this uses its record builder. Calls must not overlap.
 */
export class McapFile {
  readonly summary: Summary = emptySummary();
  readonly #records = new McapRecordBuilder();
  #position = 0n;

  private constructor(readonly file: BagFile) {}

  /** Starts a file of profile `ros2` at the start of an empty port. */
  static async create(file: BagFile, library: string): Promise<McapFile> {
    const created = new McapFile(file);
    created.#records.writeMagic();
    created.#records.writeHeader({ profile: 'ros2', library });
    await created.#put();
    return created;
  }

  /** Bytes written so far. */
  get position(): bigint {
    return this.#position;
  }

  /** Writes a schema and a channel, outside of any chunk, so that they are known from their first flush on. */
  async writeChannel(schema: McapTypes.Schema, channel: McapTypes.Channel): Promise<void> {
    if (!this.summary.schemas.some((known) => known.id === schema.id)) {
      this.#records.writeSchema(schema);
      this.summary.schemas.push(schema);
    }
    this.#records.writeChannel(channel);
    this.summary.channels.push(channel);
    await this.#put();
  }

  /** Writes a Metadata record. */
  async writeMetadata(name: string, entries: ReadonlyMap<string, string>): Promise<void> {
    const offset = this.#position;
    const length = this.#records.writeMetadata({ name, metadata: new Map(entries) });
    await this.#put();
    this.summary.metadataIndexes.push({ name, offset, length });
  }

  /** Writes a chunk with the message indexes that belong to it. */
  async writeChunk(chunk: SealedChunk): Promise<void> {
    const chunkStartOffset = this.#position;
    const uncompressedSize = BigInt(chunk.records.byteLength);
    const chunkLength = this.#records.writeChunk({
      messageStartTime: chunk.startTime,
      messageEndTime: chunk.endTime,
      uncompressedSize,
      uncompressedCrc: crc32(chunk.records),
      compression: '',
      records: chunk.records,
    });
    const messageIndexOffsets = new Map<number, bigint>();
    for (const index of chunk.indexes) {
      messageIndexOffsets.set(index.channelId, chunkStartOffset + BigInt(this.#records.length));
      this.#records.writeMessageIndex(index);
    }
    const messageIndexLength = BigInt(this.#records.length) - chunkLength;
    await this.#put();
    addChunk(
      this.summary,
      {
        messageStartTime: chunk.startTime,
        messageEndTime: chunk.endTime,
        chunkStartOffset,
        chunkLength,
        messageIndexOffsets,
        messageIndexLength,
        compression: '',
        compressedSize: uncompressedSize,
        uncompressedSize,
      },
      chunk.indexes.map((index) => [index.channelId, index.records.length] as const),
    );
  }

  /** Writes summary and footer, syncs and closes. */
  async end(): Promise<void> {
    await this.file.write(closingRecords(this.summary, this.#position));
    await this.file.sync();
    await this.file.close();
  }

  async #put(): Promise<void> {
    await this.file.write(this.#records.buffer);
    this.#position += BigInt(this.#records.length);
    this.#records.reset();
  }
}
