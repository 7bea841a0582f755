/** Where a reset puts the objects of a task. */
import { ConfigError } from '../config/config-error.js';
import { uniform, type Random } from './random.js';
import type { Task } from './task.js';

/** An object's place: the frame that names it; m and rad, world frame. */
export type PlacedObject = {
  readonly frame: string;
  readonly x: number;
  readonly y: number;
  readonly yaw: number;
};

/** Sets of places that are drawn before the distribution counts as impossible. */
const mostDraws = 1000;

/**
 * Places for all objects of `task.reset`, drawn until they are `apart_m` from each other.
 * @throws ConfigError if none of 1000 draws is
 */
export function drawPlacements({ file, reset }: Task, random: Random): PlacedObject[] {
  for (let i = 0; i < mostDraws; i++) {
    const placed = Object.entries(reset.objects).map(([frame, range]) => ({
      frame,
      x: uniform(random, range.x),
      y: uniform(random, range.y),
      yaw: uniform(random, range.yaw),
    }));
    if (areApart(placed, reset.apart_m)) return placed;
  }
  throw new ConfigError(
    file,
    'reset.apart_m',
    `no places ${reset.apart_m} m apart in ${mostDraws} draws; widen the ranges or lower it`,
  );
}

function areApart(placed: readonly PlacedObject[], distance: number): boolean {
  return placed.every((a, i) =>
    placed.slice(i + 1).every((b) => Math.hypot(a.x - b.x, a.y - b.y) >= distance),
  );
}
