import { test } from 'node:test';
import assert from 'node:assert/strict';
import { changeGrip, closes, gripsOf, gripTargets, restingGrip } from '../../../src/sim/expert/grip.js';

const grips = gripsOf({
  frame: 'hand',
  arm: [],
  open: { thumb: 0, finger: 1 },
  closed: { finger: 2, thumb: 0.5 },
  grips: { pinch: { thumb: 0.7, finger: 1.4 } },
});

test('a grip closes in equal shares over its steps, in the order of the joints of open, and stays there', () => {
  let motion = changeGrip(grips, restingGrip(grips, 0), 1, 4);
  const fingers: number[] = [];
  for (let step = 0; step < 6; step++) {
    const [thumb, finger] = gripTargets(grips, motion);
    assert.equal(thumb, 0.5 * (finger - 1));
    fingers.push(finger);
    motion = { ...motion, elapsed: motion.elapsed + 1 };
  }
  assert.deepEqual(fingers, [1.25, 1.5, 1.75, 2, 2, 2]);
});

test('a change on the way starts from where the grip is; the same grip again changes nothing', () => {
  const half = { ...changeGrip(grips, restingGrip(grips, 0), 1, 4), elapsed: 2 };
  assert.equal(changeGrip(grips, half, 1, 9), half);
  assert.deepEqual([...gripTargets(grips, changeGrip(grips, half, 0, 2))], [0.125, 1.25]);
});

test('a named grip is reached from a share and left again', () => {
  const pinch = changeGrip(grips, restingGrip(grips, 0), 'pinch', 2);
  assert.deepEqual([...gripTargets(grips, pinch)], [0.35, 1.2]);
  const done = { ...pinch, elapsed: 2 };
  assert.deepEqual([...gripTargets(grips, done)], [0.7, 1.4]);
  assert.deepEqual([...gripTargets(grips, changeGrip(grips, done, 0, 1))], [0, 1]);
  assert.deepEqual([...gripTargets(grips, restingGrip(grips, 'pinch'))], [0.7, 1.4]);
});

test('closing is told from opening', () => {
  assert.deepEqual(
    [closes(0, 1), closes(0, 'pinch'), closes(1, 0), closes('pinch', 0), closes(0.5, 0.5)],
    [true, true, false, false, false],
  );
});
