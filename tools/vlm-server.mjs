/**
 * A real OpenAI-compatible server with a tiny vision-language model of random weights, for the tests of the critic http_vlm:
 * llama.cpp's own server, out of a wheel from PyPI. It is installed into .ros/vlm-server/ when it is first started.
 *
 *   node tools/vlm-server.mjs [PORT]    prints the base URL once the server listens; ends with whoever started it
 */
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setInterval } from 'node:timers';
import { PROJECT_ROOT } from './ros-env.mjs';
import { digest } from './setup/stamp.mjs';

const sources = join(PROJECT_ROOT, 'tools', 'vlm-server');
const requirements = join(sources, 'requirements.txt');
const modelMaker = join(sources, 'make_model.py');

function pythonProgram() {
  const own = join(PROJECT_ROOT, '.ros', 'bin', 'python');
  return existsSync(own) ? own : 'python3';
}

function withPackages(folder) {
  return { ...process.env, PYTHONPATH: join(folder, 'packages'), PYTHONDONTWRITEBYTECODE: '1' };
}

/** The folder with the Python packages and the model; it appears as a whole or not at all. */
function installed(python) {
  const cache = join(PROJECT_ROOT, '.ros', 'vlm-server');
  const version = digest(PROJECT_ROOT, { texts: [process.arch], files: [requirements, modelMaker] });
  const folder = join(cache, version.slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'install-'));
  try {
    const options = ['--no-deps', '--no-input', '--no-compile', '--disable-pip-version-check', '--quiet'];
    const wheels = ['--only-binary', ':all:', '--target', join(draft, 'packages'), '-r', requirements];
    execFileSync(python, ['-m', 'pip', 'install', ...options, ...wheels], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    execFileSync(python, [modelMaker, join(draft, 'model')], { env: withPackages(draft) });
    publish(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Another process may have been quicker, with the same. */
function publish(draft, folder) {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function serve(python, folder, port) {
  const server = spawn(python, [join(sources, 'serve.py'), join(folder, 'model'), ...port], {
    env: withPackages(folder),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: server.stdout }).once('line', (address) => console.log(`${address}/v1`));
  server.once('close', (code) => process.exit(code ?? 1));
  const stop = () => server.kill('SIGKILL');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop);
  const starter = process.ppid;
  setInterval(() => process.ppid === starter || stop(), 500);
}

try {
  const python = pythonProgram();
  serve(python, installed(python), process.argv.slice(2, 3));
} catch (error) {
  console.error(`the server cannot be installed (is the network up?): ${error.message}`);
  process.exitCode = 1;
}
