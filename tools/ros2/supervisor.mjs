/**
 * Runs the processes of a launch: starts them, shows their output, starts them again where asked, and ends them.
 */
import { spawn } from 'node:child_process';
import { clearTimeout, setTimeout } from 'node:timers';
import { existsSync, mkdirSync, mkdtempSync, createWriteStream, rmSync, writeFileSync } from 'node:fs';
import { constants, homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parameterFile } from './launch-process.mjs';

/** How long a process may take after SIGINT, and again after SIGTERM; ms. The real one's defaults. */
const PATIENCE = 5000;

function logFile(env) {
  const base = env.ROS_LOG_DIR ?? join(env.ROS_HOME ?? join(homedir(), '.ros'), 'log');
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const folder = join(base, `${stamp}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return join(folder, 'launch.log');
}

/**
 * Runs a launch to its end.
 * @param {import('./launch-file.mjs').Launch} launch
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<number>} exit code: 0, or 1 when a process could not be started; as in the real one, what exit
 *   codes the processes end with does not count
 */
export async function superviseLaunch(launch, env) {
  const file = logFile(env);
  const log = createWriteStream(file);
  const write = (text, onScreen = true) => {
    log.write(`${text}\n`);
    if (onScreen) process.stdout.write(`${text}\n`);
  };
  write(`[INFO] [launch]: All log files can be found below ${resolve(file, '..')}`);
  const scratch = mkdtempSync(join(tmpdir(), 'launch_params_'));
  const run = new LaunchRun(launch.processes, scratch, write);
  const code = await run.toEnd();
  rmSync(scratch, { recursive: true, force: true });
  await new Promise((done) => log.end(done));
  return code;
}

class LaunchRun {
  constructor(processes, scratch, write) {
    this.scratch = scratch;
    this.write = write;
    this.code = 0;
    this.closing = false;
    this.interrupted = false;
    this.wakers = new Set();
    this.children = new Map();
    this.members = processes.map((one, index) => ({ ...one, name: `${one.label}-${index + 1}` }));
  }

  async toEnd() {
    const onInterrupt = () => this.onInterrupt();
    const onTerminate = (signal) => this.shutDown(`signal ${signal}`, true);
    process.on('SIGINT', onInterrupt);
    process.on('SIGTERM', onTerminate);
    process.on('SIGHUP', onTerminate);
    await Promise.all(this.members.map((member) => this.keep(member)));
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('SIGHUP', onTerminate);
    return this.code;
  }

  onInterrupt() {
    const text = 'user interrupted with ctrl-c (SIGINT)';
    this.write(`[WARNING] [launch]: ${text}${this.interrupted ? ' again, ignoring...' : ''}`);
    this.interrupted = true;
    // A terminal has sent the signal to every process of the group already.
    this.shutDown('ctrl-c (SIGINT)', !process.stdin.isTTY);
  }

  shutDown(reason, interrupt) {
    if (this.closing) return;
    this.closing = true;
    this.write(`[INFO] [launch]: ${reason}: shutting down launched system`);
    for (const wake of this.wakers) wake();
    for (const [member, child] of this.children) this.end(member, child, interrupt);
  }

  end(member, child, interrupt) {
    if (interrupt) this.signal(member, child, 'SIGINT');
    const terminate = setTimeout(() => this.signal(member, child, 'SIGTERM'), PATIENCE);
    const kill = setTimeout(() => this.signal(member, child, 'SIGKILL'), 2 * PATIENCE);
    child.once('exit', () => {
      clearTimeout(terminate);
      clearTimeout(kill);
    });
  }

  signal(member, child, name) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    this.write(`[INFO] [${member.name}]: sending signal '${name}' to process[${member.name}]`);
    child.kill(name);
  }

  /** Runs one member, again and again where it respawns. */
  async keep(member) {
    const command = this.commandOf(member);
    do {
      const started = await this.runOnce(member, command);
      if (!started) {
        this.code = 1;
        this.shutDown(`${member.name} could not be started`, true);
      }
      if (member.shutdownOnExit) this.shutDown(`process[${member.name}] was required`, true);
      if (member.respawn && !this.closing) await this.pause(member.respawnDelay);
    } while (member.respawn && !this.closing);
  }

  /** The whole command line: values that stand in the launch file go to a parameter file of their own. */
  commandOf(member) {
    const files = member.parameters.flatMap((source, index) => {
      if (source.file !== undefined) return this.existing(member, source.file);
      const file = join(this.scratch, `${member.name}-${index}.yaml`);
      writeFileSync(file, parameterFile(source.node, source.values));
      return [file];
    });
    return [...member.command, ...files.flatMap((file) => ['--params-file', file]), ...member.remappings];
  }

  existing(member, file) {
    if (existsSync(file)) return [file];
    this.write(`[WARNING] [${member.name}]: Parameter file path is not a file: ${file}`);
    return [];
  }

  runOnce(member, command) {
    if (this.closing) return Promise.resolve(true);
    return new Promise((done) => {
      const child = spawn(command[0], command.slice(1), {
        cwd: member.cwd,
        env: member.env,
        shell: member.shell,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let started = false;
      child.once('spawn', () => {
        started = true;
        this.children.set(member, child);
        this.write(`[INFO] [${member.name}]: process started with pid [${child.pid}]`);
      });
      child.once('error', (error) => {
        this.write(`[ERROR] [${member.name}]: ${error.message}`);
        if (!started) done(false);
      });
      this.show(member, child.stdout, member.output !== 'log');
      this.show(member, child.stderr, true);
      child.once('close', (code, signal) => {
        if (!started) return;
        this.children.delete(member);
        this.report(member, child, code, signal, command);
        done(true);
      });
    });
  }

  show(member, stream, onScreen) {
    createInterface({ input: stream }).on('line', (line) => this.write(`[${member.name}] ${line}`, onScreen));
  }

  report(member, child, code, signal, command) {
    if (code === 0) {
      this.write(`[INFO] [${member.name}]: process has finished cleanly [pid ${child.pid}]`);
      return;
    }
    const how = signal === null ? code : -constants.signals[signal];
    const line = command.join(' ');
    this.write(
      `[ERROR] [${member.name}]: process has died [pid ${child.pid}, exit code ${how}, cmd '${line}'].`,
    );
  }

  /** Waits, unless the launch ends meanwhile. */
  pause(delay) {
    return new Promise((done) => {
      const wake = () => {
        clearTimeout(timer);
        this.wakers.delete(wake);
        done();
      };
      const timer = setTimeout(wake, delay * 1000);
      this.wakers.add(wake);
    });
  }
}
