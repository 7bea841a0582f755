import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Diagnostics } from '../../src/ros/index.js';

const stamp = { sec: 1, nanosec: 2 };

test('every task is one status with its latest state', () => {
  const diagnostics = new Diagnostics('safety', 'arm', () => 0);
  diagnostics.set('limits', 'OK', 'inside');
  diagnostics.set('limits', 'WARN', 'clamped', { 'age [s]': 0.25, steps: 3n, stale: false });
  diagnostics.set('input', 'STALE', 'no action');
  assert.deepEqual(diagnostics.message(stamp), {
    header: { stamp, frame_id: '' },
    status: [
      {
        level: 1,
        name: 'safety: limits',
        message: 'clamped',
        hardware_id: 'arm',
        values: [
          { key: 'age [s]', value: '0.25' },
          { key: 'steps', value: '3' },
          { key: 'stale', value: 'false' },
        ],
      },
      { level: 3, name: 'safety: input', message: 'no action', hardware_id: 'arm', values: [] },
    ],
  });
  diagnostics.clear('limits');
  assert.equal(diagnostics.message(stamp).status.length, 1);
});

test('a failed callback is an error at first and a warning later, and is never forgotten', () => {
  let now = 100;
  const diagnostics = new Diagnostics('safety', 'arm', () => now);
  diagnostics.callbackFailed('timer', 'first');
  diagnostics.callbackFailed('subscription action', 'second');
  const [failed] = diagnostics.message(stamp).status;
  assert.equal(failed.level, 2);
  assert.equal(failed.message, 'subscription action: second');
  assert.deepEqual(failed.values[0], { key: 'errors', value: '2' });
  now += 11;
  assert.equal(diagnostics.message(stamp).status[0].level, 1);
  diagnostics.callbackFailed('timer', 'third');
  assert.equal(diagnostics.message(stamp).status[0].level, 2);
});
