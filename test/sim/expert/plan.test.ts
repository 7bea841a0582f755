/** Phases and targets without a robot: what is measured is made up. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { checkAgainst, loadSchema } from '../../../src/config/schema.js';
import type { Pose } from '../../../src/robot/pose.js';
import { gripsOf } from '../../../src/sim/expert/grip.js';
import { isOver, transition } from '../../../src/sim/expert/phases.js';
import { aim, beginPhase, errorOf, moveHands, startPlan, tick } from '../../../src/sim/expert/plan.js';
import type { Plan, View } from '../../../src/sim/expert/plan.js';
import type { DemonstratorSpec, PhaseSpec } from '../../../src/sim/expert/spec.js';
import { seededRandom } from '../../../src/sim/random.js';

const hand = { frame: 'hand', arm: ['joint'], open: {}, closed: {}, grips: {} };
const grips = [gripsOf(hand)];

function phasesOf(text: string): readonly PhaseSpec[] {
  const spec = { hands: { right: hand }, phases: parse(text) as PhaseSpec[] };
  checkAgainst('demonstrator', loadSchema('demonstrator'), spec, 'test');
  return (spec as unknown as DemonstratorSpec).phases;
}

const at = (x: number, z = 0): Pose => ({ position: [x, 0, z], orientation: [0, 0, 0, 1] });
const seen = (measured: Pose, box: Pose): View => ({
  measured: [measured],
  shoulders: [[0, 0, 0]],
  frames: new Map([['box', box]]),
});
const start = (phases: readonly PhaseSpec[], view: View): Plan =>
  startPlan(phases, ['right'], grips, view, seededRandom(0));
const settled = (plan: Plan): Plan => Array.from({ length: 9 }).reduce<Plan>(moveHands, plan);
const x = (plan: Plan): number => Math.round(1e6 * plan.hands[0].commanded.position[0]) / 1e6;

test('a target follows its frame, unless it is not tracked', () => {
  for (const track of [true, false]) {
    const phases = phasesOf(`[{ name: go, right: { at: box, step_m: 1, track: ${track} } }]`);
    const plan = start(phases, seen(at(0), at(0.3)));
    assert.equal(x(settled(aim(plan, seen(at(0), at(0.5))))), track ? 0.5 : 0.3);
  }
});

test('carrying with a commanded grasp keeps pressing, with a measured one it goes where the hand is', () => {
  for (const [grasp, end] of [
    ['commanded', 1.05],
    ['measured', 1.08],
    ['live', 1.07],
  ] as const) {
    const phases = phasesOf(`
      - { name: press, right: { at: box, offset: [0.05, 0, 0], step_m: 1 }, until: { steps: 1 } }
      - { name: carry, right: { carry: box, at: world, offset: [1, 0, 0], grasp: ${grasp}, step_m: 1 } }`);
    // The hand is told to be 5 cm from the box's origin; the box's side stops it at 8 cm, and later it slips to 7 cm.
    const pressed = settled(start(phases, seen(at(0.5), at(0.3))));
    assert.equal(x(pressed), 0.35);
    const carrying = beginPhase(pressed, 1, grips, seen(at(0.38), at(0.3)));
    const slipped = seen(at(0.47), at(0.4));
    assert.equal(x(settled(aim(carrying, slipped))), end, grasp);
    const error = errorOf(aim(carrying, slipped).hands[0], slipped, 0);
    assert.ok(Math.abs((error?.m ?? NaN) - 0.6) < 1e-12);
  }
});

test('a hand without a move stays at its last target, and by counts from there', () => {
  const phases = phasesOf(`
    - { name: go, right: { at: box, step_m: 1 }, until: { steps: 1 } }
    - { name: stay, until: { steps: 1 } }
    - { name: on, right: { by: [0.1, 0, 0], step_m: 1 } }`);
  const view = seen(at(0), at(0.3));
  const moved = seen(at(0.28), at(0.9));
  const stay = aim(beginPhase(settled(start(phases, view)), 1, grips, moved), moved);
  assert.equal(x(settled(stay)), 0.3);
  assert.equal(x(settled(beginPhase(stay, 2, grips, moved))), 0.4);
});

test('a phase ends strictly within its tolerances, not before its steps, and at its timeout', () => {
  const until = { within_m: 0.01, within_rad: 0.1, steps: 3, timeout_steps: 8 };
  const near = { m: 0.009, rad: 0.09 };
  assert.ok(isOver(until, 3, [near, near]));
  assert.ok(!isOver(until, 2, [near]));
  assert.ok(!isOver(until, 7, [near, { m: 0.01, rad: 0 }]));
  assert.ok(!isOver(until, 7, [{ m: 0, rad: 0.1 }]));
  assert.ok(isOver(until, 8, [{ m: 1, rad: 1 }]));
});

test('a lost frame sends the plan back as often as it may', () => {
  const phases = phasesOf(`
    - { name: go, right: { at: box }, until: { steps: 1 } }
    - { name: lift, right: { by: [0, 0, 0.1] },
        else: { phase: go, hand: right, frame: box, beyond_m: 0.05, times: 2 } }`);
  const held = seen(at(0.3, 0.04), at(0.3));
  const lost = seen(at(0.3, 0.06), at(0.3));
  const lift = tick(beginPhase(start(phases, held), 1, grips, held));
  assert.equal(transition(phases, ['right'], lift, held), undefined);
  assert.deepEqual(transition(phases, ['right'], lift, lost), { index: 0, lost: true });
  assert.equal(transition(phases, ['right'], { ...lift, jumps: [0, 2] }, lost), undefined);
});
