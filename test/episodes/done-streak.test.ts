import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DoneStreak } from '../../src/episodes/done-streak.js';

const opinion = (step: number, done: boolean, episode_id = 'e') => ({ episode_id, step, done });

test('a task is done at the last step of a streak, not when the opinions came', () => {
  const streak = new DoneStreak(3);
  assert.equal(streak.hear(opinion(4, true)), undefined);
  assert.equal(streak.hear(opinion(6, true)), undefined);
  assert.equal(streak.hear(opinion(5, true)), 6);
});

test('an opinion to the contrary breaks the streak before it, also when it comes late', () => {
  const streak = new DoneStreak(2);
  streak.hear(opinion(4, true));
  assert.equal(streak.hear(opinion(5, false)), undefined);
  assert.equal(streak.hear(opinion(6, true)), undefined);
  assert.equal(streak.hear(opinion(7, true)), 7);
});

test('another episode begins anew', () => {
  const streak = new DoneStreak(2);
  streak.hear(opinion(4, true));
  assert.equal(streak.hear(opinion(1, true, 'next')), undefined);
});
