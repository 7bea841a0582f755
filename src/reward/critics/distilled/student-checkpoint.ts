/** Where a student stood, as one safetensors file that is replaced atomically. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../config/atomic-file.js';
import { ConfigError } from '../../../config/config-error.js';
import { decodeSafetensors, encodeSafetensors, sizeOf, type Signature } from '../../../engine/index.js';
import type { StudentState } from './student.js';

const fileName = 'student.safetensors';

/** What a checkpoint has to fit. */
export type StudentIdentity = {
  readonly task: string;
  readonly teacher: string;
  readonly signature: Signature;
  /** numbers of the state */
  readonly state: number;
};

/** @throws Error if the disk is full; the last checkpoint then stays as it is */
export function saveStudent(
  folder: string,
  { weights, standardisation, labels, published }: StudentState,
  { task, teacher }: StudentIdentity,
): void {
  const { mean, std, clip } = standardisation;
  const tensors = { ...weights, state_mean: Float32Array.from(mean), state_std: Float32Array.from(std) };
  const counts = { labels: String(labels), published: String(published), clip: String(clip) };
  mkdirSync(folder, { recursive: true });
  writeFileAtomic(
    join(folder, fileName),
    encodeSafetensors({ tensors, metadata: { task, teacher, ...counts } }),
  );
}

/**
 * What `saveStudent` wrote; undefined if there is nothing in the folder.
 * @throws ConfigError if it is damaged, or of another task, teacher or network
 */
export function loadStudent(folder: string, identity: StudentIdentity): StudentState | undefined {
  const file = join(folder, fileName);
  if (!existsSync(file)) return undefined;
  const { tensors, metadata } = read(file);
  for (const key of ['task', 'teacher'] as const)
    if (metadata[key] !== identity[key])
      throw new ConfigError(file, key, `is ${metadata[key]}, expected ${identity[key]}`);
  const numbers = { shape: [identity.state] };
  const expected: Signature = { ...identity.signature, state_mean: numbers, state_std: numbers };
  for (const [name, { shape }] of Object.entries(expected)) {
    const found = tensors[name];
    if (found?.length !== sizeOf(shape))
      throw new ConfigError(file, name, `has ${found?.length ?? 'no'} values, expected ${sizeOf(shape)}`);
    if (!found.every(Number.isFinite)) throw new ConfigError(file, name, 'holds a value that is not finite');
  }
  const { state_mean, state_std, ...weights } = tensors;
  const [labels, published, clip] = ['labels', 'published', 'clip'].map((key) => Number(metadata[key]));
  if (![labels, published, clip].every(Number.isFinite))
    throw new ConfigError(file, 'metadata', 'lacks labels, published or clip');
  return {
    weights,
    standardisation: { mean: [...state_mean], std: [...state_std], clip },
    labels,
    published,
  };
}

function read(file: string): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(readFileSync(file));
  } catch (error) {
    throw new ConfigError(file, '', `cannot be read: ${(error as Error).message}`);
  }
}
