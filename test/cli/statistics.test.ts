import { test } from 'node:test';
import assert from 'node:assert/strict';
import { describeSuccess, slidingSuccessRate, wilsonInterval } from '../../src/cli/statistics.js';

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

test('a success count is described with its interval', () => {
  assert.equal(
    describeSuccess({ successes: 92, episodes: 200 }),
    '46.0 % (92 of 200, 95 % interval 39.2 to 52.9 %)',
  );
});

test('the sliding success rate forgets what left the window', () => {
  const episodes = [true, true, false, false, true].map((success, i) => ({ step: 10 * (i + 1), success }));
  assert.deepEqual(slidingSuccessRate(episodes, 2, 2), [
    { step: 20, rate: 1, episodes: 2 },
    { step: 30, rate: 0.5, episodes: 2 },
    { step: 40, rate: 0, episodes: 2 },
    { step: 50, rate: 0.5, episodes: 2 },
  ]);
});

test('the sliding success rate begins once the minimum is there', () => {
  const episodes = [true, false, true].map((success, i) => ({ step: i, success }));
  const points = slidingSuccessRate(episodes, 10, 2);
  assert.deepEqual(
    points.map(({ rate }) => rate),
    [1 / 2, 2 / 3],
  );
  assert.deepEqual(slidingSuccessRate([], 10), []);
});
