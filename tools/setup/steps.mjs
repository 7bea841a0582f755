/**
 * The steps of set-up. Each names what it depends on, its inputs (as a digest) and the stamp that lies beside its
 * output, so that removing the output removes the stamp as well.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { rosEnvironment } from '../ros-env.mjs';
import { cpus } from 'node:os';
import { compile } from './compile.mjs';
import { buildKernels, KERNEL_FOLDER } from './kernels.mjs';
import { makePythonEnvironment } from './python-environment.mjs';
import { linkOwnExecutable, installNodePackages, nodePackagesComplete } from './node-packages.mjs';
import { digest, filesUnder } from './stamp.mjs';

/**
 * @typedef {object} Place
 * @property {string} root the project's root folder
 * @property {'sourced' | 'embedded'} source which ROS 2 is used
 * @property {string} distro
 * @property {{program: string, version: string}} python
 * @property {string} compiler of C++
 * @property {(command: string[], options?: {cwd?: string, env?: Record<string, string>}) => Promise<void>} run runs a
 *   program with its output in the step's log
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} after names of the steps it needs
 * @property {string} stamp path of its stamp file
 * @property {() => string} inputs digest of its inputs, asked for once the steps before it are done
 * @property {(place: Place) => Promise<void>} act
 * @property {() => boolean} [alreadyDone] whether the output is there although the stamp is not
 */

const DATA_FOLDERS = ['launch', 'urdf', 'sim', 'robots'];
const THIN_PACKAGES = ['graft_description', 'graft_nodes', 'graft_bringup'];

/** Where the stamp of each step lies. */
function stampFile(root, name, folder) {
  return join(root, folder, `.graft-${name}`);
}

/** What makes an output unfit for another ROS 2 or another place on disk. */
function siteTexts({ root, source, distro }) {
  return [root, source, distro, process.arch];
}

/**
 * All steps of set-up.
 * @param {Place} place
 * @returns {Step[]}
 */
export function setupSteps(place) {
  return [
    nodePackages(place),
    python(place),
    nativeClient(place),
    messages(place),
    packages(place),
    bindings(place),
    typescript(place),
    kernels(place),
  ];
}

function nodePackages({ root }) {
  const lock = join(root, 'package-lock.json');
  return {
    name: 'npm packages',
    after: [],
    stamp: stampFile(root, 'npm', 'node_modules'),
    inputs: () => digest(root, { texts: [process.platform, process.arch], files: [lock] }),
    alreadyDone: () => nodePackagesComplete(root),
    act: installNodePackages,
    finish: () => linkOwnExecutable(root),
  };
}

function python(place) {
  const { root, source } = place;
  const files = ['requirements-tools.txt', ...(source === 'embedded' ? ['requirements.txt'] : [])];
  const requirements = files.map((file) => join(root, 'tools', 'ros', file));
  return {
    name: source === 'embedded' ? 'ROS 2 wheels' : 'Python tools',
    after: [],
    stamp: stampFile(root, 'python', '.ros'),
    inputs: () =>
      digest(root, {
        texts: [...siteTexts(place), place.python.version],
        files: [...requirements, join(root, 'tools', 'setup', 'mend-wheels.mjs')],
      }),
    act: (here) => makePythonEnvironment(here, requirements),
  };
}

function nativeClient(place) {
  const { root } = place;
  const folder = join(root, 'node_modules', 'rclnodejs');
  return {
    name: 'rclnodejs',
    after: ['npm packages', place.source === 'embedded' ? 'ROS 2 wheels' : 'Python tools'],
    // Beside what it stands for: rclnodejs deletes its build when it is loaded without ROS 2 in the environment.
    stamp: stampFile(root, 'native', 'node_modules/rclnodejs/build'),
    inputs: () =>
      digest(root, {
        texts: [...siteTexts(place), process.versions.modules],
        files: [join(folder, 'package.json')],
      }),
    act: (here) => buildNativeClient(here, folder),
  };
}

