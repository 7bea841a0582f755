/** Gazebo's own services, by its command line: graft needs no message types of Gazebo then. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Pose } from '../robot/pose.js';

/** How long Gazebo may take to answer, ms. */
const patience = 2000;

/**
 * Puts a model somewhere: `/world/<world>/set_pose` of Gazebo's system UserCommands.
 * @param pose in the world frame, m
 * @throws Error if `gz` is not installed, or no such world or model answers
 */
export async function setModelPose(
  world: string,
  model: string,
  { position, orientation }: Pose,
): Promise<void> {
  const [x, y, z] = position.map(String);
  const [qx, qy, qz, qw] = orientation.map(String);
  const place = `position: {x: ${x}, y: ${y}, z: ${z}}`;
  const turn = `orientation: {x: ${qx}, y: ${qy}, z: ${qz}, w: ${qw}}`;
  const service = `/world/${world}/set_pose`;
  const types = ['--reqtype', 'gz.msgs.Pose', '--reptype', 'gz.msgs.Boolean'];
  const request = ['--timeout', String(patience), '--req', `name: "${model}", ${place}, ${turn}`];
  const { stdout } = await promisify(execFile)('gz', ['service', '-s', service, ...types, ...request], {
    timeout: 2 * patience,
  });
  if (!stdout.includes('data: true'))
    throw new Error(`${service} did not put ${model} there: ${stdout.trim() || 'no answer'}`);
}
