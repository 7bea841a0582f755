/** Python for peers out of PyPI. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Python of a virtual environment in the system's folder for temporary files that has a package; made once.
 * @param requirement such as `mujoco==3.14.0`
 */
export function pythonWith(requirement: string): string {
  const folder = join(tmpdir(), `graft-bench-${requirement.replace('==', '-')}`);
  const python = join(folder, 'bin', 'python');
  if (!existsSync(join(folder, 'complete'))) {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', requirement], { stdio: 'inherit' });
    writeFileSync(join(folder, 'complete'), '');
  }
  return python;
}
