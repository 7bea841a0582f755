/** Versions of critics: the same settings and files give the same one. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { externalDataFiles } from '../engine/index.js';

/** 16 hex digits of a SHA-256; where one part ends and the next begins counts. */
export function versionOf(...parts: readonly (string | Uint8Array | Float32Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes =
      typeof part === 'string'
        ? Buffer.from(part)
        : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * The version of an ONNX file, with the files of external data that it names.
 * @throws ConfigError naming the file if one cannot be read
 */
export function onnxVersion(file: string): string {
  const bytes = readModel(file);
  let external: string[];
  try {
    external = externalDataFiles(bytes);
  } catch (error) {
    throw new ConfigError(file, '', `is not an ONNX file: ${(error as Error).message}`);
  }
  return versionOf(bytes, ...external.map((name) => readModel(join(dirname(file), name))));
}

function readModel(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError(file, '', `cannot be read: ${(error as Error).message}`);
  }
}
