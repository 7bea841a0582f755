import { test } from 'node:test';
import assert from 'node:assert/strict';
import { formatDuration, ProgressDisplay, progressText, remainingSeconds } from '../../src/cli/progress.js';

test('durations read naturally', () => {
  assert.equal(formatDuration(8.4), '8 s');
  assert.equal(formatDuration(185), '3 min 05 s');
  assert.equal(formatDuration(3720), '1 h 02 min');
  assert.equal(formatDuration(-1), '0 s');
  assert.equal(formatDuration(59.7), '1 min 00 s');
});

test('the time left comes from the speed since the start', () => {
  assert.equal(remainingSeconds({ label: '', done: 25, total: 100, elapsed: 10 }), 30);
  assert.equal(remainingSeconds({ label: '', done: 0, total: 100, elapsed: 10 }), undefined);
  // Resumed at 80: 10 more in 10 s, so the last 10 take 10 s, not 1.1 s.
  assert.equal(remainingSeconds({ label: '', done: 90, total: 100, elapsed: 10, doneAtStart: 80 }), 10);
});

test('the progress line shows share, counts, times and the note', () => {
  const text = progressText({ label: 'train', done: 5000, total: 20000, elapsed: 60, note: 'success 62 %' });
  assert.equal(
    text,
    'train [######------------------] 5000/20000   25 %  elapsed 1 min 00 s  left 3 min 00 s  success 62 %',
  );
  assert.match(progressText({ label: 'x', done: 0, total: 0, elapsed: 0 }), /0\/0 {4}0 %/);
  assert.doesNotMatch(progressText({ label: 'x', done: 3, total: 3, elapsed: 1 }), /left/);
});

test('without a terminal there is one plain line every 10 s', () => {
  const lines: string[] = [];
  let now = 0;
  const stream = { write: (text: string) => lines.push(text) };
  const display = new ProgressDisplay('demo', stream, () => now);
  for (; now <= 25; now += 0.5) display.update(Math.floor(now), 50);
  assert.equal(lines.length, 2);
  assert.match(lines[0], /^demo .* 10\/50 .*left 40 s\n$/);
  display.finish(50, 50);
  assert.match(lines[2], /50\/50/);
});

test('on a terminal the line is redrawn and cut to its width', () => {
  const written: string[] = [];
  const stream = { isTTY: true, columns: 40, write: (text: string) => written.push(text) };
  const display = new ProgressDisplay('demo', stream, () => 0);
  display.update(1, 50);
  assert.equal(written[0].length, '\r\u001b[2K'.length + 39);
  display.abandon();
  display.abandon();
  assert.deepEqual(written.slice(1), ['\n']);
});
