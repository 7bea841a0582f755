import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { projectFile } from '../../src/config/paths.js';
import { loadTool } from './tool-modules.js';

type Found = { source: string; distro: string; rmw: string; env: Record<string, string> };
const { rosEnvironment } = await loadTool<{
  rosEnvironment: (root: string, env: Record<string, string | undefined>) => Found;
}>('ros-env.mjs');

/** A folder with an executable `ros2` of the given text. */
function installation(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'graft-ros-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'ros2'), text);
  chmodSync(join(folder, 'bin', 'ros2'), 0o755);
  return folder;
}

const project = mkdtempSync(join(tmpdir(), 'graft-project-'));
const libraries = join(project, '.ros', 'lib', 'python3.11', 'site-packages', 'ros_rcl.libs');
mkdirSync(libraries, { recursive: true });

test('without a sourced ROS 2 the embedded one comes first on every path', () => {
  const { source, distro, env } = rosEnvironment(project, {
    PATH: '/usr/bin',
    LD_LIBRARY_PATH: '/opt/cuda/lib',
  });
  assert.equal(source, 'embedded');
  assert.equal(distro, 'kilted');
  assert.equal(env['PATH'], `${join(project, '.ros', 'bin')}:/usr/bin`);
  assert.equal(env['AMENT_PREFIX_PATH'], `${join(project, 'ros_ws', 'install')}:${join(project, '.ros')}`);
  assert.deepEqual(env['LD_LIBRARY_PATH']?.split(':'), [
    join(project, 'ros_ws', 'install', 'lib'),
    join(project, '.ros', 'lib'),
    libraries,
    '/opt/cuda/lib',
  ]);
  assert.equal(env['ROS_AUTOMATIC_DISCOVERY_RANGE'], 'SYSTEM_DEFAULT');
  assert.equal(env['FASTDDS_DEFAULT_PROFILES_FILE'], join(project, 'tools', 'ros2', 'loopback.xml'));
  assert.equal(env['FASTDDS_BUILTIN_TRANSPORTS'], 'UDPv4');
});

test('a discovery range and transports that are set stay', () => {
  const { env } = rosEnvironment(project, {
    PATH: '/usr/bin',
    ROS_AUTOMATIC_DISCOVERY_RANGE: 'SUBNET',
    FASTDDS_BUILTIN_TRANSPORTS: 'LARGE_DATA',
  });
  assert.equal(env['ROS_AUTOMATIC_DISCOVERY_RANGE'], 'SUBNET');
  assert.equal(env['FASTDDS_DEFAULT_PROFILES_FILE'], undefined);
  assert.equal(env['FASTDDS_BUILTIN_TRANSPORTS'], 'LARGE_DATA');
});

test('a profile of Fast DDS that is set stays, with discovery on this machine', () => {
  const { env } = rosEnvironment(project, { PATH: '/usr/bin', FASTDDS_DEFAULT_PROFILES_FILE: '/own.xml' });
  assert.equal(env['ROS_AUTOMATIC_DISCOVERY_RANGE'], 'LOCALHOST');
  assert.equal(env['FASTDDS_DEFAULT_PROFILES_FILE'], '/own.xml');
});

test('a sourced ROS 2 only gets the workspace laid over it, and transports without shared memory', () => {
  const ros = installation('#!/usr/bin/python3\nprint("the real one")\n');
  const given = { PATH: `${join(ros, 'bin')}:/usr/bin`, ROS_DISTRO: 'jazzy', AMENT_PREFIX_PATH: ros };
  const { source, distro, rmw, env } = rosEnvironment(project, {
    ...given,
    RMW_IMPLEMENTATION: 'rmw_zenoh_cpp',
  });
  assert.equal(source, 'sourced');
  assert.equal(distro, 'jazzy');
  assert.equal(rmw, 'rmw_zenoh_cpp');
  assert.equal(env['PATH'], given.PATH);
  assert.equal(env['AMENT_PREFIX_PATH'], `${join(project, 'ros_ws', 'install')}:${ros}`);
  assert.equal(env['ROS_AUTOMATIC_DISCOVERY_RANGE'], undefined);
  assert.equal(env['FASTDDS_BUILTIN_TRANSPORTS'], 'UDPv4');
});

test('the embedded ros2 on PATH does not pass for a sourced ROS 2, and asking twice changes nothing', () => {
  const other = installation('#!/bin/sh\n# graft-embedded-ros2\n');
  const first = rosEnvironment(project, {
    PATH: join(other, 'bin'),
    ROS_DISTRO: 'kilted',
    AMENT_PREFIX_PATH: other,
  });
  assert.equal(first.source, 'embedded');
  assert.deepEqual(rosEnvironment(project, first.env), first);
});

test('variables alone, without a ros2 program, are not a sourced ROS 2', () => {
  const { source } = rosEnvironment(project, {
    PATH: '/nowhere',
    ROS_DISTRO: 'jazzy',
    AMENT_PREFIX_PATH: '/nowhere',
  });
  assert.equal(source, 'embedded');
});

test('every launch file sets the same transports before it starts anything', () => {
  const files = readdirSync(projectFile('launch')).filter((name) => name.endsWith('_launch.yaml'));
  assert.ok(files.length > 5);
  for (const name of files) {
    const { launch } = parse(readFileSync(projectFile('launch', name), 'utf8')) as {
      launch: Record<string, { name?: string; value?: string }>[];
    };
    const set = launch.findIndex((action) => action['set_env']?.name === 'FASTDDS_BUILTIN_TRANSPORTS');
    const first = launch.findIndex((action) => 'node' in action || 'executable' in action);
    assert.ok(set >= 0 && set < first, name);
    assert.equal(launch[set]?.['set_env']?.value, '$(env FASTDDS_BUILTIN_TRANSPORTS UDPv4)', name);
  }
});
