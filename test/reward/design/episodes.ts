/** Episodes of the task lift written by hand: only the block's x and y change, and a success is one in which x reaches 1. */
import type { DesignEpisode } from '../../../src/reward/design/tracks.js';
import { findTask } from '../../../src/sim/task.js';
import { clipOf } from '../moments.js';

export const lift = findTask('lift');

const steps = 40;

/** x rises from 0 to `most`, and y to 1 in every episode. */
function episode(name: string, most: number): DesignEpisode {
  const values = Array.from({ length: steps + 1 }, (_, step) => ({
    'object.position.x': (most * step) / steps,
    'object.position.y': step / steps,
    object_height: (most * step) / steps,
  }));
  return { name, success: most === 1, clip: clipOf(lift, ...values) };
}

/** Three successes, and three failures that come less than half as far. */
export const episodes: readonly DesignEpisode[] = [
  episode('e1', 1),
  episode('e2', 0.3),
  episode('e3', 1),
  episode('e4', 0.4),
  episode('e5', 1),
  episode('e6', 0.1),
];
