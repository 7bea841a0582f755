/**
 * What the user's machine must bring: Node, npm, Python with venv and a C++ compiler. Everything else is fetched.
 */
import { spawnSync } from 'node:child_process';
import { findOnPath } from '../ros-env.mjs';

const PYTHON_PROBE = [
  'import sys',
  'version = "%d.%d" % sys.version_info[:2]',
  'try:',
  '  import ensurepip, venv',
  'except ImportError:',
  '  print(version, "no-venv")',
  'else:',
  '  print(version, "venv")',
].join('\n');

const PYTHON_NAMES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];

/** Whether version `found` ("major.minor[.patch]") is at least `wanted`. */
export function atLeast(found, wanted) {
  const [a, b] = [found, wanted].map((version) => version.replace(/^v/, '').split('.').map(Number));
  for (let i = 0; i < b.length; i += 1) {
    if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) > b[i];
  }
  return true;
}

function probePython(program) {
  const run = spawnSync(program, ['-c', PYTHON_PROBE], { encoding: 'utf8' });
  if (run.status !== 0) return undefined;
  const [version, venv] = run.stdout.trim().split(' ');
  return { program, version, venv: venv === 'venv' };
}

function findPython(env) {
  const names = env.PYTHON ? [env.PYTHON] : PYTHON_NAMES.filter((name) => findOnPath(name, env.PATH));
  const probed = names.map(probePython).filter((python) => python !== undefined);
  return probed.find((python) => atLeast(python.version, '3.10') && python.venv) ?? probed[0];
}

/**
 * Looks for the prerequisites.
 * @param {Record<string, string | undefined>} env
 * @returns {{node: string, npm?: string, python?: {program: string, version: string, venv: boolean},
 *   compiler?: string, make?: string}} what was found; a missing field is a missing program
 */
export function findPrerequisites(env) {
  const compilers = env.CXX ? [env.CXX] : ['c++', 'g++', 'clang++'];
  return {
    node: process.versions.node,
    npm: findOnPath('npm', env.PATH),
    python: findPython(env),
    compiler: compilers
      .map((name) => findOnPath(name.split(' ')[0], env.PATH) ?? absolute(name))
      .find(Boolean),
    make: findOnPath('make', env.PATH),
  };
}

function absolute(name) {
  return name.startsWith('/') ? name : undefined;
}

/**
 * What is missing or too old, each with the line that installs it.
 * @param {ReturnType<typeof findPrerequisites>} found
 * @returns {{what: string, install: string}[]} empty when everything is there
 */
export function missingPrerequisites(found) {
  const missing = [];
  const nodeLine =
    'curl -fsSL https://deb.nodesource.com/setup_22.x | sudo bash - && sudo apt-get install -y nodejs';
  if (!atLeast(found.node, '20.20')) {
    missing.push({ what: `Node.js >= 20.20 (found ${found.node})`, install: nodeLine });
  }
  if (!found.npm) missing.push({ what: 'npm', install: nodeLine });
  if (!found.python) {
    missing.push({ what: 'Python >= 3.10', install: 'sudo apt-get install -y python3 python3-venv' });
  } else if (!atLeast(found.python.version, '3.10')) {
    const what = `Python >= 3.10 (found ${found.python.version} at ${found.python.program})`;
    missing.push({ what, install: 'sudo apt-get install -y python3.10 python3.10-venv' });
  } else if (!found.python.venv) {
    const what = `venv and ensurepip of Python ${found.python.version}`;
    missing.push({ what, install: `sudo apt-get install -y python${found.python.version}-venv` });
  }
  if (!found.compiler)
    missing.push({ what: 'a C++ compiler', install: 'sudo apt-get install -y build-essential' });
  else if (!found.make) missing.push({ what: 'make', install: 'sudo apt-get install -y build-essential' });
  return missing;
}

/** The message that names what is missing, one item with its remedy per line. */
export function describeMissing(missing) {
  const lines = missing.map(
    ({ what, install }) => `  ${what} is missing. On Debian or Ubuntu:\n      ${install}`,
  );
  return ['Set-up cannot start:', ...lines, 'Then run this command again.'].join('\n');
}
