/**
 * Look-ups in the ament index: share/ament_index/resource_index under every folder of AMENT_PREFIX_PATH.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The install prefix of a package.
 * @param {string} name
 * @param {Record<string, string | undefined>} env
 * @returns {string}
 * @throws {Error} when no prefix has the package
 */
export function packagePrefix(name, env) {
  const prefixes = (env.AMENT_PREFIX_PATH ?? '').split(':').filter((prefix) => prefix !== '');
  const marker = join('share', 'ament_index', 'resource_index', 'packages', name);
  const prefix = prefixes.find((folder) => existsSync(join(folder, marker)));
  if (prefix === undefined) throw new Error(`Package '${name}' not found, searched: ${prefixes.join(', ')}`);
  return prefix;
}

/** The share folder of a package. */
export function packageShare(name, env) {
  return join(packagePrefix(name, env), 'share', name);
}

/** The executable file of a package, under lib/<package>/. */
export function findExecutable(name, executable, env) {
  const folder = join(packagePrefix(name, env), 'lib', name);
  const file = join(folder, executable);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || (found.mode & 0o111) === 0) {
    throw new Error(`executable '${executable}' not found on the libexec directory '${folder}'`);
  }
  return file;
}

/**
 * The launch file of that name anywhere under a package's share folder.
 * @throws {Error} when there is none or more than one
 */
export function findLaunchFile(name, file, env) {
  const share = packageShare(name, env);
  const matches = readdirSync(share, { recursive: true })
    .filter((path) => path === file || path.endsWith(`/${file}`))
    .map((path) => join(share, path));
  if (matches.length === 1) return matches[0];
  const why = matches.length === 0 ? 'was not found' : `is there more than once (${matches.join(', ')})`;
  throw new Error(
    `file '${file}' ${why} in the share directory of package '${name}', which is at '${share}'`,
  );
}
