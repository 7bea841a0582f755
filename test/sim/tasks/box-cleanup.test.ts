/** What counts as a closed box: the lid's place, its turn, and hands that let go. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Expert } from '../../../src/sim/expert/expert.js';
import { TaskJudge } from '../../../src/sim/expression/judge.js';
import { freePlace } from '../../../src/sim/places.js';
import { observeWorld } from '../../../src/sim/rollout.js';
import { findTask } from '../../../src/sim/task.js';
import { World } from '../../../src/sim/world.js';

const task = findTask('box_cleanup');
let world: World;
let judge: TaskJudge;

before(async () => {
  world = await World.create(task);
  judge = TaskJudge.compile(task, world.names);
});
beforeEach(() => {
  world.reset(3);
  judge.reset(world.scene);
});
after(() => world.dispose());

/** Puts the lid 1 mm above the box's rim, `dx` m off and turned by `yaw` rad from the box. */
function lay(dx: number, yaw: number): void {
  const qpos = world.physics.data.qpos as Float64Array;
  const addressOf = (frame: string): number => freePlace(world.physics, task.frames[frame], task.model).qpos;
  const box = qpos.slice(addressOf('box'), addressOf('box') + 7);
  const heading = 2 * Math.atan2(box[6], box[3]);
  const half = (heading + yaw) / 2;
  const [x, y] = [box[0] + dx * Math.cos(heading), box[1] + dx * Math.sin(heading)];
  qpos.set([x, y, box[2] + 0.081, Math.cos(half), 0, 0, Math.sin(half)], addressOf('lid'));
}

function restingOutcome(): string {
  let { outcome } = judge.update(world.scene);
  for (let i = 0; i < 12; i++) {
    world.step({});
    ({ outcome } = judge.update(world.scene));
  }
  return outcome;
}

void test('a lid that sits on the box with both hands away is a success', () => {
  lay(0, 0);
  assert.equal(restingOutcome(), 'success');
});

void test('a lid that lies askew on the box is none', () => {
  lay(0.03, 0);
  assert.equal(restingOutcome(), 'running');
});

void test('nor is one that is turned', () => {
  lay(0, 0.35);
  assert.equal(restingOutcome(), 'running');
});

void test('nor one the wrong way up the box, or on the table', () => {
  assert.equal(restingOutcome(), 'running');
});

void test('hands that hold the lid on the box have not let go', async () => {
  const expert = await Expert.create(task);
  try {
    expert.reset(3);
    let targets = new Float64Array();
    let steps = 0;
    while (expert.phase !== 'release' && steps++ < 90) {
      const { joints, frames } = observeWorld(world);
      const next = expert.act(joints, frames);
      if (expert.phase !== 'release') targets = Float64Array.from(next);
      world.step(Object.fromEntries(task.action_joints.map((name, i) => [name, targets[i]])));
    }
    assert.equal(expert.phase, 'release');
    assert.equal(restingOutcome(), 'running');
    assert.equal(world.scene.contacts('lid', 'left_hand') > 0, true);
    const closed = judge.update(world.scene).quantities[judge.names.indexOf('closed')];
    assert.equal(closed, 1, 'the lid sits');
  } finally {
    expert.dispose();
  }
});
