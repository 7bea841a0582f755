#!/usr/bin/env node
/**
 * The `graft` command: runs the compiled program under the ROS 2 environment.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT, rosEnvironment } from '../tools/ros-env.mjs';

const program = join(PROJECT_ROOT, 'dist', 'src', 'cli', 'main.js');
const { source, env } = rosEnvironment(PROJECT_ROOT, process.env);
const needed = [program, join(PROJECT_ROOT, 'node_modules'), join(PROJECT_ROOT, 'ros_ws', 'install', 'lib')];
if (source === 'embedded') needed.push(join(PROJECT_ROOT, '.ros', 'lib'));

const absent = needed.find((path) => !existsSync(path));
if (absent !== undefined) {
  console.error(
    `graft is not set up here: ${absent} is missing. Run 'npm run setup' in ${PROJECT_ROOT} first.`,
  );
  process.exit(1);
}

const child = spawn(process.execPath, ['--enable-source-maps', program, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...env, GRAFT_ROS_SOURCE: source },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // A terminal sends Ctrl-C to the child as well; elsewhere the child hears of it only from here.
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.once('error', (error) => {
  console.error(`graft: ${error.message}`);
  process.exit(1);
});
child.once('exit', (code, signal) => {
  process.exit(signal === null ? code : 128 + constants.signals[signal]);
});
