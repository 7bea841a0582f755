/** MuJoCo's wheel of PyPI, of graft's version. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { projectFile } from '../../src/config/paths.js';
import { pythonWith } from './python.js';

/** Python that has the wheel. */
export function pythonWithWheel(): string {
  const { dependencies } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return pythonWith(`mujoco==${dependencies['@mujoco/mujoco']}`);
}

/** The shared library of MuJoCo that the wheel brings. */
export function wheelLibrary(): string {
  const code =
    'import mujoco, pathlib; print(next(pathlib.Path(mujoco.__file__).parent.glob("libmujoco.*")))';
  return execFileSync(pythonWithWheel(), ['-c', code], { encoding: 'utf8' }).trim();
}
