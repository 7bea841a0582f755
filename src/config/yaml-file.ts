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
  const value = parseYaml(file);
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
    if (error instanceof YAMLParseError) throw new ConfigError(file, '', error.message.split('\n')[0]);
    throw error;
  }
}
