/**
 * TypeScript to dist/.
 */
import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesUnder } from './stamp.mjs';

/** Removes compiled files whose source is gone: a deleted test must not run again. */
export function pruneOutput(root) {
  const dist = join(root, 'dist');
  for (const file of filesUnder(dist)) {
    const match = /^(.*)\.js(\.map)?$/.exec(relative(dist, file));
    if (match !== null && !existsSync(join(root, `${match[1]}.ts`))) rmSync(file);
  }
}

/** Compiles the project. Files come out even where types are wrong; the error then names every place. */
export async function compile(place) {
  pruneOutput(place.root);
  await place.run([
    process.execPath,
    join('node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    'tsconfig.json',
  ]);
}
