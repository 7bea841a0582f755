import { open } from 'node:fs/promises';

import { McapIndexedReader, type McapTypes } from '@mcap/core';

import { scanFile } from './scan.js';

/** One readable file of a bag. */
export type McapSource = {
  file: string;
  reader: McapIndexedReader;
  /** Bytes at the end that hold no complete record; 0 for a file that was closed. */
  lostBytes: bigint;
  /** What would complete a file that was not closed: `closing` in place of all after `goodBytes`. */
  completion: { goodBytes: bigint; closing: Uint8Array } | undefined;
  close(): Promise<void>;
};

/**
 * Opens an MCAP file with its index; where that is missing or damaged (the recorder was killed), the file is read
 * through once and the index rebuilt in memory.
 * @returns undefined when not even the file's header is there.
 * @throws Error when the file cannot be opened or its chunks are compressed.
 */
export async function openMcapSource(file: string): Promise<McapSource | undefined> {
  const handle = await open(file, 'r');
  const close = (): Promise<void> => handle.close();
  try {
    const { size } = await handle.stat();
    const readable: McapTypes.IReadable = {
      size: () => Promise.resolve(BigInt(size)),
      async read(offset, length) {
        const bytes = new Uint8Array(Number(length));
        const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, Number(offset));
        if (bytesRead < bytes.byteLength)
          throw new Error(`${file}: ended at byte ${Number(offset) + bytesRead}`);
        return bytes;
      },
    };
    const opened = (await openIndexed(readable)) ?? (await openScanned(readable));
    if (opened === undefined) await close();
    return opened && { file, ...opened, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Opened = Pick<McapSource, 'reader' | 'lostBytes' | 'completion'>;

async function openIndexed(readable: McapTypes.IReadable): Promise<Opened | undefined> {
  try {
    return { reader: await McapIndexedReader.Initialize({ readable }), lostBytes: 0n, completion: undefined };
  } catch {
    return undefined;
  }
}

async function openScanned(readable: McapTypes.IReadable): Promise<Opened | undefined> {
  const { goodBytes, lostBytes, closing } = await scanFile(readable);
  try {
    const completed = completedReadable(readable, goodBytes, closing);
    return {
      reader: await McapIndexedReader.Initialize({ readable: completed }),
      lostBytes,
      completion: { goodBytes, closing },
    };
  } catch {
    return undefined;
  }
}

/** The first `goodBytes` of a file followed by `closing`. Reads lie on one side of the border or span it. */
function completedReadable(
  readable: McapTypes.IReadable,
  goodBytes: bigint,
  closing: Uint8Array,
): McapTypes.IReadable {
  return {
    size: () => Promise.resolve(goodBytes + BigInt(closing.byteLength)),
    async read(offset, length) {
      const end = offset + length;
      if (end <= goodBytes) return readable.read(offset, length);
      const start = offset > goodBytes ? Number(offset - goodBytes) : 0;
      const rest = closing.slice(start, Number(end - goodBytes));
      return offset >= goodBytes
        ? rest
        : Buffer.concat([await readable.read(offset, goodBytes - offset), rest]);
    },
  };
}
