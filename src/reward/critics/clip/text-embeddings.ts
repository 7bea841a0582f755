/** What the text side of CLIP makes of a few sentences, computed once, elsewhere (docs/reference-matching.md). */
import { readFileSync } from 'node:fs';
import { ConfigError } from '../../../config/config-error.js';
import { unitVector } from './similarity.js';

/**
 * The unit vector of a text in a JSON file `{"texts": {"the text": [numbers, ...]}}`.
 * @param size of the image's embedding
 * @throws ConfigError if the file cannot be read, does not hold the text, or holds something else for it
 */
export function textEmbedding(file: string, text: string, size: number): Float32Array {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(file, '', `cannot be read as JSON: ${(error as Error).message}`);
  }
  const texts = isObject(content) && isObject(content.texts) ? content.texts : undefined;
  if (texts === undefined) throw new ConfigError(file, 'texts', 'is missing');
  if (!Object.hasOwn(texts, text)) {
    const known = Object.keys(texts).map((each) => `"${each}"`);
    throw new ConfigError(file, 'texts', `lacks "${text}"; it has ${known.join(', ') || 'none'}`);
  }
  const values = texts[text];
  if (!Array.isArray(values) || values.length !== size || !values.every(Number.isFinite))
    throw new ConfigError(file, `texts.${text}`, `must be ${size} numbers, as the image's embedding has`);
  try {
    return unitVector(Float32Array.from(values as number[]));
  } catch (error) {
    throw new ConfigError(file, `texts.${text}`, (error as Error).message);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
