import { crc32 } from 'node:zlib';

import { McapRecordBuilder, Opcode, type McapTypes } from '@mcap/core';

/** All that the summary section of an MCAP file is made of. */
export type Summary = {
  schemas: McapTypes.Schema[];
  channels: McapTypes.Channel[];
  chunkIndexes: McapTypes.ChunkIndex[];
  metadataIndexes: McapTypes.MetadataIndex[];
  statistics: McapTypes.Statistics;
};

/** A summary of nothing, to be filled. */
export function emptySummary(): Summary {
  return {
    schemas: [],
    channels: [],
    chunkIndexes: [],
    metadataIndexes: [],
    statistics: {
      messageCount: 0n,
      schemaCount: 0,
      channelCount: 0,
      attachmentCount: 0,
      metadataCount: 0,
      chunkCount: 0,
      messageStartTime: 0n,
      messageEndTime: 0n,
      channelMessageCounts: new Map(),
    },
  };
}

/** Adds a chunk's index and its message counts (by channel) to a summary. */
export function addChunk(
  summary: Summary,
  index: McapTypes.ChunkIndex,
  counts: Iterable<readonly [number, number]>,
): void {
  const { statistics } = summary;
  const first = statistics.messageCount === 0n;
  summary.chunkIndexes.push(index);
  statistics.chunkCount += 1;
  if (first || index.messageStartTime < statistics.messageStartTime)
    statistics.messageStartTime = index.messageStartTime;
  if (first || index.messageEndTime > statistics.messageEndTime)
    statistics.messageEndTime = index.messageEndTime;
  for (const [channel, count] of counts) {
    statistics.messageCount += BigInt(count);
    const before = statistics.channelMessageCounts.get(channel) ?? 0n;
    statistics.channelMessageCounts.set(channel, before + BigInt(count));
  }
}

/**
 * Everything that follows the data of an MCAP file: DataEnd, summary, summary offsets, footer and magic
 * (MCAP specification 0, "Summary section").
 * @param dataEnd offset in the file at which these bytes go.
 */
export function closingRecords(summary: Summary, dataEnd: bigint): Uint8Array {
  const { schemas, channels, chunkIndexes, metadataIndexes } = summary;
  const statistics = {
    ...summary.statistics,
    schemaCount: schemas.length,
    channelCount: channels.length,
    metadataCount: metadataIndexes.length,
  };
  const builder = new McapRecordBuilder();
  const offset = (): bigint => dataEnd + BigInt(builder.length);
  const groups: McapTypes.SummaryOffset[] = [];
  const group = (groupOpcode: Opcode, write: () => void): void => {
    const groupStart = offset();
    write();
    const groupLength = offset() - groupStart;
    if (groupLength > 0n) groups.push({ groupOpcode, groupStart, groupLength });
  };
  builder.writeDataEnd({ dataSectionCrc: 0 });
  const summaryLocal = builder.length;
  const summaryStart = offset();
  group(Opcode.SCHEMA, () => schemas.forEach((schema) => builder.writeSchema(schema)));
  group(Opcode.CHANNEL, () => channels.forEach((channel) => builder.writeChannel(channel)));
  group(Opcode.STATISTICS, () => builder.writeStatistics(statistics));
  group(Opcode.METADATA_INDEX, () => metadataIndexes.forEach((index) => builder.writeMetadataIndex(index)));
  group(Opcode.CHUNK_INDEX, () => chunkIndexes.forEach((index) => builder.writeChunkIndex(index)));
  const summaryOffsetStart = offset();
  for (const entry of groups) builder.writeSummaryOffset(entry);
  const footerLocal = builder.length;
  builder.writeFooter({ summaryStart, summaryOffsetStart, summaryCrc: 0 });
  builder.writeMagic();
  const bytes = builder.buffer.slice();
  setSummaryCrc(bytes, summaryLocal, footerLocal);
  return bytes;
}

/** The checksum covers the summary and the footer up to the checksum itself: opcode, length and two offsets. */
function setSummaryCrc(bytes: Uint8Array, summaryStart: number, footerStart: number): void {
  const crcStart = footerStart + 1 + 8 + 8 + 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(crcStart, crc32(bytes.subarray(summaryStart, crcStart)), true);
}
