import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  bootstrapInterval,
  estimate,
  meanEstimate,
  pooledEstimate,
  rate,
} from '../../../src/reward/evaluation/intervals.js';
import { mean } from '../../../src/reward/statistics.js';

test('the bootstrap of a mean is near the interval of the normal distribution, and always the same', () => {
  const values = Array.from({ length: 400 }, (_, i) => (i * 7919) % 400);
  const { value, n, interval } = meanEstimate(values);
  assert.deepEqual([value, n], [199.5, 400]);
  const half = (1.96 * Math.sqrt((400 ** 2 - 1) / 12)) / Math.sqrt(400);
  assert.ok(interval !== null && Math.abs(interval[0] - (199.5 - half)) < 0.15 * half);
  assert.ok(Math.abs(interval[1] - (199.5 + half)) < 0.15 * half);
  assert.deepEqual(meanEstimate(values), { value, n, interval });
});

test('groups are drawn from separately', () => {
  const sizes = new Set<string>();
  bootstrapInterval([[1, 2, 3], [4]], (drawn) => {
    sizes.add(drawn.map(({ length }) => length).join());
    assert.deepEqual(drawn[1], [4]);
    return 0;
  });
  assert.deepEqual([...sizes], ['3,1']);
});

test('one episode has no interval, none has no value', () => {
  assert.deepEqual(meanEstimate([0.5]), { value: 0.5, n: 1, interval: null });
  assert.deepEqual(meanEstimate([]), { value: null, n: 0, interval: null });
  assert.deepEqual(rate([]), { value: null, n: 0, interval: null });
  assert.deepEqual(
    estimate([[1, 2], []], ([a, b]) => (b.length === 0 ? undefined : mean(a))),
    { value: null, n: 2, interval: null },
  );
});

test('a pooled mean weighs things, not episodes', () => {
  const { value, n } = pooledEstimate([
    { sum: 1, n: 1 },
    { sum: 0, n: 3 },
  ]);
  assert.deepEqual([value, n], [0.25, 4]);
});

test('a rate has its Wilson interval', () => {
  const { value, n, interval } = rate([true, false, false, false]);
  assert.deepEqual([value, n], [0.25, 4]);
  assert.ok(
    interval !== null && Math.abs(interval[0] - 0.0456) < 1e-3 && Math.abs(interval[1] - 0.6994) < 1e-3,
  );
});
