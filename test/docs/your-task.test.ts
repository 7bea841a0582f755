/** The example of docs/your-task.md, as it stands there: its files load, reset without a problem, and its expert succeeds. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { projectFile } from '../../src/config/paths.js';
import { Expert } from '../../src/sim/expert/expert.js';
import { TaskJudge } from '../../src/sim/expression/judge.js';
import { checkReset } from '../../src/sim/reset-check.js';
import { rollout } from '../../src/sim/rollout.js';
import { loadTask, type Task } from '../../src/sim/task.js';
import { World } from '../../src/sim/world.js';

/** A file of the page: `**path**`, then its content in a code block. */
const fileBlock = /^\*\*`(.+?)`\*\*\n+```\w+\n([\s\S]*?)^```$/gm;

let project: string;
let task: Task;
let world: World;

before(async () => {
  project = mkdtempSync(join(tmpdir(), 'graft-your-task-'));
  // The example lies in a folder of the checkout, and its scene includes the robot from there.
  symlinkSync(projectFile('sim'), join(project, 'sim'));
  const page = readFileSync(projectFile('docs', 'your-task.md'), 'utf8');
  for (const [, path, content] of page.matchAll(fileBlock)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), content);
  }
  task = loadTask(join(project, 'my', 'push.yaml'));
  world = await World.create(task);
});

after(() => {
  world.dispose();
  rmSync(project, { recursive: true, force: true });
});

test('the expert of the example pushes the puck onto the mat', async () => {
  const judge = TaskJudge.compile(task, world.names);
  const expert = await Expert.create(task);
  for (const seed of [0, 1, 2]) {
    expert.reset(seed);
    const act = ({ joints, frames }: Parameters<Parameters<typeof rollout>[0]['act']>[0]): Float64Array =>
      expert.act(joints, frames);
    const { success, steps } = await rollout({ world, judge, seed, act });
    assert.ok(success, `seed ${seed} fails after ${steps} steps`);
  }
  expert.dispose();
});

test('the example passes the checks of graft task check', async () => {
  const judge = TaskJudge.compile(task, world.names);
  const expert = await Expert.create(task);
  const problems = [0, 1, 2, 3, 4].flatMap((seed) => checkReset(world, judge, expert, seed));
  assert.deepEqual(problems, []);
  expert.dispose();
});

test('the randomisation of the example draws what the page says', () => {
  world.reset(0, { randomise: true });
  const { names } = world.domain;
  for (const name of ['mass.puck', 'latency', 'joint_offset.right_elbow_joint', 'noise.puck.position'])
    assert.ok(names.includes(name), `${name} is not among ${names.join(', ')}`);
});
