/** Where the project's own files are, wherever it was built or installed. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds the project's package.json. */
export const projectRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** An absolute path of a file that ships with the project, e.g. `projectFile('sim/tasks/lift.yaml')`. */
export function projectFile(...parts: string[]): string {
  return join(projectRoot, ...parts);
}

/** A path that a file names: absolute, next to that file, or else one of the project's own files. */
export function resolveBeside(file: string, path: string): string {
  if (isAbsolute(path)) return path;
  const beside = resolve(dirname(file), path);
  return existsSync(beside) ? beside : projectFile(path);
}

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'schemas'))) return folder;
    if (dirname(folder) === folder) throw new Error(`no graft project around ${start}`);
  }
}
