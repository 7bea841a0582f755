import { test } from 'node:test';
import assert from 'node:assert/strict';
import { hopBetween, hopFrom } from '../../../src/reward/progress/hop.js';

test('a hop is the share of the way that is left, or of the way that was gone', () => {
  assert.equal(hopBetween(0.5, 0.75), 0.5);
  assert.equal(hopBetween(0.5, 0.25), -0.5);
  assert.equal(hopBetween(0, 1), 1);
  assert.equal(hopBetween(1, 0), -1);
  assert.equal(hopBetween(0, 0), 0);
  assert.equal(hopBetween(1, 1), 0);
});

test('progress after a hop is where the hop led, and never leaves [0, 1]', () => {
  const values = [0, 0.1, 0.4, 0.9, 1];
  for (const from of values) {
    for (const to of values) assert.ok(Math.abs(hopFrom(from, hopBetween(from, to)) - to) < 1e-12);
    for (const hop of [-1, -0.3, 0, 0.3, 1]) {
      const there = hopFrom(from, hop);
      assert.ok(there >= 0 && there <= 1);
    }
  }
});
