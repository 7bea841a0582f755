import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoSeeds, evaluationSeed, heldOutSeed } from '../../src/episodes/seeds.js';

test('held-out seeds, evaluation seeds, demonstrations and training never meet', () => {
  const [first, second] = [demoSeeds(0), demoSeeds(1)];
  assert.ok(heldOutSeed + 40_000 <= evaluationSeed);
  assert.ok(evaluationSeed + 10_000_000 < first.demos);
  assert.ok(first.demos + 50_000 < first.training);
  assert.ok(first.training + 500_000 < second.demos);
  assert.ok(demoSeeds(4000).training + 900_000 <= 2 ** 32);
});
