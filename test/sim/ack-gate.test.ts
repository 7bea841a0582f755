import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AckGate } from '../../src/sim/ack-gate.js';

const id = (step: number, episode_id = 'e'): { episode_id: string; step: number } => ({ episode_id, step });

test('at most the window of steps goes unacknowledged', () => {
  const gate = new AckGate(2, 10, 0);
  assert.equal(gate.isOpen(0), true);
  gate.executed(id(0), 0);
  assert.equal(gate.isOpen(0), true);
  gate.executed(id(1), 0);
  assert.equal(gate.isOpen(0), false);
  gate.acknowledged(id(0), 1);
  assert.equal(gate.isOpen(1), true);
  gate.executed(id(2), 1);
  assert.equal(gate.isOpen(1), false);
  gate.acknowledged(id(2), 1);
  gate.executed(id(3), 1);
  assert.equal(gate.isOpen(1), true, 'an acknowledgement covers all steps before it');
});

test('window 0 never waits', () => {
  const gate = new AckGate(0, 1, 0);
  for (let step = 0; step < 100; step++) gate.executed(id(step), 0);
  assert.equal(gate.isOpen(1000), true);
  assert.equal(gate.released, false);
});

test('an acknowledgement of an unknown step or another episode opens nothing but is a sign of life', () => {
  const gate = new AckGate(1, 5, 0);
  gate.executed(id(3), 0);
  gate.acknowledged(id(3, 'other'), 4);
  gate.acknowledged({ episode_id: '', step: 0 }, 4);
  assert.equal(gate.isOpen(4), false);
  assert.equal(gate.isOpen(8.9), false, 'silence counts from the sign of life');
  assert.equal(gate.isOpen(9.1), true);
});

test('silence releases the gate; the next acknowledgement engages it again', () => {
  const gate = new AckGate(1, 5, 0);
  gate.executed(id(0), 0);
  assert.equal(gate.isOpen(5), false);
  assert.equal(gate.released, false);
  assert.equal(gate.isOpen(5.1), true);
  assert.equal(gate.released, true);
  for (let step = 1; step < 50; step++) {
    gate.executed(id(step), 6);
    assert.equal(gate.isOpen(6), true, 'it stays open while released');
  }
  gate.acknowledged(id(7), 7);
  assert.equal(gate.released, false);
  assert.equal(gate.isOpen(7), true, 'steps taken while released are not waited for');
  gate.executed(id(50), 7);
  assert.equal(gate.isOpen(7), false);
});

test('a pause without steps is not silence of the learner', () => {
  const gate = new AckGate(1, 5, 0);
  gate.executed(id(0), 100);
  assert.equal(gate.isOpen(104), false);
  assert.equal(gate.released, false);
});

test('with a learner that always answers, steps run ahead by exactly the window', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.boolean(), { maxLength: 200 }),
      (window, turns) => {
        const gate = new AckGate(window, 1e9, 0);
        let [executed, acknowledged] = [0, 0];
        for (const robot of turns) {
          if (robot && gate.isOpen(0)) gate.executed(id(executed++), 0);
          else if (!robot && acknowledged < executed) gate.acknowledged(id(acknowledged++), 0);
          assert.equal(gate.isOpen(0), executed - acknowledged < window);
        }
      },
    ),
    { seed: 1 },
  );
});
