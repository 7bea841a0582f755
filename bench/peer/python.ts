/** Python peers of measurements, each in a virtual environment of its own in the system's folder for temporary files. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Python of an environment that has packages, each such as `mujoco==3.14.0`; made once. */
export function pythonWith(...packages: readonly string[]): string {
  const folder = join(tmpdir(), `graft-bench-${packages.join('-').replaceAll('==', '-')}`);
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    console.error(`installing ${packages.join(', ')} from PyPI ...`);
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: 'inherit' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'inherit' });
    writeFileSync(complete, '');
  }
  return python;
}

/** A Python program that answers each JSON line with one. */
export class PythonPeer {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string, undefined>;

  constructor(python: string, program: string, ...options: string[]) {
    this.#child = spawn(python, [program, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws Error if the program ends instead of answering */
  async ask<Answer>(request: object): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#answers.next();
    if (answer.value === undefined) throw new Error('the Python peer ended without an answer');
    return JSON.parse(answer.value) as Answer;
  }

  close(): void {
    this.#child.stdin!.end();
  }
}
