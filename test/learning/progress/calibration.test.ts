import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createRandom } from '../../../src/engine/index.js';
import { chooseThreshold, fitTemperature } from '../../../src/learning/progress/calibration.js';

test('a temperature is found that makes overconfident logits right', () => {
  const random = createRandom(0);
  const [logits, labels]: [number[], boolean[]] = [[], []];
  for (let i = 0; i < 4000; i++) {
    const right = 2 * random.normal();
    labels.push(random.uniform() < 1 / (1 + Math.exp(-right)));
    logits.push(4 * right);
  }
  const temperature = fitTemperature(logits, labels);
  assert.ok(temperature > 3.4 && temperature < 4.7, String(temperature));
  assert.equal(fitTemperature([1, 2], [true, true]), 1);
});

test('the threshold lies between what failures reached and what successes ended with', () => {
  const failures = [0.1, 0.2, 0.4].map((most) => ({ success: false, most, last: most }));
  const successes = [0.9, 0.95, 0.3].map((last) => ({ success: true, most: last, last }));
  const threshold = chooseThreshold([...failures, ...successes]);
  assert.ok(threshold > 0.4 && threshold < 0.9, String(threshold));
  // The middle in logits: as far from 0.4 as from 0.9.
  const logit = (p: number): number => Math.log(p / (1 - p));
  assert.ok(Math.abs(logit(threshold) - (logit(0.4) + logit(0.9)) / 2) < 1e-9);
});

test('where no success lies above all failures, done is never said of what failed', () => {
  const threshold = chooseThreshold([
    { success: false, most: 0.9, last: 0.9 },
    { success: true, most: 0.8, last: 0.8 },
  ]);
  assert.ok(threshold > 0.9);
  assert.equal(chooseThreshold([]), 0.5);
});

test('a quarter of the successes is given up for a threshold further from failures', () => {
  const ends = [0.6, 0.7, 0.8, 0.9].map((last) => ({ success: true, most: last, last }));
  assert.equal(chooseThreshold([{ success: false, most: 0.01, last: 0.01 }, ...ends]), 0.7);
});

test('one failure in a hundred may lie above the threshold', () => {
  const failures = Array.from({ length: 200 }, (_, i) => ({
    success: false,
    most: i < 2 ? 0.99 : 0.1,
    last: 0,
  }));
  const threshold = chooseThreshold([...failures, { success: true, most: 0.9, last: 0.9 }]);
  assert.ok(threshold < 0.9);
});

test('done is never said of what is less probable than not', () => {
  const seen = [0.01, 0.2].map((most, i) => ({ success: i === 1, most, last: most }));
  assert.equal(chooseThreshold(seen), 0.5);
});
