/** `ros2 launch` as a child process that is watched, logged and ended cleanly. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { projectFile } from '../config/paths.js';

export type LaunchRequest = {
  /** Name of the file below `launch/`, or an absolute path. */
  readonly file: string;
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
  /** Everything that the launch prints goes here. */
  readonly log: string;
  /** Called about twice a second while the launch runs, to show its progress. */
  readonly onTick: () => void;
};

/** The user pressed Ctrl-C: children were ended, nothing more is to be done. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** Milliseconds after which a launch that was asked to end is asked more firmly. */
const patience = { terminate: 20_000, kill: 30_000 };

/** Command line of a launch; empty values are left to the launch file's default. */
export function launchArguments({
  file,
  arguments: values,
}: Pick<LaunchRequest, 'file' | 'arguments'>): string[] {
  const pairs = Object.entries(values).filter(([, value]) => value !== '');
  return [
    'launch',
    resolve(projectFile('launch'), file),
    ...pairs.map(([name, value]) => `${name}:=${value}`),
  ];
}

/**
 * The DDS domain of this process's launches: the user's, or one of its own, so that two runs on a machine do not meet.
 * Domains above 101 collide with ephemeral ports on Linux.
 */
export function rosDomain(env: Readonly<Record<string, string | undefined>>, pid: number): string {
  return env.ROS_DOMAIN_ID ?? String(1 + (pid % 101));
}

/**
 * Runs a launch file to its end. SIGINT and SIGTERM to this process end the launch first.
 * @throws Interrupted after a signal; Error with the end of the log if the launch fails or `ros2` is missing
 */
export async function runLaunch(request: LaunchRequest): Promise<void> {
  mkdirSync(dirname(request.log), { recursive: true });
  const log = openSync(request.log, 'w');
  // A group of its own: Ctrl-C on the terminal must reach it once, from here, and not twice.
  const child = spawn('ros2', launchArguments(request), {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ROS_DOMAIN_ID: rosDomain(process.env, process.pid) },
  });
  closeSync(log);
  let interrupted = false;
  const onSignal = (): void => {
    if (!interrupted) endGroup(child);
    interrupted = true;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  signals.forEach((signal) => process.on(signal, onSignal));
  const killGroup = (): void => signalGroup(child, 'SIGKILL');
  process.on('exit', killGroup);
  const ticking = setInterval(request.onTick, 500);
  try {
    const code = await exitOf(child);
    if (interrupted) throw new Interrupted();
    if (code !== 0)
      throw new Error(`ros2 launch ${request.file} failed (exit ${code}):\n${logTail(request.log)}`);
  } finally {
    clearInterval(ticking);
    process.off('exit', killGroup);
    signals.forEach((signal) => process.off(signal, onSignal));
  }
}

/** The last lines of a log, with the file's name. */
export function logTail(file: string, lines = 25): string {
  const text = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines);
  return [...text.map((line) => `  ${line}`), `  (all of it: ${file})`].join('\n');
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new Error(`ros2 cannot be started: ${error.message}; run "npm run setup", then "npx graft doctor"`),
      ),
    );
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function endGroup(child: ChildProcess): void {
  // ros2 launch passes SIGINT on to its nodes; the group gets the later ones, in case it no longer does.
  child.kill('SIGINT');
  const timers = [
    setTimeout(() => signalGroup(child, 'SIGTERM'), patience.terminate),
    setTimeout(() => signalGroup(child, 'SIGKILL'), patience.kill),
  ];
  child.once('exit', () => timers.forEach((timer) => clearTimeout(timer)));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group has ended already.
  }
}
