/**
 * The npm packages of the project.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether node_modules already holds what package-lock.json asks for, as npm's own record in it says.
 * @param {string} root the project's root folder
 */
export function nodePackagesComplete(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || present[path]?.version === entry.version,
  );
}

/** Installs the packages of package-lock.json without running their install scripts. */
export async function installNodePackages(place) {
  await place.run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', npm_config_yes: 'true' },
  });
}

/** Makes `npx graft` find the project's own executable, and keeps colcon out of node_modules. */
export function linkOwnExecutable(root) {
  const bin = join(root, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  rmSync(join(bin, 'graft'), { force: true });
  symlinkSync(join('..', '..', 'bin', 'graft.mjs'), join(bin, 'graft'));
  chmodSync(join(root, 'bin', 'graft.mjs'), 0o755);
  writeFileSync(join(root, 'node_modules', 'COLCON_IGNORE'), '');
}
