/** Files and folders that are there as a whole or not at all, never half of one, whatever kills the process. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

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

/**
 * Makes a new folder: `fill` makes it under its own name in a folder beside it (`<folder>.partial-...`), and it is moved into place once
 * it is complete. What `fill` left is removed if it rejects; a process that is killed leaves it beside.
 * @throws Error if there is something at `folder` already; what `fill` throws
 */
export async function createFolderAtomic<T>(
  folder: string,
  fill: (staged: string) => Promise<T>,
): Promise<T> {
  const place = resolve(folder);
  if (existsSync(place)) throw new Error(`${folder} exists already and is not overwritten`);
  mkdirSync(dirname(place), { recursive: true });
  const room = mkdtempSync(`${place}.partial-`);
  try {
    const staged = join(room, basename(place));
    const result = await fill(staged);
    renameSync(staged, place);
    syncFolder(dirname(place));
    return result;
  } finally {
    rmSync(room, { recursive: true, force: true });
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
