/**
 * Set-up: makes a fresh clone ready to run, and does nothing where that is done already.
 *
 *   node tools/setup.mjs [--allow-type-errors]
 *
 * A ROS 2 that is sourced is used as it is; where none is, ROS 2 comes from PyPI into `.ros/`. It may be interrupted at
 * any time: finished steps are not repeated.
 */
import { rmSync, writeFileSync, readFileSync, mkdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { PROJECT_ROOT, rosEnvironment } from './ros-env.mjs';
import { CommandError, runCommand } from './setup/command.mjs';
import { describeMissing, findPrerequisites, missingPrerequisites } from './setup/prerequisites.mjs';
import { isFresh, writeStamp } from './setup/stamp.mjs';
import { setupSteps } from './setup/steps.mjs';

const root = PROJECT_ROOT;
const logFolder = join(root, 'ros_ws', 'log', 'setup');

function say(text) {
  console.log(`[setup] ${text}`);
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** Whether a process is alive. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until no other set-up works in this folder. */
async function takeLock(file) {
  mkdirSync(logFolder, { recursive: true });
  for (let told = false; ;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      process.once('exit', () => rmSync(file, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = Number(readFileSync(file, 'utf8'));
    if (!(owner > 0 && isAlive(owner))) rmSync(file, { force: true });
    else if (!told) {
      say(`another set-up (process ${owner}) is at work here; waiting for it`);
      told = true;
    }
    await sleep(200);
  }
}

function placeOf(found) {
  const { source, distro } = rosEnvironment(root, process.env);
  return { root, source, distro, python: found.python, compiler: found.compiler };
}

/** Runs one step unless its output is there; says whether it did anything. */
async function runStep(step, place) {
  const value = step.inputs();
  if (isFresh(step.stamp, value)) return false;
  const began = performance.now();
  const log = join(logFolder, `${step.name.replaceAll(' ', '-')}.log`);
  rmSync(log, { force: true });
  const run = (command, { cwd = root, env = process.env } = {}) => runCommand(command, { cwd, env, log });
  if (!step.alreadyDone?.()) {
    say(`${step.name} ...`);
    await step.act({ ...place, run });
  }
  step.finish?.();
  writeStamp(step.stamp, value);
  say(`${step.name}: done in ${seconds(began)}`);
  return true;
}

/** Runs the steps, each as soon as those it needs are done. */
async function runSteps(steps, place) {
  const started = new Map();
  const start = (step) => {
    const before = step.after.map((name) => started.get(name));
    return Promise.all(before).then(() => runStep(step, place));
  };
  for (const step of steps) {
    const running = start(step);
    started.set(step.name, running);
  }
  return (await Promise.all(started.values())).some(Boolean);
}

function explain(error, allowTypeErrors) {
  const text =
    error instanceof CommandError ? `${error.message}\n(whole output: ${error.log})` : String(error.stack);
  say(`failed: ${text}`);
  return allowTypeErrors && error instanceof CommandError && error.log.endsWith('TypeScript.log') ? 0 : 1;
}

async function main() {
  const began = performance.now();
  const found = findPrerequisites(process.env);
  const missing = missingPrerequisites(found);
  if (missing.length > 0) {
    console.error(describeMissing(missing));
    return 1;
  }
  await takeLock(join(logFolder, 'lock'));
  const place = placeOf(found);
  const ros =
    place.source === 'sourced' ? `the sourced ROS 2 ${place.distro}` : `embedded ROS 2 ${place.distro}`;
  say(`Node ${found.node}, Python ${found.python.version}, ${ros}`);
  try {
    const worked = await runSteps(setupSteps(place), place);
    say(worked ? `ready after ${seconds(began)}` : `nothing to do (${seconds(began)})`);
    return 0;
  } catch (error) {
    return explain(error, process.argv.includes('--allow-type-errors'));
  }
}

process.exit(await main());
