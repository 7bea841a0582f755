/** Files that are either the old one or the new one, never half of one, whatever kills the process. */
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes `data` to `<file>.tmp`, flushes it to the disk and renames it into place (POSIX rename is atomic). A file has one
 * writer; what a killed one left behind is overwritten by the next.
 * @throws Error naming the file, e.g. when the disk is full; the old file is then untouched.
 */
export function writeFileAtomic(file: string, data: string | Uint8Array): void {
  const temporary = `${file}.tmp`;
  try {
    const handle = openSync(temporary, 'w');
    try {
      writeAll(handle, typeof data === 'string' ? Buffer.from(data) : data);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
    syncFolder(dirname(file));
  } catch (error) {
    removeQuietly(temporary);
    throw new Error(`cannot write ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function writeAll(handle: number, data: Uint8Array): void {
  for (let offset = 0; offset < data.length;) offset += writeSync(handle, data, offset);
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function removeQuietly(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Nothing was created.
  }
}
