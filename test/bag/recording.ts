import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

import { BagReader, type RecordedMessage, type ReadOptions } from '../../src/bag/reader.js';
import type { BagQos } from '../../src/bag/metadata.js';
import { BagWriter, type BagProblem, type BagTopic, type BagWriterOptions } from '../../src/bag/writer.js';

export const qos: BagQos = {
  history: 'keep_last',
  depth: 10,
  reliability: 'reliable',
  durability: 'volatile',
};

/** A topic whose messages are one uint32. */
export function countTopic(name: string): BagTopic {
  return {
    name,
    type: 'test_msgs/msg/Count',
    qos,
    schemaText: 'uint32 count\n',
    typeHash: `RIHS01_${'0'.repeat(64)}`,
  };
}

/** CDR of test_msgs/msg/Count, followed by padding so that messages can be made large. */
export function countData(count: number, size = 8): Uint8Array {
  const data = Buffer.alloc(size, count % 251);
  data.writeUInt32BE(0x00010000, 0);
  data.writeUInt32LE(count, 4);
  return data;
}

export function countOf(message: RecordedMessage): number {
  return Buffer.from(message.data).readUInt32LE(4);
}

export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'graft-bag-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A writer whose problems are collected. */
export async function openWriter(
  directory: string,
  options: Partial<BagWriterOptions> = {},
): Promise<{ writer: BagWriter; problems: BagProblem[] }> {
  const problems: BagProblem[] = [];
  const writer = await BagWriter.open(directory, {
    onError: (problem) => problems.push(problem),
    ...options,
  });
  return { writer, problems };
}

/** Reads a bag to the end; `warnings` are those of opening it. */
export async function readAll(
  location: string,
  options: ReadOptions = {},
): Promise<{ messages: RecordedMessage[]; warnings: string[]; reader: BagReader }> {
  const warnings: string[] = [];
  const reader = await BagReader.open(location, { onWarning: (warning) => warnings.push(warning) });
  const messages: RecordedMessage[] = [];
  try {
    for await (const message of reader.messages(options)) messages.push(message);
  } finally {
    await reader.close();
  }
  return { messages, warnings, reader };
}
