/**
 * Runs one program of the set-up with its output in a log file.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A program that failed; `log` is the file with its whole output. */
export class CommandError extends Error {
  constructor(message, log) {
    super(message);
    this.name = 'CommandError';
    this.log = log;
  }
}

/** Programs at work; a set-up that fails or is interrupted does not leave them behind. */
const atWork = new Set();
process.once('exit', () => atWork.forEach((child) => child.kill('SIGTERM')));

/**
 * Runs a program to its end.
 * @param {string[]} command program and arguments
 * @param {{cwd: string, env: Record<string, string | undefined>, log: string}} options output is appended to `log`
 * @returns {Promise<void>}
 * @throws {CommandError} with the last lines of the output when the exit code is not 0
 */
export function runCommand(command, { cwd, env, log }) {
  mkdirSync(dirname(log), { recursive: true });
  const descriptor = openSync(log, 'a');
  writeSync(descriptor, `$ ${command.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], command.slice(1), {
      cwd,
      env,
      stdio: ['ignore', descriptor, descriptor],
    });
    atWork.add(child);
    child.once('error', (error) => reject(new CommandError(`${command[0]}: ${error.message}`, log)));
    child.once('close', (code, signal) => {
      closeSync(descriptor);
      atWork.delete(child);
      if (code === 0) resolve();
      else
        reject(
          new CommandError(
            `${command.join(' ')}\nended with ${signal ?? `exit code ${code}`}\n${tail(log)}`,
            log,
          ),
        );
    });
  });
}

function tail(log) {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-30).join('\n');
}
