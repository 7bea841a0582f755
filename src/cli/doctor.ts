import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../config/paths.js';
import { nativeLibrary } from '../engine/index.js';

/** One line of the report; `mend` is there when something is wrong and says what to do. */
export type Finding = { readonly label: string; readonly value: string; readonly mend?: string };

/** The part of tools/ros-env.mjs that is used here. */
type RosEnvironmentModule = {
  rosEnvironment: (
    root: string,
    env: NodeJS.ProcessEnv,
  ) => { source: 'sourced' | 'embedded'; distro: string; rmw: string; env: Record<string, string> };
};

const PACKAGES = [
  'rclnodejs',
  'onnxruntime-node',
  '@mujoco/mujoco',
  '@tensorflow/tfjs',
  'sharp',
  'typescript',
];
const SETUP = "run 'npm run setup'";
const GIB = 1024 ** 3;

/** The least disk space a training run with recordings asks for, in GiB. */
const LEAST_DISK = 2;
/** Bytes that a socket is asked to hold (tools/ros2/loopback.xml). */
const SOCKET_BUFFER = 4194304;

/** The first line a program prints, or undefined when it cannot be run. */
function firstLine(program: string, args: readonly string[]): string | undefined {
  try {
    const output = execFileSync(program, [...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.trim().split('\n')[0];
  } catch {
    return undefined;
  }
}

function program(label: string, name: string, mend: string): Finding {
  const version = firstLine(name, ['--version']);
  return version === undefined ? { label, value: 'missing', mend } : { label, value: version };
}

function packageVersion(root: string, name: string): Finding {
  const file = join(root, 'node_modules', name, 'package.json');
  if (!existsSync(file)) return { label: name, value: 'missing', mend: SETUP };
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return { label: name, value: version };
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const value = process.versions.node;
  if (major > 20 || (major === 20 && minor >= 20)) return { label: 'Node.js', value };
  return { label: 'Node.js', value, mend: 'install Node.js >= 20.20' };
}

/** The kernels that updates run on; without them ONNX Runtime does, more slowly, so this is no fault. */
function kernels(): Finding {
  const { library, missing } = nativeLibrary();
  return {
    label: 'learner kernels',
    value: library === undefined ? `not used (${missing}); ONNX Runtime learns` : 'load',
  };
}

/** Loads the native part of rclnodejs by itself: rclnodejs would try to build it anew, for a minute and in silence. */
function nativeClient(root: string): Finding {
  const label = 'rclnodejs library';
  const built = join(root, 'node_modules', 'rclnodejs', 'build', 'Release', 'rclnodejs.node');
  if (!existsSync(built)) return { label, value: 'prebuilt, or not built' };
  const script = `process.dlopen({ exports: {} }, ${JSON.stringify(built)})`;
  try {
    execFileSync(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'pipe'] });
    return { label, value: 'loads' };
  } catch (error) {
    const reason = /Error: (.*)/.exec(error instanceof Error ? error.message : '')?.[1] ?? 'unknown reason';
    const mend = `remove node_modules/rclnodejs/.graft-native and ${SETUP}; start graft with 'npx graft'`;
    return { label, value: `cannot be loaded (${reason})`, mend };
  }
}

function workspace(root: string): Finding {
  const label = 'ROS packages';
  const names = ['graft_msgs', 'graft_description', 'graft_nodes', 'graft_bringup'];
  const index = join(root, 'ros_ws', 'install', 'share', 'ament_index', 'resource_index', 'packages');
  const absent = names.filter((name) => !existsSync(join(index, name)));
  if (absent.length === 0) return { label, value: names.join(', ') };
  return { label, value: `missing: ${absent.join(', ')}`, mend: SETUP };
}

function bindings(root: string): Finding {
  const folder = join(root, 'node_modules', 'rclnodejs', 'generated', 'graft_msgs');
  if (existsSync(folder)) return { label: 'message bindings', value: 'generated' };
  return { label: 'message bindings', value: 'missing', mend: SETUP };
}

