import { test } from 'node:test';
import assert from 'node:assert/strict';
import { deviation, mean, meanIfAny, quantile } from '../../src/reward/statistics.js';

test('means and deviations are those of the values that there are', () => {
  assert.deepEqual([mean([1, 3]), deviation([1, 3])], [2, 1]);
  assert.deepEqual([meanIfAny([5]), deviation([5])], [5, 0]);
  assert.deepEqual([meanIfAny([]), mean([])], [undefined, NaN]);
});

test('quantiles lie between neighbours in proportion', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([4, 1, 2, 3], 0.5), 2.5);
  assert.equal(quantile([0, 10], 0.99), 9.9);
  assert.equal(quantile([7], 0.99), 7);
  assert.throws(() => quantile([], 0.5), /nothing/);
});
