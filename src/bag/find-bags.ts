/** Where bags lie. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../config/config-error.js';

/** The bag folders (those that hold an .mcap file) in `folder` and below it, by name; `folder` itself may be one. */
export function findBags(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder).sort();
  if (entries.some((name) => name.endsWith('.mcap'))) return [folder];
  return entries
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory())
    .flatMap(findBags);
}

/** The bags in folders, each once: one that is named twice must not count its steps twice. */
export function bagsIn(folders: readonly string[]): string[] {
  const found = folders.flatMap((folder) => {
    const bags = findBags(folder);
    if (bags.length === 0) throw new ConfigError(folder, '', 'holds no bag (an .mcap file)');
    return bags;
  });
  return [...new Map(found.map((bag) => [resolve(bag), bag])).values()];
}
