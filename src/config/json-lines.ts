/** Files of one JSON value a line: readable while they are written and after a crash. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Appends a value as one line. A last line that a crash cut short goes first: it would spoil the new one as well.
 * @throws Error naming the file, e.g. when the disk is full.
 */
export function appendJsonLine(file: string, value: unknown): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    dropCutLine(file);
    appendFileSync(file, `${JSON.stringify(value)}\n`);
  } catch (error) {
    throw new Error(`cannot write ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** The values of a file's complete lines; none if it does not exist. A last line that was cut short is left out. */
export function readJsonLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const bytes = readFileSync(file);
  return bytes
    .toString('utf8', 0, completeLength(bytes))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

function dropCutLine(file: string): void {
  if (!existsSync(file) || endsALine(file)) return;
  truncateSync(file, completeLength(readFileSync(file)));
}

function endsALine(file: string): boolean {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const last = Buffer.alloc(1);
    if (size > 0) readSync(handle, last, 0, 1, size - 1);
    return size === 0 || last.toString() === '\n';
  } finally {
    closeSync(handle);
  }
}

/** Bytes up to and including the last line's end. */
function completeLength(bytes: Buffer): number {
  return bytes.lastIndexOf('\n') + 1;
}
