import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Expert } from '../../../src/sim/expert/expert.js';
import type { Verdict } from '../../../src/sim/expression/judge.js';
import { rollout } from '../../../src/sim/rollout.js';
import { findTask } from '../../../src/sim/task.js';
import { judgedWorld } from './judged-world.js';
import { putObject } from './put-object.js';

const task = findTask('pick_place');
const { world, judge } = await judgedWorld('pick_place');

/** Verdicts of `steps` control steps at home, after the ball was put at `offset` from the bowl's origin, m. */
function verdictsWithBallAt(offset: readonly [number, number, number], steps: number): Verdict[] {
  world.reset(0);
  judge.reset(world.scene);
  const [x, y, z] = world.scene.pose('bowl').position;
  putObject(world, 'ball', [x + offset[0], y + offset[1], z + offset[2]]);
  return Array.from({ length: steps }, () => {
    world.step({});
    return judge.update(world.scene);
  });
}

test('a ball at rest in the bowl counts once it has been there for 0.32 s', () => {
  const outcomes = verdictsWithBallAt([0.01, 0, 0.038], 12).map(({ outcome }) => outcome);
  const first = outcomes.indexOf('success');
  assert.ok(first >= 3, `success at step ${first}`);
  assert.deepEqual(outcomes.slice(0, first), Array(first).fill('running'));
});

test('a ball beside the bowl is no success, and one that falls off the table a failure', () => {
  assert.ok(verdictsWithBallAt([0, -0.12, 0.03], 12).every(({ outcome }) => outcome === 'running'));
  assert.equal(verdictsWithBallAt([0.6, 0, 0.03], 8).at(-1)?.outcome, 'failure');
});

test('a hand that holds the ball in the bowl has not put it there', async () => {
  const seed = 1;
  const expert = await Expert.create(task);
  expert.reset(seed);
  let previous: Float64Array | undefined;
  let held: Float64Array | undefined;
  let last: Verdict | undefined;
  const result = await rollout({
    world,
    judge,
    seed,
    horizon: 60,
    act: ({ joints, frames }) => {
      const targets = expert.act(joints, frames);
      if (expert.phase === 'open') held ??= previous;
      previous = targets;
      return held ?? targets;
    },
    onStep: (verdict) => {
      last = verdict;
    },
  });
  expert.dispose();
  assert.ok(held !== undefined, 'the expert has not come to the bowl');
  assert.equal(result.terminated, false);
  assert.equal(last?.quantities[judge.names.indexOf('in_bowl')], 1);
  assert.equal(last.stage, task.stages.length - 1);
});
