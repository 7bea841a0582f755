import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addForecasts,
  averagePrecision,
  brierScore,
  calibrationError,
  forecastSums,
  orderProbability,
  reliabilityBins,
} from '../../../src/reward/evaluation/detection.js';

const scores = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 8 });

test('the probability of order is that of all pairs, ties counting half', () => {
  assert.equal(orderProbability([0.9, 0.4], [0.4, 0.1]), 3.5 / 4);
  assert.equal(orderProbability([1, 1], [1]), 0.5);
  assert.equal(orderProbability([], [1]), undefined);
  fc.assert(
    fc.property(scores, scores, (higher, lower) => {
      const wins = higher.flatMap((a) => lower.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
      const share = wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
      return Math.abs((orderProbability(higher, lower) ?? NaN) - share) < 1e-12;
    }),
  );
});

test('average precision adds precision times recall at each threshold', () => {
  // By hand: thresholds 0.9 (1 of 1), 0.6 (1 of 2), 0.5 (2 of 3).
  assert.ok(Math.abs((averagePrecision([0.9, 0.5], [0.6, 0.1]) ?? 0) - (0.5 * 1 + 0.5 * (2 / 3))) < 1e-12);
  assert.equal(averagePrecision([0.3], []), undefined);
  assert.equal(averagePrecision([], [0.3]), undefined);
  fc.assert(
    fc.property(scores, scores, (successes, failures) => {
      let [area, before] = [0, 0];
      for (const threshold of [4, 3, 2, 1, 0]) {
        const found = successes.filter((score) => score >= threshold).length;
        const wrong = failures.filter((score) => score >= threshold).length;
        const recall = found / successes.length;
        if (found > 0) area += (recall - before) * (found / (found + wrong));
        before = recall;
      }
      return Math.abs((averagePrecision(successes, failures) ?? NaN) - area) < 1e-12;
    }),
  );
});

test('calibration is measured in ten bins, with 1 in the last', () => {
  const sums = forecastSums([
    { probability: 0.05, outcome: 0 },
    { probability: 0.15, outcome: 1 },
    { probability: 0.19, outcome: 0 },
    { probability: 1, outcome: 1 },
  ]);
  const bins = reliabilityBins(sums);
  assert.deepEqual(
    bins.map(({ n }) => n),
    [1, 2, 0, 0, 0, 0, 0, 0, 0, 1],
  );
  assert.deepEqual([bins[1].share, bins[2].share], [0.5, undefined]);
  // |0.05 - 0| + |0.34 - 1| + |1 - 1|, of four.
  assert.ok(Math.abs((calibrationError(sums) ?? 0) - 0.71 / 4) < 1e-12);
  assert.ok(Math.abs((brierScore(sums) ?? 0) - (0.0025 + 0.7225 + 0.0361) / 4) < 1e-12);
});

test('forecasts of several episodes can be added, and of none there is no error', () => {
  const [a, b] = [{ probability: 0.2, outcome: 1 } as const, { probability: 0.8, outcome: 0 } as const];
  assert.deepEqual(addForecasts([forecastSums([a]), forecastSums([b])]), forecastSums([a, b]));
  assert.equal(calibrationError(forecastSums([])), undefined);
  assert.equal(brierScore(addForecasts([])), undefined);
});

test('probabilities outside of [0, 1] fall into the outer bins', () => {
  const bins = reliabilityBins(
    forecastSums([
      { probability: -0.2, outcome: 0 },
      { probability: 1.4, outcome: 1 },
    ]),
  );
  assert.deepEqual([bins[0].n, bins[9].n], [1, 1]);
});
