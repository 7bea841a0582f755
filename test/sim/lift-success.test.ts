import { test } from 'node:test';
import assert from 'node:assert/strict';
import { initialLift, updateLift, type LiftState } from '../../src/sim/lift-success.js';

const criterion = { height_m: 0.1, hold_steps: 4, fallen_m: 0.05 };
const after = (heights: readonly number[]): LiftState =>
  heights.reduce((state, height) => updateLift(state, height, criterion), initialLift);

test('a lift counts once it is held', () => {
  assert.equal(after([0.02, 0.1, 0.11, 0.11]).outcome, 'running');
  assert.equal(after([0.02, 0.1, 0.11, 0.11, 0.11]).outcome, 'success');
});

test('a bounce does not count: the steps must be consecutive', () => {
  assert.deepEqual(after([0.2, 0.2, 0.2, 0.05, 0.2]), { held: 1, outcome: 'running' });
});

test('an object below the table has fallen, and stays so', () => {
  assert.equal(after([0, -0.06]).outcome, 'failure');
  assert.equal(after([0, -0.06, 0.2, 0.2, 0.2, 0.2]).outcome, 'failure');
});

test('success is final', () => {
  assert.equal(after([0.1, 0.1, 0.1, 0.1, -0.2]).outcome, 'success');
});
