import { freePlace } from '../../../src/sim/places.js';
import type { Vector3 } from '../../../src/robot/pose.js';
import type { World } from '../../../src/sim/world.js';

/** Puts a free body upright at `position` (world frame, m), at rest. */
export function putObject(world: World, body: string, [x, y, z]: Vector3): void {
  const { mj, model, data } = world.physics;
  const { qpos, dof } = freePlace(world.physics, { body }, world.task.model);
  (data.qpos as Float64Array).set([x, y, z, 1, 0, 0, 0], qpos);
  (data.qvel as Float64Array).fill(0, dof, dof + 6);
  mj.mj_forward(model, data);
}
