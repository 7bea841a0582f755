import assert from 'node:assert/strict';
import type { Vector3 } from '../../../src/robot/pose.js';
import { placeOfFrame } from '../../../src/sim/places.js';
import type { World } from '../../../src/sim/world.js';

/** Puts a free body upright at `position` (world frame, m), turned by `yaw` rad, at rest. */
export function putObject(world: World, body: string, [x, y, z]: Vector3, yaw = 0): void {
  const { mj, model, data } = world.physics;
  const place = placeOfFrame(world.physics, { body }, world.task.file, body);
  assert.ok(place.kind === 'free');
  const { qpos, dof } = place;
  (data.qpos as Float64Array).set([x, y, z, Math.cos(yaw / 2), 0, 0, Math.sin(yaw / 2)], qpos);
  (data.qvel as Float64Array).fill(0, dof, dof + 6);
  mj.mj_forward(model, data);
}
