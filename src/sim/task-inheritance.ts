/** Task files that begin with another one (`extends`). */
import { isAbsolute } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { resolveBeside } from '../config/paths.js';
import { parseYaml } from '../config/yaml-file.js';

type Keys = Record<string, unknown>;

/** Keys that name a file: they are relative to the task file they stand in. */
const fileKeys = ['robot', 'model'];

/**
 * The keys of a task file with those of the file it extends below them; a key replaces the other file's key whole.
 * @returns what the file holds if that is not a map: the schema says so
 * @throws ConfigError if a file cannot be read or files extend each other in a circle
 */
export function inheritedTask(file: string, chain: readonly string[] = []): unknown {
  const task = parseYaml(file);
  if (!isMap(task) || typeof task.extends !== 'string') return task;
  const parent = resolveBeside(file, task.extends);
  if ([...chain, file].includes(parent))
    throw new ConfigError(file, 'extends', `${parent} extends this file`);
  const inherited = inheritedTask(parent, [...chain, file]);
  if (!isMap(inherited)) throw new ConfigError(parent, '', 'expected a map of keys');
  for (const key of fileKeys) {
    const path = inherited[key];
    if (typeof path === 'string' && !isAbsolute(path)) inherited[key] = resolveBeside(parent, path);
  }
  return { ...inherited, ...task };
}

function isMap(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
