/**
 * The `ros2` program of the embedded ROS 2: `ros2 launch` and `ros2 run`. Where a real ROS 2 is sourced, its own `ros2`
 * is used and this one is not on PATH.
 */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { PROJECT_ROOT, rosEnvironment } from '../ros-env.mjs';
import { findExecutable, findLaunchFile } from './ament-index.mjs';
import { interpretLaunchFile, listArguments } from './launch-file.mjs';
import { superviseLaunch } from './supervisor.mjs';

const USAGE = `usage: ros2 launch [-s] FILE [NAME:=VALUE ...]
       ros2 launch [-s] PACKAGE FILE [NAME:=VALUE ...]
       ros2 run PACKAGE EXECUTABLE [ARGUMENT ...]

  -s, --show-args    show the arguments that may be given to the launch file
  -a, --show-all-subprocesses-output    show what every process prints`;

const NO_VERB = `This is the small ros2 of graft's embedded ROS 2; it has 'launch' and 'run' only.
For every other verb install ROS 2 (https://docs.ros.org/en/kilted/Installation.html), source it and run 'npm run setup'.`;

/** Launch arguments by name; the last of two with the same name counts. */
function readArguments(words) {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf(':=');
      if (at < 1) throw new Error(`malformed launch argument '${word}', expected format '<name>:=<value>'`);
      return [word.slice(0, at), word.slice(at + 2)];
    }),
  );
}

function showArguments(file, env) {
  console.log("Arguments (pass arguments as '<name>:=<value>'):");
  const args = listArguments(file, env);
  for (const { name, description, default: given, conditional } of args) {
    console.log(`\n    '${name}':${conditional ? '*' : ''}\n        ${description}`);
    if (given !== undefined) console.log(`        (default: '${given}')`);
  }
  if (args.length === 0) console.log('\n  No arguments.');
}

async function launchCommand(words, env) {
  const flags = new Set(words.filter((word) => word.startsWith('-')));
  const rest = words.filter((word) => !word.startsWith('-'));
  const known = [
    '-s',
    '--show-args',
    '--show-arguments',
    '-a',
    '--show-all-subprocesses-output',
    '-n',
    '--noninteractive',
  ];
  const unknown = [...flags].find((flag) => !known.includes(flag));
  if (unknown !== undefined || rest.length === 0) {
    console.error(unknown === undefined ? USAGE : `ros2 launch: unknown option ${unknown}\n${USAGE}`);
    return 2;
  }
  const single = existsSync(rest[0]) && statSync(rest[0]).isFile();
  if (!single && rest.length < 2)
    throw new Error(`'${rest[0]}' is not a file, and no file of a package is named`);
  const file = single ? rest[0] : findLaunchFile(rest[0], rest[1], env);
  if (['-s', '--show-args', '--show-arguments'].some((flag) => flags.has(flag))) {
    showArguments(file, env);
    return 0;
  }
  const launch = interpretLaunchFile(file, readArguments(rest.slice(single ? 1 : 2)), env);
  if (flags.has('-a') || flags.has('--show-all-subprocesses-output')) {
    for (const one of launch.processes) one.output = 'both';
  }
  return superviseLaunch(launch, env);
}

function runCommand([packageName, executable, ...args], env) {
  if (executable === undefined) {
    console.error(USAGE);
    return 2;
  }
  const child = spawn(findExecutable(packageName, executable, env), args, { stdio: 'inherit', env });
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => done(code ?? 128 + constants.signals[signal]));
  });
}

async function main([verb, ...words]) {
  const { env } = rosEnvironment(PROJECT_ROOT, process.env);
  if (verb === 'launch') return launchCommand(words, env);
  if (verb === 'run') return runCommand(words, env);
  console.error(verb === undefined || verb === '-h' || verb === '--help' ? USAGE : NO_VERB);
  return verb === '-h' || verb === '--help' ? 0 : 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
