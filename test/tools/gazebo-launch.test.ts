import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { projectFile } from '../../src/config/paths.js';
import { loadTool } from './tool-modules.js';

type Process = {
  label: string;
  command: string[];
  parameters: ({ file: string } | { node: string; values: Record<string, unknown> })[];
  env: Record<string, string | undefined>;
  cwd: string | undefined;
  shutdownOnExit: boolean;
};
const { interpretLaunchFile } = await loadTool<{
  interpretLaunchFile: (
    file: string,
    args: Record<string, string>,
    env: Record<string, string | undefined>,
  ) => { processes: Process[] };
}>('ros2/launch-file.mjs');

/** Programs of other packages that the launch file starts. */
const programs = {
  robot_state_publisher: ['robot_state_publisher'],
  ros_gz_sim: ['create'],
  ros_gz_bridge: ['parameter_bridge'],
  controller_manager: ['spawner'],
  graft_nodes: ['gazebo_driver', 'recorder', 'container'],
  graft_description: [],
};

/** An install prefix with these packages, and this project's sim/ where colcon would install it. */
function prefix(): string {
  const folder = mkdtempSync(join(tmpdir(), 'graft-gazebo-'));
  const index = join(folder, 'share', 'ament_index', 'resource_index', 'packages');
  mkdirSync(index, { recursive: true });
  for (const [name, executables] of Object.entries(programs)) {
    writeFileSync(join(index, name), '');
    mkdirSync(join(folder, 'share', name), { recursive: true });
    mkdirSync(join(folder, 'lib', name), { recursive: true });
    for (const executable of executables) {
      writeFileSync(join(folder, 'lib', name, executable), '#!/bin/sh\n');
      chmodSync(join(folder, 'lib', name, executable), 0o755);
    }
  }
  symlinkSync(projectFile('sim'), join(folder, 'share', 'graft_description', 'sim'));
  return folder;
}

const env = { AMENT_PREFIX_PATH: prefix(), LD_LIBRARY_PATH: '/opt/ros/lib' };
const file = projectFile('launch', 'gazebo_launch.yaml');
const start = (args: Record<string, string> = {}): Map<string, Process> =>
  new Map(interpretLaunchFile(file, args, env).processes.map((each) => [each.label, each]));

/** A process that has to be there. */
function process(all: Map<string, Process>, label: string): Process {
  const found = all.get(label);
  assert.ok(found !== undefined, `${label} is not started`);
  return found;
}

/** Values given in the launch file itself. */
function values({ parameters }: Process): Record<string, unknown> {
  return Object.assign(
    {},
    ...parameters.map((source) => ('values' in source ? source.values : {})),
  ) as Record<string, unknown>;
}

test('without a policy Gazebo and the drivers start, with one the control nodes and the recorder too', () => {
  const drivers = ['gz', 'robot_state_publisher', 'create', 'spawner', 'parameter_bridge', 'gazebo_driver'];
  assert.deepEqual([...start().keys()], drivers);
  const all = start({ base: 'policies/lift', out: 'bags/x' });
  assert.deepEqual([...all.keys()], [...drivers, 'recorder', 'container']);
  const { policy, use_sim_time } = values(process(all, 'container'));
  assert.deepEqual([policy, use_sim_time], ['policies/lift', true]);
});

test('Gazebo finds its world, its plugins and the file of controllers that the URDF names', () => {
  const gazebo = process(start(), 'gz');
  assert.ok(gazebo.shutdownOnExit);
  const world = gazebo.command.at(-1) ?? '';
  assert.deepEqual(gazebo.command.slice(0, 4), ['gz', 'sim', '-r', '-s']);
  assert.ok(existsSync(join(gazebo.cwd ?? '', world)), world);
  assert.equal(gazebo.env['GZ_SIM_SYSTEM_PLUGIN_PATH'], ':/opt/ros/lib');
  const [description] = process(start(), 'robot_state_publisher').parameters;
  assert.ok('file' in description);
  const [, controllers = ''] =
    /<parameters>(.*)<\/parameters>/.exec(readFileSync(description.file, 'utf8')) ?? [];
  assert.ok(existsSync(join(gazebo.cwd ?? '', controllers)), controllers);
  assert.deepEqual(process(start({ gui: 'true' }), 'gz').command, ['gz', 'sim', '-r', world]);
});

test('what is spawned is the world of the task, the robot of the URDF and all controllers', () => {
  const all = start({ task: 'pick_place' });
  const world = process(all, 'gz').command.at(-1) ?? '';
  const folder = process(all, 'gz').cwd ?? '';
  const create = process(all, 'create').command;
  assert.equal(create[create.indexOf('-world') + 1], 'pick_place');
  assert.match(readFileSync(join(folder, world), 'utf8'), /<world name="pick_place">/);
  const robot = create[create.indexOf('-name') + 1];
  assert.match(
    readFileSync(join(folder, 'robot_description.yaml'), 'utf8'),
    new RegExp(`<robot name="${robot}">`),
  );
  const { config_file } = values(process(all, 'parameter_bridge'));
  assert.deepEqual(
    [basename(String(config_file)), existsSync(String(config_file))],
    ['pick_place.yaml', true],
  );
  const { controller_manager: manager } = parse(
    readFileSync(join(folder, 'controllers.yaml'), 'utf8'),
  ) as Record<string, { ros__parameters: Record<string, unknown> }>;
  const names = Object.keys(manager.ros__parameters).filter((key) => key !== 'update_rate');
  assert.deepEqual(process(all, 'spawner').command.slice(1, 1 + names.length), names);
});

test('no process talks over shared memory that others could hang on, unless it is told to', () => {
  const transports = (given: Record<string, string>): unknown[] => {
    const { processes } = interpretLaunchFile(file, { base: 'base' }, { ...env, ...given });
    return [...new Set(processes.map((each) => each.env['FASTDDS_BUILTIN_TRANSPORTS']))];
  };
  assert.deepEqual(transports({}), ['UDPv4']);
  assert.deepEqual(transports({ FASTDDS_BUILTIN_TRANSPORTS: 'LARGE_DATA' }), ['LARGE_DATA']);
});
