import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** Where the writer puts bytes: an open file, or in tests something that fails on purpose. */
export type BagFile = {
  /** Appends all of `bytes` or rejects; called again only after it has settled. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves once everything written so far is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
};

/** Opens a file that must not exist yet. */
export type OpenBagFile = (file: string) => Promise<BagFile>;

/** The real file system. @throws EEXIST when the file exists. */
export const openNewFile: OpenBagFile = async (file) => {
  const bagFile = appendTo(await open(file, 'wx'));
  await syncDirectory(path.dirname(file));
  return bagFile;
};

/** A port on an open file handle; a short write goes on until all bytes are out or the system says why not. */
export function appendTo(handle: FileHandle): BagFile {
  return {
    async write(bytes) {
      for (let offset = 0; offset < bytes.byteLength;) {
        const { bytesWritten } = await handle.write(bytes, offset);
        offset += bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

/** Makes a created or renamed entry of the directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
