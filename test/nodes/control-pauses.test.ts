import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ControlPauses } from '../../src/nodes/control-pauses.js';

const near = (found: number, expected: number): void =>
  assert.ok(Math.abs(found - expected) < 1e-9, `${found}, not ${expected}`);

test('critics think after the command of an observation and before the next one is due', () => {
  let time = 5;
  const pauses = new ControlPauses(0.1, () => time);
  assert.equal(pauses.wait(), 0, 'nothing was observed yet');
  pauses.observed();
  near(pauses.wait(), 0.025);
  time = 5.03;
  assert.equal(pauses.wait(), 0);
  time = 5.09;
  near(pauses.wait(), 0.035);
  time = 5.1;
  pauses.observed();
  near(pauses.wait(), 0.025);
});

test('work begins where what is left of a pause is long enough for it, and with a pause if none is', () => {
  let time = 0;
  const pauses = new ControlPauses(0.1, () => time);
  pauses.observed();
  time = 0.05;
  assert.equal(pauses.wait(0.02), 0);
  near(pauses.wait(0.04), 0.075);
  time = 0.03;
  assert.equal(pauses.wait(0.5), 0, 'longer than any pause');
  time = 0.05;
  near(pauses.wait(0.5), 0.075);
});

test('a pause has place for three parts of work', () => {
  let time = 0;
  const pauses = new ControlPauses(0.1, () => time);
  pauses.observed();
  const part = 0.999 * pauses.part;
  for (const begins of [0.025, 0.025 + part, 0.025 + 2 * part]) {
    time = begins;
    assert.equal(pauses.wait(part), 0);
  }
  time = 0.025 + 3 * part;
  near(pauses.wait(part), 0.125 - time);
});

test('where observations stop coming, nothing is waited for', async () => {
  let time = 0;
  const pauses = new ControlPauses(0.1, () => time);
  pauses.observed();
  time = 0.126;
  assert.equal(pauses.wait(), 0);
  await pauses.next();
});

test('a pause comes while observations go on', async () => {
  const pauses = new ControlPauses(0.05);
  const ticking = setInterval(() => pauses.observed(), 50);
  pauses.observed();
  const start = performance.now();
  await pauses.next();
  clearInterval(ticking);
  assert.ok(performance.now() - start >= 11, 'not while the command is being made');
});
