import { test } from 'node:test';
import assert from 'node:assert/strict';
import { orderInterval, wilsonInterval } from '../../../src/reward/evaluation/score-intervals.js';

function near(actual: readonly number[], expected: readonly number[], tolerance = 5e-5): void {
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]) < tolerance, `${actual.join()} is not ${expected.join()}`),
  );
}

test('the Wilson interval has known values', () => {
  // Newcombe 1998, Statistics in Medicine 17:857, table I, method 3 (score, no continuity correction).
  near(wilsonInterval({ successes: 81, episodes: 263 }), [0.2553, 0.3662]);
  near(wilsonInterval({ successes: 15, episodes: 148 }), [0.0624, 0.1605]);
  near(wilsonInterval({ successes: 0, episodes: 20 }), [0, 0.1611]);
  near(wilsonInterval({ successes: 1, episodes: 29 }), [0.0061, 0.1718]);
});

test('the Wilson interval stays inside [0, 1] and mirrors', () => {
  assert.deepEqual(wilsonInterval({ successes: 0, episodes: 0 }), [0, 1]);
  const [low, high] = wilsonInterval({ successes: 29, episodes: 29 });
  const [mirrorLow, mirrorHigh] = wilsonInterval({ successes: 0, episodes: 29 });
  near([low, high], [1 - mirrorHigh, 1 - mirrorLow], 1e-12);
  assert.equal(high, 1);
});

/** Hanley and McNeil's variance, with the mean of the sizes for either, as Newcombe's method 5 has it. */
function variance(p: number, [m, n]: readonly [number, number]): number {
  const [q1, q2, size] = [p / (2 - p), (2 * p * p) / (1 + p), (m + n) / 2];
  return (p * (1 - p) + (size - 1) * (q1 - p * p) + (size - 1) * (q2 - p * p)) / (m * n);
}

test('the bounds of the interval of order are where the value is 1.96 deviations away', () => {
  for (const [value, sizes] of [
    [0.8, [20, 35]],
    [0.95, [10, 10]],
    [0.5, [3, 50]],
    [1, [6, 6]],
  ] as const) {
    const [low, high] = orderInterval(value, sizes);
    near([value - low], [1.959964 * Math.sqrt(variance(low, sizes))], 1e-6);
    if (value < 1) near([high - value], [1.959964 * Math.sqrt(variance(high, sizes))], 1e-6);
    else assert.equal(high, 1);
    assert.ok(low >= 0 && low < value && high <= 1);
  }
});

test('the interval of order mirrors, and narrows with more episodes', () => {
  const [low, high] = orderInterval(0.9, [12, 8]);
  near([...orderInterval(0.1, [8, 12])], [1 - high, 1 - low], 1e-9);
  assert.ok(orderInterval(1, [50, 50])[0] > orderInterval(1, [5, 5])[0]);
  assert.equal(orderInterval(0, [5, 5])[0], 0);
});
