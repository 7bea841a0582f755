import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mean, meanAndSpread, quantile } from '../../src/reward/statistics.js';

test('a mean of nothing is unknown', () => {
  assert.equal(mean([]), undefined);
  assert.equal(mean([1, 2]), 1.5);
});

test('the spread is the standard deviation of the values that there are', () => {
  assert.deepEqual(meanAndSpread([1, 3]), { mean: 2, spread: 1 });
  assert.deepEqual(meanAndSpread([5]), { mean: 5, spread: 0 });
});

test('quantiles lie between neighbours in proportion', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([4, 1, 2, 3], 0.5), 2.5);
  assert.equal(quantile([0, 10], 0.99), 9.9);
  assert.equal(quantile([7], 0.99), 7);
  assert.throws(() => quantile([], 0.5), /nothing/);
});
