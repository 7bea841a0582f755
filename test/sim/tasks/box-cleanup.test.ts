import { test } from 'node:test';
import assert from 'node:assert/strict';
import { holdBefore } from './hold-before.js';
import { judgedWorld } from './judged-world.js';
import { putObject } from './put-object.js';

const { world, judge } = await judgedWorld('box_cleanup');

/** The outcome of some control steps at home, with the lid laid on a box at yaw 0: `dx` m off and turned by `yaw` rad. */
function outcomeWithLidAt(dx: number, yaw: number, steps = 10): string {
  world.reset(0);
  let { outcome } = judge.reset(world.scene);
  putObject(world, 'box', [0.5, 0, 0.72]);
  putObject(world, 'lid', [0.5 + dx, 0, 0.781], yaw);
  for (let i = 0; i < steps; i++) {
    world.step({});
    ({ outcome } = judge.update(world.scene));
  }
  return outcome;
}

test('a lid that sits on the box with both hands away is a success', () => {
  assert.equal(outcomeWithLidAt(0, 0), 'success');
});

test('a lid that lies on the box but off its place, or turned, is none', () => {
  assert.equal(outcomeWithLidAt(0.04, 0), 'running');
  assert.equal(outcomeWithLidAt(0, 0.35), 'running');
});

test('a lid left crooked on the box for a second is a failure, one on the table is not', () => {
  assert.equal(outcomeWithLidAt(0.04, 0, 20), 'failure');
  assert.equal(outcomeWithLidAt(-0.205, 0, 20), 'running');
});

test('hands that keep hold of the lid on the box have not closed it', async () => {
  const { terminated, quantities } = await holdBefore('release', world, judge, { seed: 0, horizon: 60 });
  assert.equal(terminated, false);
  assert.deepEqual([quantities.closed, quantities.left_touches, quantities.right_touches], [1, 1, 1]);
});
