import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  midRanks,
  pairSums,
  pearson,
  pearsonOf,
  spearman,
} from '../../../src/reward/evaluation/correlation.js';

test('equal values share the mean of their ranks', () => {
  assert.deepEqual(midRanks([30, 10, 20, 10, 30, 30]), [5, 1.5, 3, 1.5, 5, 5]);
  assert.deepEqual(midRanks([]), []);
});

test("Spearman's correlation has the values of a worked example", () => {
  // Ten pairs without ties: 1 - 6 * 194 / (10 * 99), the textbook's example of IQ and hours of television.
  const iq = [86, 97, 99, 100, 101, 103, 106, 110, 112, 113];
  const hours = [0, 20, 28, 27, 50, 29, 7, 17, 6, 12];
  assert.ok(Math.abs((spearman(iq, hours) ?? 0) - -0.17575757) < 1e-8);
  assert.equal(spearman([1, 2, 3, 4], [1, 4, 9, 16]), 1);
  assert.equal(spearman([1, 2, 3, 4], [-1, -4, -9, -16]), -1);
});

test('a correlation of one pair or of a constant is undefined, also one of rounding', () => {
  assert.equal(pearson([1], [2]), undefined);
  assert.equal(pearson([], []), undefined);
  assert.equal(spearman([0.5, 0.5, 0.5], [1, 2, 3]), undefined);
  assert.equal(pearson(new Array(7).fill(0.1), [1, 2, 3, 4, 5, 6, 7]), undefined);
});

test('correlations are those of the definition, ranks counted one by one', () => {
  const count = (values: readonly number[]) =>
    values.map(
      (value) => values.filter((v) => v < value).length + (values.filter((v) => v === value).length + 1) / 2,
    );
  const direct = (xs: readonly number[], ys: readonly number[]): number => {
    const centre = (of: readonly number[]) => of.map((v) => v - of.reduce((a, b) => a + b) / of.length);
    const [a, b] = [centre(xs), centre(ys)];
    const dot = (p: readonly number[], q: readonly number[]) => p.reduce((sum, v, i) => sum + v * q[i], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  const pair = fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 }));
  fc.assert(
    fc.property(fc.array(pair, { minLength: 2, maxLength: 12 }), (pairs) => {
      const [xs, ys] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
      if (new Set(xs).size === 1 || new Set(ys).size === 1) return spearman(xs, ys) === undefined;
      return Math.abs((spearman(xs, ys) ?? NaN) - direct(count(xs), count(ys))) < 1e-9;
    }),
  );
});

test('sums of groups give the correlation of all pairs', () => {
  const [xs, ys] = [
    [1, 2, 4, 3],
    [2, 1, 5, 9],
  ];
  const groups = [pairSums(xs.slice(0, 1), ys.slice(0, 1)), pairSums(xs.slice(1), ys.slice(1))];
  assert.ok(Math.abs((pearsonOf(groups) ?? 0) - (pearson(xs, ys) ?? 1)) < 1e-12);
});
