/**
 * The environment under which every part of graft that touches ROS 2 runs.
 *
 * A sourced ROS 2 is used as it is, with the workspace of this project laid over it. Where none is sourced, the
 * environment names the embedded one in `.ros/`, which `npm run setup` makes.
 *
 *   node tools/ros-env.mjs --shell     print export lines for a POSIX shell
 *   node tools/ros-env.mjs --json      print what was found as JSON
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The distribution that the wheels of tools/ros/requirements.txt belong to. */
export const EMBEDDED_DISTRO = 'kilted';

/** A line that the embedded `ros2` program carries, by which it is told from a real one. */
export const EMBEDDED_MARK = 'graft-embedded-ros2';

/**
 * What Fast DDS carries messages with between processes, unless the caller says otherwise; the launch files set the same. Its
 * shared memory has locks that a process killed while it holds one never gives back: others then hang (docs/safety.md).
 */
const DDS_TRANSPORTS = 'UDPv4';

/** The project's root folder, seen from this file. */
export const PROJECT_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * The first executable file of that name on a search path.
 * @param {string} name
 * @param {string | undefined} searchPath entries parted by ':'
 * @returns {string | undefined}
 */
export function findOnPath(name, searchPath) {
  for (const folder of (searchPath ?? '').split(delimiter)) {
    if (folder === '') continue;
    const candidate = join(folder, name);
    const found = statSync(candidate, { throwIfNoEntry: false });
    if (found?.isFile() && (found.mode & 0o111) !== 0) return candidate;
  }
  return undefined;
}

/** Whether a `ros2` program is the embedded one, of this or of another clone. */
function isEmbeddedProgram(path) {
  return readFileSync(path, 'utf8').slice(0, 1000).includes(EMBEDDED_MARK);
}

/**
 * Whether a real ROS 2 is sourced: its variables are set and the first `ros2` on PATH is not an embedded one.
 * @param {Record<string, string | undefined>} env
 * @returns {boolean}
 */
export function isSourced(env) {
  if (!env.ROS_DISTRO || !env.AMENT_PREFIX_PATH) return false;
  const program = findOnPath('ros2', env.PATH);
  return program !== undefined && !isEmbeddedProgram(program);
}

/** Puts folders in front of a search path, each once, and drops empty entries. */
function prepend(folders, searchPath) {
  const all = [...folders, ...(searchPath ?? '').split(delimiter)].filter((folder) => folder !== '');
  return [...new Set(all)].join(delimiter);
}

function pythonFolders(prefix) {
  const parents = [
    [join(prefix, 'lib'), 'site-packages'],
    [join(prefix, 'local', 'lib'), 'dist-packages'],
  ];
  return parents.flatMap(([lib, leaf]) => {
    if (!existsSync(lib)) return [];
    const versions = readdirSync(lib).filter((name) => /^python3\.\d+$/.test(name));
    return versions.map((version) => join(lib, version, leaf)).filter((folder) => existsSync(folder));
  });
}

/** The wheels' bundled libraries: site-packages/ros_*.libs. */
function bundledLibraryFolders(venv) {
  return pythonFolders(venv).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^ros_.*\.libs$/.test(name))
      .sort()
      .map((name) => join(folder, name)),
  );
}

/**
 * The variables under which ROS 2 works for this project.
 * @param {string} root the project's root folder
 * @param {Record<string, string | undefined>} env the environment to start from; it is not changed
 * @returns {{source: 'sourced' | 'embedded', distro: string, rmw: string, env: Record<string, string>}}
 */
export function rosEnvironment(root, env) {
  const install = join(root, 'ros_ws', 'install');
  const given = {
    FASTDDS_BUILTIN_TRANSPORTS: DDS_TRANSPORTS,
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
  };
  return isSourced(env) ? overlay(install, given) : embedded(root, install, given);
}

function overlay(install, env) {
  const python = pythonFolders(install);
  return {
    source: 'sourced',
    distro: env.ROS_DISTRO,
    rmw: env.RMW_IMPLEMENTATION ?? 'rmw_fastrtps_cpp',
    env: {
      ...env,
      AMENT_PREFIX_PATH: prepend([install], env.AMENT_PREFIX_PATH),
      LD_LIBRARY_PATH: prepend([join(install, 'lib')], env.LD_LIBRARY_PATH),
      ...(python.length > 0 ? { PYTHONPATH: prepend(python, env.PYTHONPATH) } : {}),
    },
  };
}

function embedded(root, install, env) {
  const venv = join(root, '.ros');
  const libraries = [join(install, 'lib'), join(venv, 'lib'), ...bundledLibraryFolders(venv)];
  return {
    source: 'embedded',
    distro: EMBEDDED_DISTRO,
    rmw: 'rmw_fastrtps_cpp',
    env: {
      ...env,
      ROS_VERSION: '2',
      ROS_DISTRO: EMBEDDED_DISTRO,
      RMW_IMPLEMENTATION: 'rmw_fastrtps_cpp',
      ...discovery(root, env),
      AMENT_PREFIX_PATH: [install, venv].join(delimiter),
      LD_LIBRARY_PATH: prepend(libraries, env.LD_LIBRARY_PATH),
      PATH: prepend([join(venv, 'bin')], env.PATH),
    },
  };
}

/**
 * Nodes of other people on the network neither see nor move this robot unless that is asked for. rmw_fastrtps adds shared memory
 * to its LOCALHOST whatever the transports are, so a profile of Fast DDS says the same without it.
 */
function discovery(root, env) {
  const { ROS_AUTOMATIC_DISCOVERY_RANGE: range = 'LOCALHOST', FASTDDS_DEFAULT_PROFILES_FILE: profiles } = env;
  if (range !== 'LOCALHOST' || profiles !== undefined) return { ROS_AUTOMATIC_DISCOVERY_RANGE: range };
  return {
    ROS_AUTOMATIC_DISCOVERY_RANGE: 'SYSTEM_DEFAULT',
    FASTDDS_DEFAULT_PROFILES_FILE: join(root, 'tools', 'ros2', 'loopback.xml'),
  };
}

function shellLines(before, after) {
  return Object.entries(after)
    .filter(([name, value]) => before[name] !== value)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const found = rosEnvironment(PROJECT_ROOT, process.env);
  if (process.argv.includes('--json')) console.log(JSON.stringify(found, null, 2));
  else console.log(shellLines(process.env, found.env).join('\n'));
}
