import { test } from 'node:test';
import assert from 'node:assert/strict';
import { StepTally, type StepId } from '../../src/learning/step-tally.js';

const id = (step: number, episode_id = 'a'): StepId => ({ episode_id, step });

test('a command counts once a later observation is there, the answer to the last observation never', () => {
  const tally = new StepTally();
  assert.deepEqual(tally.observed(id(0)), []);
  assert.deepEqual(tally.executed(id(0)), []);
  assert.deepEqual(tally.observed(id(1)), [id(0)]);
  assert.deepEqual(tally.observed(id(2)), []);
  assert.deepEqual(tally.executed(id(1)), [id(1)], 'the observation came first');
  assert.deepEqual(tally.executed(id(2)), []);
  assert.deepEqual(tally.observed(id(0, 'b')), []);
  assert.ok(tally.isWhole(id(2)));
});

test('what comes twice counts once, an observation that was lost costs no step', () => {
  const tally = new StepTally();
  tally.executed(id(0));
  tally.executed(id(1));
  assert.deepEqual(tally.observed(id(2)), [id(0), id(1)]);
  assert.deepEqual([...tally.executed(id(1)), ...tally.observed(id(2))], []);
});

test('an episode is whole once its last observation and last command are there, or if nothing was heard of it', () => {
  const tally = new StepTally();
  assert.ok(tally.isWhole(id(5)));
  tally.observed(id(2));
  assert.equal(tally.isWhole(id(2)), false);
  tally.executed(id(1));
  assert.equal(tally.isWhole(id(3)), false);
  assert.ok(tally.isWhole(id(2)));
});
