import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoopTimes } from '../../bench/control-loop/loop-times.js';

test('a latency is from the first question of a stamp to its first command', () => {
  const times = new LoopTimes();
  times.asked(1n, 10);
  times.asked(1n, 15);
  assert.equal(times.answered(1n, 18), true);
  assert.equal(times.answered(1n, 30), false);
  assert.equal(times.answered(7n, 30), false);
  const { samples, p50_ms, max_ms, missed } = times.summary(0);
  assert.deepEqual({ samples, p50_ms, max_ms, missed }, { samples: 1, p50_ms: 8, max_ms: 8, missed: 0 });
});

test('a question that a later command overtakes is missed', () => {
  const times = new LoopTimes();
  times.asked(1n, 0);
  times.asked(2n, 10);
  times.answered(2n, 12);
  assert.equal(times.answered(1n, 13), false);
  assert.equal(times.summary(0).missed, 1);
});

test('the beat is told for loops that have one, and an episode does not break it', () => {
  const times = new LoopTimes();
  const answer = (stamp: bigint, now: number): void => {
    times.asked(stamp, now - 1);
    times.answered(stamp, now);
  };
  answer(1n, 100);
  answer(2n, 123);
  times.pause();
  answer(3n, 900);
  answer(4n, 920);
  assert.equal(times.summary(20).off_beat_p99_ms, 3);
  assert.equal(times.summary(0).off_beat_p99_ms, undefined);
});

test('what was before the beginning does not count', () => {
  const times = new LoopTimes();
  times.asked(1n, 0);
  times.answered(1n, 50);
  times.asked(2n, 60);
  times.begin();
  assert.throws(() => times.summary(0), /no command was measured/);
  times.answered(2n, 61);
  assert.equal(times.summary(0).max_ms, 1);
});
