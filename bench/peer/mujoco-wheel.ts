import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFile } from '../../src/config/paths.js';

/** Python of a virtual environment in the system's folder for temporary files that has MuJoCo's wheel of graft's version; made once. */
export function pythonWithWheel(): string {
  const { dependencies } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const version = dependencies['@mujoco/mujoco'];
  const folder = join(tmpdir(), `graft-bench-mujoco-${version}`);
  const python = join(folder, 'bin', 'python');
  if (!existsSync(join(folder, 'complete'))) {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', `mujoco==${version}`], { stdio: 'inherit' });
    writeFileSync(join(folder, 'complete'), '');
  }
  return python;
}

/** The shared library of MuJoCo that the wheel brings. */
export function wheelLibrary(): string {
  const code =
    'import mujoco, pathlib; print(next(pathlib.Path(mujoco.__file__).parent.glob("libmujoco.*")))';
  return execFileSync(pythonWithWheel(), ['-c', code], { encoding: 'utf8' }).trim();
}
