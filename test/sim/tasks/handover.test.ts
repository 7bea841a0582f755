/** What counts as a handover: the package on the shelf is not enough. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Expert } from '../../../src/sim/expert/expert.js';
import { TaskJudge } from '../../../src/sim/expression/judge.js';
import { freePlace } from '../../../src/sim/places.js';
import { observeWorld, rollout } from '../../../src/sim/rollout.js';
import { findTask } from '../../../src/sim/task.js';
import { World } from '../../../src/sim/world.js';

const task = findTask('handover');
let world: World;
let judge: TaskJudge;

before(async () => {
  world = await World.create(task);
  judge = TaskJudge.compile(task, world.names);
});
beforeEach(() => {
  world.reset(0);
  judge.reset(world.scene);
});
after(() => world.dispose());

/** Puts the package down at a place in the world frame, m. */
function place(...position: [number, number, number]): void {
  const { qpos } = freePlace(world.physics, task.frames.package, task.model);
  (world.physics.data.qpos as Float64Array).set([...position, 1, 0, 0, 0], qpos);
}

/** The outcome after `steps` control steps at rest. */
function rest(steps: number): { outcome: string; quantities: Record<string, number> } {
  let verdict = judge.update(world.scene);
  for (let i = 0; i < steps; i++) {
    world.step({});
    verdict = judge.update(world.scene);
  }
  const quantities = Object.fromEntries(judge.names.map((name, i) => [name, verdict.quantities[i]]));
  return { outcome: verdict.outcome, quantities };
}

void test('a package that got onto the shelf without the left hand is no success', () => {
  place(0.4, 0.3, 0.836);
  const { outcome, quantities } = rest(10);
  assert.equal(quantities.on_shelf, 1);
  assert.equal(quantities.given, 0);
  assert.equal(outcome, 'running');
});

void test('a package below the table is a failure', () => {
  place(0.9, 0, 0.4);
  assert.equal(rest(1).outcome, 'failure');
});

void test('a left hand that keeps the package on the shelf has not put it there; one that lets go has', async () => {
  const expert = await Expert.create(task);
  try {
    expert.reset(0);
    const held = await rollout({
      world,
      judge,
      seed: 0,
      horizon: 90,
      act: heldFrom('release', expert),
    });
    assert.equal(held.success, false);
    const { outcome, quantities } = rest(0);
    assert.deepEqual([quantities.given, quantities.on_shelf, quantities.in_left_hand], [1, 1, 1]);
    assert.equal(outcome, 'running');
    for (let i = 0; i < 15 && rest(0).outcome === 'running'; i++) {
      const { joints, frames } = observeWorld(world);
      const targets = expert.act(joints, frames);
      world.step(Object.fromEntries(task.action_joints.map((name, k) => [name, targets[k]])));
    }
    assert.equal(rest(0).outcome, 'success');
  } finally {
    expert.dispose();
  }
});

/** The expert, who stands still from the phase before `phase` on. */
function heldFrom(phase: string, expert: Expert): Parameters<typeof rollout>[0]['act'] {
  const last = expert.phases[expert.phases.indexOf(phase) - 1];
  let still: Float64Array | undefined;
  let steps = 0;
  return ({ joints, frames }) => {
    if (still !== undefined) return still;
    const targets = expert.act(joints, frames);
    // Four steps into the last phase before it, the hand has arrived.
    if (expert.phase === last && ++steps >= 4) still = targets;
    return targets;
  };
}
