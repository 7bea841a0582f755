import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../src/config/paths.js';

/** Loads a module of tools/, which is plain JavaScript because it runs before anything is installed or compiled. */
export async function loadTool<T>(path: string): Promise<T> {
  return (await import(pathToFileURL(join(projectRoot, 'tools', path)).href)) as T;
}
