import { after } from 'node:test';
import { TaskJudge } from '../../../src/sim/expression/judge.js';
import { findTask } from '../../../src/sim/task.js';
import { World } from '../../../src/sim/world.js';

/** A task's world and judge for the tests of one file; the world goes after the last of them. */
export async function judgedWorld(name: string): Promise<{ world: World; judge: TaskJudge }> {
  const task = findTask(name);
  const world = await World.create(task);
  after(() => world.dispose());
  return { world, judge: TaskJudge.compile(task, world.names) };
}