async function ros(root: string): Promise<Finding[]> {
  const url = pathToFileURL(join(root, 'tools', 'ros-env.mjs')).href;
  const { rosEnvironment } = (await import(url)) as RosEnvironmentModule;
  const { source, distro, rmw, env } = rosEnvironment(root, process.env);
  const known = ['humble', 'jazzy', 'kilted', 'rolling'].includes(distro);
  const absent = source === 'embedded' && !existsSync(join(root, '.ros', 'lib', 'librcl.so'));
  return [
    {
      label: 'ROS 2',
      value: `${source}${absent ? ', but missing' : ''}`,
      ...(absent ? { mend: SETUP } : {}),
    },
    {
      label: 'ROS distro',
      value: distro,
      ...(known ? {} : { mend: 'source Humble, Jazzy, Kilted or Rolling' }),
    },
    { label: 'RMW', value: rmw },
    { label: 'ROS_DOMAIN_ID', value: env['ROS_DOMAIN_ID'] ?? '0 (not set)' },
    { label: 'ROS discovery', value: env['ROS_AUTOMATIC_DISCOVERY_RANGE'] ?? 'the default of ROS (not set)' },
    { label: 'Fast DDS profiles', value: env['FASTDDS_DEFAULT_PROFILES_FILE'] ?? 'none' },
    { label: 'Fast DDS transports', value: env['FASTDDS_BUILTIN_TRANSPORTS'] },
  ];
}

function machine(root: string): Finding[] {
  const { bavail, bsize } = statfsSync(root);
  const free = (bavail * bsize) / GIB;
  const mend = `free at least ${LEAST_DISK} GiB: recordings and checkpoints are written to runs/`;
  return [
    { label: 'system', value: `${platform()} ${arch()}` },
    { label: 'cores', value: `${cpus().length} (${cpus()[0]?.model ?? 'unknown'})` },
    { label: 'memory', value: `${(totalmem() / GIB).toFixed(1)} GiB` },
    { label: 'disk space', value: `${free.toFixed(1)} GiB free`, ...(free < LEAST_DISK ? { mend } : {}) },
    { label: 'socket buffers', value: socketBuffers() },
  ];
}

/** What a receiving socket may hold at most. Too little is slow, not broken: what is lost is sent again. */
function socketBuffers(): string {
  const file = '/proc/sys/net/core/rmem_max';
  if (!existsSync(file)) return 'unknown';
  const most = Number(readFileSync(file, 'utf8'));
  const advice = `; better: sudo sysctl -w net.core.rmem_max=${SOCKET_BUFFER}`;
  return `up to ${Math.round(most / 1024)} KiB${most < SOCKET_BUFFER ? advice : ''}`;
}

/** Loaded only here, so that a broken ONNX Runtime is a finding and not the end of the doctor. */
async function devices(): Promise<Finding[]> {
  try {
    const { listDevices } = await import('../engine/devices.js');
    return listDevices().map(({ name, available, why }) => ({
      label: `device ${name}`,
      value: available ? 'available' : `not available${why === undefined ? '' : `: ${why}`}`,
    }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ label: 'ONNX Runtime', value: `cannot be loaded (${reason})`, mend: SETUP }];
  }
}

/**
 * Looks at everything graft stands on.
 * @param root the project's root folder
 * @returns the findings in the order in which they are printed
 */
export async function examine(root: string): Promise<Finding[]> {
  return [
    nodeVersion(),
    program('npm', 'npm', 'install npm'),
    program('Python', join(root, '.ros', 'bin', 'python'), SETUP),
    ...PACKAGES.map((name) => packageVersion(root, name)),
    nativeClient(root),
    kernels(),
    ...(await ros(root)),
    workspace(root),
    bindings(root),
    ...machine(root),
    ...(await devices()),
  ];
}

/** The report as text: one finding a line, then what is wrong and how to mend it. */
export function describeFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ label }) => label.length));
  const lines = findings.map(
    ({ label, value, mend }) => `${mend ? '!' : ' '} ${label.padEnd(width)}  ${value}`,
  );
  const wrong = findings.filter(({ mend }) => mend !== undefined);
  const verdict = wrong.map(({ label, value, mend }) => `${label}: ${value}. To mend it: ${mend ?? ''}.`);
  return [...lines, '', ...(wrong.length === 0 ? ['Nothing is wrong.'] : verdict)].join('\n');
}

/**
 * `graft doctor`: prints versions, ROS source, machine and devices, and what is wrong.
 * @returns exit code: 0, or 1 when something is wrong
 */
export async function runDoctor(): Promise<number> {
  const findings = await examine(projectRoot);
  console.log(describeFindings(findings));
  return findings.some(({ mend }) => mend !== undefined) ? 1 : 0;
}
