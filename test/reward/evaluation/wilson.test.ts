import { test } from 'node:test';
import assert from 'node:assert/strict';
import { wilsonInterval } from '../../../src/reward/evaluation/wilson.js';

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
