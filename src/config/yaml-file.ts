/** YAML files, read and written whole. */
import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { ConfigError } from './config-error.js';
import { checkAgainst, loadSchema } from './schema.js';

/**
 * Reads a YAML file, checks it against `schemas/<schema>.schema.json` and fills in the schema's defaults.
 * @throws ConfigError naming the file and the key (or the line, where the YAML itself is broken).
 */
export function loadYaml<T>(file: string, schema: string): T {
  return checked<T>(parseYaml(file), schema, file);
}

/** As `loadYaml`, for what was read of `file` before. */
export function checked<T>(value: unknown, schema: string, file: string): T {
  checkAgainst(schema, loadSchema(schema), value, file);
  return value as T;
}

/** Reads a YAML file without a schema. @throws ConfigError if it cannot be read or parsed. */
export function parseYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, '', `cannot be read: ${(error as Error).message}`);
  }
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new ConfigError(file, '', yamlProblem(error));
  }
}

/** What is wrong with the YAML, in a line. An alias that is not defined, or multiplies out, has no place in the error. */
function yamlProblem(error: unknown): string {
  if (!(error instanceof YAMLParseError)) return `is not valid YAML: ${(error as Error).message}`;
  if (error.code === 'MULTIPLE_DOCS') return 'holds several YAML documents (---); expected one';
  return error.message.split('\n')[0].replace(/:$/, '');
}
