import { test } from 'node:test';
import assert from 'node:assert/strict';
import { describeSuccess, slidingSuccessRate } from '../../src/cli/statistics.js';

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