async function buildNativeClient(place, folder) {
  const { env } = rosEnvironment(place.root, process.env);
  const require = createRequire(join(folder, 'package.json'));
  if (place.source === 'sourced' && hasPrebuilt(folder, require)) return;
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {};
  const gyp = join(place.root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  await place.run([process.execPath, gyp, 'rebuild', '-j', 'max'], {
    cwd: folder,
    env: { ...env, ...headers, npm_config_python: join(place.root, '.ros', 'bin', 'python') },
  });
}

function hasPrebuilt(folder, require) {
  return require(join(folder, 'scripts', 'install.cjs')).checkPrebuiltBinary();
}

function messages(place) {
  const { root } = place;
  return {
    name: 'ROS messages',
    after: [place.source === 'embedded' ? 'ROS 2 wheels' : 'Python tools'],
    stamp: stampFile(root, 'messages', 'ros_ws/install'),
    inputs: () =>
      digest(root, {
        texts: siteTexts(place),
        files: [join(root, 'ros_ws', 'src', 'graft_msgs'), embeddedMessages(root)].flatMap(filesUnder),
      }),
    act: async (here) => {
      for (const folder of ['build', 'install'])
        rmSync(join(root, 'ros_ws', folder), { recursive: true, force: true });
      await colcon(here, here.source === 'embedded' ? ['graft_msgs', 'tf2_msgs'] : ['graft_msgs']);
    },
  };
}

/** Message packages that PyPI's ROS 2 lacks; a sourced one has them. */
function embeddedMessages(root) {
  return join(root, 'tools', 'ros', 'tf2_msgs');
}

function packages(place) {
  const { root } = place;
  return {
    name: 'ROS packages',
    after: ['ROS messages'],
    stamp: stampFile(root, 'packages', 'ros_ws/install'),
    inputs: () =>
      digest(root, {
        texts: siteTexts(place),
        files: THIN_PACKAGES.flatMap((name) => filesUnder(join(root, 'ros_ws', 'src', name))),
        // Data is installed as links: what is in a file may change without a build, a new file needs one.
        names: DATA_FOLDERS.flatMap((name) => filesUnder(join(root, name))),
      }),
    act: async (here) => {
      const build = join(root, 'ros_ws', 'build');
      for (const name of THIN_PACKAGES) rmSync(join(build, name), { recursive: true, force: true });
      await colcon(here, THIN_PACKAGES);
    },
  };
}

/** Python's message modules need Python's headers and serve no node of ours; a sourced ROS 2 makes them for its tools. */
function cmakeArguments({ root, source }) {
  if (source === 'sourced') return ['-DBUILD_TESTING=OFF'];
  return [
    '-DBUILD_TESTING=OFF',
    `-DCMAKE_PREFIX_PATH=${join(root, '.ros')}`,
    '-DCMAKE_DISABLE_FIND_PACKAGE_rosidl_generator_py=TRUE',
    '-GNinja',
  ];
}

async function colcon(place, names) {
  const { env } = rosEnvironment(place.root, process.env);
  const bin = join(place.root, '.ros', 'bin');
  const folder = join(place.root, 'ros_ws');
  const options = [
    '--merge-install',
    '--symlink-install',
    '--event-handlers',
    'console_direct+',
    'desktop_notification-',
  ];
  await place.run(
    [
      join(bin, 'colcon'),
      'build',
      ...options,
      '--base-paths',
      'src',
      ...(place.source === 'embedded' ? [embeddedMessages(place.root)] : []),
      '--packages-select',
      ...names,
      '--cmake-args',
      ...cmakeArguments(place),
    ],
    { cwd: folder, env: { ...env, PATH: `${env.PATH}:${bin}` } },
  );
}

function bindings(place) {
  const { root } = place;
  const folder = join(root, 'node_modules', 'rclnodejs');
  return {
    name: 'message bindings',
    after: ['rclnodejs', 'ROS messages'],
    stamp: stampFile(root, 'bindings', 'node_modules/rclnodejs/generated'),
    inputs: () => digest(root, { files: [stampFile(root, 'messages', 'ros_ws/install')] }),
    act: async (here) => {
      const { env } = rosEnvironment(root, process.env);
      rmSync(join(folder, 'generated'), { recursive: true, force: true });
      await here.run([process.execPath, join('scripts', 'generate_messages.cjs')], { cwd: folder, env });
      // The generator reports an error on its output and still exits with 0.
      if (!existsSync(join(folder, 'generated', 'graft_msgs')))
        throw new Error('no bindings came out for graft_msgs');
    },
  };
}

function typescript({ root }) {
  const sources = () =>
    ['src', 'test', 'bench'].flatMap((name) =>
      filesUnder(join(root, name)).filter((file) => /\.(ts|json)$/.test(file)),
    );
  return {
    name: 'TypeScript',
    after: ['message bindings'],
    stamp: stampFile(root, 'compile', 'dist'),
    inputs: () =>
      digest(root, { files: [join(root, 'tsconfig.json'), join(root, 'package-lock.json'), ...sources()] }),
    act: compile,
  };
}

function kernels({ root, compiler }) {
  return {
    name: 'kernels',
    after: ['TypeScript'],
    stamp: stampFile(root, 'kernels', KERNEL_FOLDER),
    inputs: () =>
      digest(root, {
        texts: [root, process.arch, cpus()[0]?.model ?? '', compiler],
        files: [
          ...filesUnder(join(root, 'src', 'engine', 'native')).filter((file) => /\.(cc|hpp)$/.test(file)),
          join(root, 'tools', 'setup', 'kernels.mjs'),
        ],
      }),
    act: (here) => buildKernels(here, compiler),
  };
}

/** The version of a package in node_modules, or undefined. */
export function installedVersion(root, name) {
  const file = join(root, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}
