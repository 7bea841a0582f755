import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/engine/index.js';
import { recompose } from '../../src/learning/recompose.js';

test('demonstrations are made up anew: actions stay, residuals are within their bound, other rows are left alone', () => {
  const [rows, width, scale] = [400, 2, 0.1];
  const random = createRandom(3);
  const action = Float32Array.from({ length: 2 * rows * width }, () => 2 * random.uniform() - 1);
  // As demonstrations are: far from what the base policy would do, always to the same side.
  const base = action.map((value) => value - 0.5);
  const [before, executed] = [base.slice(), action.slice()];
  recompose({ base, action }, rows, width, scale, random);
  assert.deepEqual(action, executed);
  const residuals = Array.from(action, (value, i) => (value - base[i]) / scale);
  const drawn = residuals.slice(0, rows * width);
  assert.ok(drawn.every((residual) => Math.abs(residual) <= 1 + 1e-5));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  assert.ok(Math.abs(mean(drawn)) < 0.1, 'to no side');
  assert.ok(Math.abs(mean(drawn.map(Math.abs)) - 0.5) < 0.05, 'of any size');
  assert.deepEqual(base.slice(rows * width), before.slice(rows * width));
});
