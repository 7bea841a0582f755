/** The project as a user runs it: `ros2 launch`, `ros2 run` and the `graft` command, in folders of the test's own. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { projectFile } from '../../src/config/paths.js';
import { readEpisodes, type EpisodeRecord } from '../../src/episodes/log.js';
import { loadCheckpoint } from '../../src/learning/checkpoint.js';
import { updatesDue, type Hyperparameters } from '../../src/learning/hyperparameters.js';

process.env['ROS_DOMAIN_ID'] ??= String(randomInt(1, 101));

/** Longest time that anything here may take, ms; the machine may be busy. */
const patience_ms = 180_000;

/** Parameters that make training short. */
export const settingsFile = projectFile('test', 'system', 'settings.yaml');

/** A folder that is removed at the end of the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'graft-system-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const logs = temporaryFolder();

/** A program under test. */
export type Program = {
  readonly child: ChildProcess;
  /** Everything that it has printed so far. */
  readonly output: () => string;
  /** Waits for its end. @returns the exit code */
  readonly ended: () => Promise<number | null>;
  /** Ends it as Ctrl-C does. @returns exit code and seconds until then */
  readonly interrupt: () => Promise<{ code: number | null; seconds: number }>;
};

/** Starts a program; it is killed at the end of the test file if it still runs. */
export function start(command: string, argv: readonly string[]): Program {
  const child = spawn(command, argv, {
    cwd: projectFile(),
    // A group of its own, so that nothing is left when the test fails.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ROS_LOG_DIR: logs },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  after(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  const ended = (): Promise<number | null> => within(`${command} ${argv[0]}`, exit, () => text);
  const interrupt = async (): Promise<{ code: number | null; seconds: number }> => {
    const from = performance.now();
    child.kill('SIGINT');
    return { code: await ended(), seconds: (performance.now() - from) / 1000 };
  };
  return { child, output: () => text, ended, interrupt };
}

async function within<T>(what: string, promise: Promise<T>, output: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = (): void =>
      reject(new Error(`${what}: not within ${patience_ms} ms:\n${output().slice(-4000)}`));
    timer = setTimeout(fail, patience_ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** `ros2 launch` of one of the project's launch files. */
export function launch(file: string, values: Readonly<Record<string, string | number | boolean>>): Program {
  const pairs = Object.entries(values).map(([name, value]) => `${name}:=${value}`);
  return start('ros2', ['launch', projectFile('launch', file), ...pairs]);
}

/** A launch that must end by itself with exit code 0. */
export async function launched(...call: Parameters<typeof launch>): Promise<void> {
  const program = launch(...call);
  assert.equal(await program.ended(), 0, program.output().slice(-4000));
}

/** The `graft` command, to its end. @returns what it printed on stdout */
export function graft(...argv: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [projectFile('bin', 'graft.mjs'), ...argv], {
    encoding: 'utf8',
    timeout: patience_ms,
    env: { ...process.env, ROS_LOG_DIR: logs },
  });
  assert.equal(status, 0, `graft ${argv.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}

/** Waits until `check` gives something; a program that ends meanwhile fails the test. */
export async function until<T>(
  program: Program,
  what: string,
  check: () => T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + patience_ms;
  while (performance.now() < deadline) {
    const value = check();
    if (value !== undefined && value !== false) return value;
    if (program.child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what}: did not happen\n${program.output().slice(-4000)}`);
}

/** Process ids under which a launch has started a node, the last one last. */
export function pidsOf({ output }: Program, node: string): number[] {
  const lines = output().matchAll(
    new RegExp(`\\[${node}-\\d+\\]: process started with pid \\[(\\d+)\\]`, 'g'),
  );
  return [...lines].map(([, pid]) => Number(pid));
}

/** Demonstrations and a cloned policy in `root`, as `graft demo` lays them out. */
export async function prepareBase(root: string, task = 'lift', iterations = 80): Promise<void> {
  const [demos, base] = [join(root, 'demos'), join(root, 'base')];
  await launched('collect_demos_launch.yaml', { task, out: demos, episodes: 3 });
  graft('bc', '--bags', demos, '--out', base, '--task', task, '--iterations', String(iterations));
}

/** Arguments of a short training in `root`. */
export function trainingArguments(root: string, steps: number): Record<string, string | number> {
  const [base, demos, run] = ['base', 'demos', 'train'].map((name) => join(root, name));
  return { base, demos, run, steps, settings: settingsFile };
}

export function episodesOf(root: string): EpisodeRecord[] {
  return readEpisodes(join(root, 'train', 'episodes.jsonl'));
}

/** Where the learner stands, and how many updates it owes at that step. */
export function progressOf(root: string): { steps: number; updates: number; due: number } {
  const { progress, settings } = loadCheckpoint(join(root, 'train', 'checkpoint'));
  const { steps, updates } = progress;
  return { steps, updates, due: updatesDue(steps, settings as Hyperparameters) };
}
