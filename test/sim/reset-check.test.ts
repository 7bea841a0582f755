/** Faulty tasks made from `lift`, and what the check says of them. */
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { Expert } from '../../src/sim/expert/expert.js';
import { TaskJudge } from '../../src/sim/expression/judge.js';
import { checkReset, type ResetProblem } from '../../src/sim/reset-check.js';
import { findTask, type Task } from '../../src/sim/task.js';
import { World } from '../../src/sim/world.js';

const lift = findTask('lift');

async function problemsOf(
  t: TestContext,
  changes: Partial<Task>,
  withExpert = false,
): Promise<ResetProblem[]> {
  const task = { ...lift, ...changes };
  const world = await World.create(task);
  const expert = withExpert ? await Expert.create(task) : undefined;
  t.after(() => {
    world.dispose();
    expert?.dispose();
  });
  return checkReset(world, TaskJudge.compile(task, world.names), expert, 5);
}

/** lift with its object placed elsewhere; m. */
function placed(x: number, y: number, settle_steps = 5): Partial<Task> {
  const object = { x: [x, x], y: [y, y], yaw: [0, 0] } as const;
  return { reset: { ...lift.reset, settle_steps, objects: { object } } };
}

const kinds = (problems: readonly ResetProblem[]): string[] => [...new Set(problems.map(({ kind }) => kind))];

test('nothing is wrong with lift', async (t) => {
  assert.deepEqual(await problemsOf(t, {}, true), []);
});

test('an object beside the table is still falling', async (t) => {
  assert.deepEqual(kinds(await problemsOf(t, placed(1.2, 0, 3))), ['unsettled']);
});

test('an object inside the robot overlaps it or is pushed away', async (t) => {
  // The forearm at home; without settling the overlap is still there.
  const arm = (await problemsOf(t, placed(0.32, -0.2))).length;
  assert.equal(arm, 0, 'the table is free there');
  const world = await World.create(lift);
  t.after(() => world.dispose());
  const [x, y] = world.scene.pose('right_hand_link').position;
  const [problem] = await problemsOf(t, { ...placed(x, y, 0), model: lift.model });
  assert.ok(problem === undefined || problem.kind === 'penetration');
});

test('a task that is done or lost at once is judged wrongly', async (t) => {
  const done = await problemsOf(t, { success: 'height(object) < 0.1' });
  assert.deepEqual(done, [{ seed: 5, kind: 'judged', message: 'counts as success before anything moved' }]);
  assert.match((await problemsOf(t, { failure: 'z(object) > 0' }))[0].message, /counts as failure/);
});

test('a place that the arm cannot reach is named with its phase', async (t) => {
  const problems = await problemsOf(t, placed(0.68, 0.35), true);
  assert.deepEqual(kinds(problems), ['unreachable']);
  assert.match(problems[0].message, /^hover: the right hand stays \d+\.\d mm and /);
});
