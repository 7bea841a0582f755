import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  nanosecondsFromTime,
  sameTime,
  secondsBetween,
  timeFromNanoseconds,
  wallTime,
} from '../../src/ros/index.js';

test('stamps keep every nanosecond', () => {
  const nanoseconds = 1_795_233_898_123_456_789n;
  const time = timeFromNanoseconds(nanoseconds);
  assert.deepEqual(time, { sec: 1_795_233_898, nanosec: 123_456_789 });
  assert.equal(nanosecondsFromTime(time), nanoseconds);
  assert.ok(sameTime(time, { ...time }) && !sameTime(time, { ...time, nanosec: 0 }));
});

test('differences have a sign and do not lose precision to the epoch', () => {
  const early = { sec: 1_795_233_898, nanosec: 900_000_000 };
  const late = { sec: 1_795_233_899, nanosec: 100_000_001 };
  assert.ok(Math.abs(secondsBetween(early, late) - 0.200_000_001) < 1e-12);
  assert.ok(Math.abs(secondsBetween(late, early) + 0.200_000_001) < 1e-12);
});

test('wall time is the time of day and does not go back', () => {
  const before = nanosecondsFromTime(wallTime());
  const after = nanosecondsFromTime(wallTime());
  assert.ok(after >= before);
  assert.ok(Math.abs(Number(after / 1_000_000n) - Date.now()) < 2000);
});
