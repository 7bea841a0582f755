import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createRandom } from '../../../../src/engine/index.js';
import { LabelMemory } from '../../../../src/reward/critics/distilled/label-memory.js';
import type { Judgement, Moment } from '../../../../src/reward/judgement.js';

function moment(step: number): Moment {
  const observed = { state: Float32Array.of(step), images: [] };
  return { step, time: step, observed, signs: undefined };
}

const judgement: Judgement = { progress: 0.5, done: 0, uncertainty: 0, components: {}, reason: '' };

test('when it is behind, half of each batch are the newest moments that were not learned from yet', () => {
  const memory = new LabelMemory(100);
  for (let step = 0; step < 20; step++) memory.add(moment(step), judgement);
  const random = createRandom(0);
  const steps = (): number[] => memory.draw(8, random).map((row) => row.moment.step);
  assert.deepEqual(steps().slice(0, 4), [16, 17, 18, 19]);
  assert.deepEqual(steps().slice(0, 4), [12, 13, 14, 15]);
  memory.add(moment(20), judgement);
  assert.deepEqual(steps().slice(0, 4), [9, 10, 11, 20]);
});

test('memory is bounded: the oldest give way, and the count goes on', () => {
  const memory = new LabelMemory(5);
  for (let step = 0; step < 12; step++) memory.add(moment(step), judgement);
  assert.equal(memory.count, 12);
  const drawn = memory.draw(200, createRandom(1)).map((row) => row.moment.step);
  assert.deepEqual(
    [...new Set(drawn)].sort((a, b) => a - b),
    [7, 8, 9, 10, 11],
  );
});
