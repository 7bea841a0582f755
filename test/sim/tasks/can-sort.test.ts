import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Verdict } from '../../../src/sim/expression/judge.js';
import { judgedWorld } from './judged-world.js';
import { putObject } from './put-object.js';

const kinds = ['can', 'bottle'] as const;
type Kind = (typeof kinds)[number];
const { world, judge } = await judgedWorld('can_sort');

/** Resets to the first seed that draws the variant. */
function resetTo(kind: Kind): void {
  for (let seed = 0; seed < 50; seed++) {
    world.reset(seed);
    if (world.variant === kind) return;
  }
  assert.fail(`no seed draws ${kind}`);
}

/** Verdicts of 12 control steps at home after the object in play was put `height` above the floor of a frame. */
function verdictsOver(kind: Kind, frame: 'goal' | 'wrong', height: number): Verdict[] {
  resetTo(kind);
  judge.reset(world.scene);
  const [x, y, z] = world.scene.pose(frame).position;
  putObject(world, kind, [x, y, z + height]);
  return Array.from({ length: 12 }, () => {
    world.step({});
    return judge.update(world.scene);
  });
}

for (const kind of kinds) {
  test(`the ${kind} belongs in its own bin`, () => {
    const outcomes = verdictsOver(kind, 'goal', 0.06).map(({ outcome }) => outcome);
    assert.ok(outcomes.indexOf('success') >= 3);
    assert.ok(!outcomes.includes('failure'));
    const wrong = verdictsOver(kind, 'wrong', 0.06).map(({ outcome }) => outcome);
    assert.ok(wrong.includes('failure'));
    assert.ok(!wrong.includes('success'));
  });
}

test('over a bin is not in it', () => {
  for (const frame of ['goal', 'wrong'] as const) {
    const [first] = verdictsOver('can', frame, 0.12);
    assert.equal(first.outcome, 'running', frame);
    assert.equal(first.quantities[judge.names.indexOf('in_goal')], 0, frame);
  }
});

test('what is not in play waits out of reach of the hand', () => {
  for (const kind of kinds) {
    const other = kind === 'can' ? 'bottle' : 'can';
    resetTo(kind);
    const shoulder = world.scene.pose('right_shoulder_pitch_link').position;
    const [x, y, z] = world.scene.pose(other).position;
    // Upper arm, forearm and hand up to the fingertips, stretched.
    assert.ok(Math.hypot(x - shoulder[0], y - shoulder[1], z - shoulder[2]) > 0.28 + 0.26 + 0.18, other);
    assert.ok(world.scene.velocity(other).linear.every((speed) => Math.abs(speed) < 1e-3));
    assert.ok(y > world.task.reset.objects.object.y[1] + 0.3);
  }
});
