import { test } from 'node:test';
import assert from 'node:assert/strict';
import { compileCondition, compileQuantity } from '../../../src/sim/expression/program.js';
import { namesByKind, type Quantity, type Scope } from '../../../src/sim/expression/scope.js';
import { EvaluationError } from '../../../src/sim/expression/source.js';
import type { Run } from '../../../src/sim/expression/code.js';
import { names, sceneOf, type SceneInput } from './scene.js';

const scope: Scope = {
  control_rate_hz: 10,
  names: namesByKind(names),
  quantities: new Map<string, Quantity>([
    ['gap', { index: 0, type: 'number' }],
    ['inside', { index: 1, type: 'boolean' }],
  ]),
  later: ['tomorrow'],
};
const source = (text: string): { file: string; key: string; text: string } => ({
  file: 'task.yaml',
  key: 'success',
  text,
});
const run = (scene: SceneInput = {}, quantities: readonly number[] = [0.25, 1]): Run => ({
  scene: sceneOf(scene),
  quantities: Float64Array.from(quantities),
});
const number = (text: string, scene?: SceneInput, quantities?: readonly number[]): number =>
  compileQuantity(source(text), scope).value(run(scene, quantities));
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

const half = Math.SQRT1_2;
/** `hand` is turned by 90 degrees about z, `bowl` about x. */
const scene: SceneInput = {
  time: 1.5,
  places: {
    object: { position: [3, 4, 12], rest: [0, 0, 2], linear: [2, 3, 6] },
    hand: { position: [1, 1, 1], orientation: [0, 0, half, half] },
    bowl: { orientation: [half, 0, 0, half] },
  },
  touching: { 'object right_hand': 3 },
  elbow: -0.7,
};

test('the functions read the scene as docs/expressions.md says', () => {
  const expected: Readonly<Record<string, number>> = {
    'x(object)': 3,
    'y(object)': 4,
    'z(object)': 12,
    'height(object)': 10,
    'distance(object, bowl)': 13,
    'distance_xy(object, bowl)': 5,
    // From the hand the object lies at (2, 3, 11) in the world; the hand's x axis is the world's y.
    'x_in(object, hand)': 3,
    'y_in(object, hand)': -2,
    'z_in(object, hand)': 11,
    'tilt(bowl)': Math.PI / 2,
    'tilt(hand)': 0,
    'yaw(hand)': Math.PI / 2,
    'angle(hand, object)': Math.PI / 2,
    'angle(hand, bowl)': (2 * Math.PI) / 3,
    'speed(object)': 7,
    'contacts(object, right_hand)': 3,
    'contact(object, right_hand)': 1,
    'contact(object, bowl)': 0,
    'joint(elbow)': -0.7,
    time: 1.5,
    gap: 0.25,
    inside: 1,
  };
  for (const [text, value] of Object.entries(expected)) near(number(text, scene), value);
});

test('arithmetic and its precedence', () => {
  const expected: Readonly<Record<string, number>> = {
    '1 + 2 * 3 - 4 / 8': 6.5,
    '-2 ^ 2': -4,
    '2 ^ 3 ^ 2': 512,
    '10 - 4 - 3': 3,
    '(1 + 2) * 3': 9,
    '+.5e1': 5,
    'gap * 4 - 1': 0,
    'min(3, gap, 2) + max(1, 2)': 2.25,
    'abs(-3) + sqrt(16)': 7,
    'sin(pi / 2) + cos(0) + atan2(0, 1)': 2,
    'hypot(3, 4) + hypot(1, 2, 2)': 8,
    'clamp(gap, 0.5, 1) + clamp(gap, 0, 0.125) + clamp(gap, 0, 1)': 0.875,
    'ramp(gap, 0, 1) + ramp(gap, 0.5, 0) + ramp(gap, 0.5, 1) + ramp(gap, 1, 0.5)': 1.75,
    'exp(0) + tanh(0)': 1,
    'gap > 0.2 ? 1 : 2': 1,
    'false ? 1 : true ? 2 : 3': 2,
    ' 1\n + 1\n': 2,
  };
  for (const [text, value] of Object.entries(expected)) near(number(text), value);
});

test('conditions and their precedence', () => {
  const expected: Readonly<Record<string, boolean>> = {
    'true or true and false': true,
    'not false and false': false,
    'not (false and false)': true,
    '1 < 2 and 2 <= 2 and 3 > 2 and 2 >= 2': true,
    '0 < gap < 1': true,
    '0 < gap < 0.25': false,
    '0 < gap <= 0.25 != 1': true,
    'inside == (gap > 0)': true,
    'inside != true': false,
    'gap == 0.25 ? inside : not inside': true,
  };
  for (const [text, value] of Object.entries(expected))
    assert.equal(compileCondition(source(text), scope).value(run()), value, text);
});

test('a value that is not needed is not computed, so that a condition can guard a division', () => {
  assert.equal(number('gap == 0 ? 0 : 1 / gap', {}, [0, 0]), 0);
  assert.equal(number('gap != 0 and 1 / gap > 3', {}, [0, 0]), 0);
  assert.equal(number('gap == 0 or 1 / gap > 3', {}, [0.25, 0]), 1);
});

test('a result that is not finite is an error with file, key, expression and values', () => {
  const cases: readonly [string, SceneInput, readonly number[], RegExp][] = [
    ['x(object) / gap', scene, [0, 0], /x\(object\) \/ gap is 3 \/ 0, which is not finite/],
    ['sqrt(joint(elbow))', scene, [0, 0], /sqrt\(joint\(elbow\)\) is sqrt\(-0.7\), which is not finite/],
    ['joint(elbow) ^ 0.5', scene, [0, 0], /is -0.7 \^ 0.5, which/],
    ['gap * 1e300', {}, [1e300, 0], /is 1e\+300 \* 1e\+300, which/],
    [
      'height(object) < 1',
      { places: { object: { position: [0, 0, NaN] } } },
      [0, 0],
      /height\(object\) is NaN/,
    ],
  ];
  for (const [text, input, quantities, problem] of cases) {
    assert.throws(
      () => number(text, input, quantities),
      (error) =>
        error instanceof EvaluationError &&
        error.file === 'task.yaml' &&
        error.key === 'success' &&
        error.expression === text &&
        error.message.startsWith(
          `task.yaml: success: '${text}' ${(input.time ?? 0).toFixed(3)} s after the reset: `,
        ) &&
        problem.test(error.problem),
      text,
    );
  }
});

test('held_for and ever remember per occurrence, innermost first, and only when a step is taken in', () => {
  const program = compileCondition(
    source('held_for(ever(gap > 1), 0.2) and not held_for(gap < 0, 0.1)'),
    scope,
  );
  const step = (gap: number): boolean => {
    const present = run({}, [gap, 0]);
    program.remember(present);
    return program.value(present);
  };
  assert.deepEqual([0, 2, 0, -1, 0].map(step), [false, false, true, false, true]);
  assert.equal(program.value(run({}, [9, 0])), true);
  program.reset();
  assert.equal(program.value(run({}, [9, 0])), false);
  assert.equal(step(2), false);
});

test('first keeps what was first taken in, max_so_far the greatest; before that they are the number itself', () => {
  const values = (text: string): number[] => {
    const program = compileQuantity(source(text), scope);
    const before = program.value(run({}, [7, 0]));
    const after = [3, 5, -1].map((gap) => {
      program.remember(run({}, [gap, 0]));
      return program.value(run({}, [gap, 0]));
    });
    program.reset();
    return [before, ...after, program.value(run({}, [2, 0]))];
  };
  assert.deepEqual(values('first(gap)'), [7, 3, 3, 3, 2]);
  assert.deepEqual(values('max_so_far(gap)'), [7, 3, 5, 5, 2]);
  assert.deepEqual(values('max_so_far(gap - first(gap))'), [0, 0, 2, 2, 0]);
  assert.deepEqual(values('gap > 4 ? max_so_far(gap) : 0'), [7, 0, 5, 0, 0]);
});

test('a number without a value is not taken in; what was first needs none later', () => {
  const program = compileQuantity(source('first(1 / gap) + max_so_far(gap)'), scope);
  assert.throws(() => program.remember(run({}, [0, 0])), EvaluationError);
  program.remember(run({}, [2, 0]));
  program.remember(run({}, [0, 0]));
  assert.equal(program.value(run({}, [0, 0])), 2.5);
});

test('a program tells which quantities it reads', () => {
  const { uses } = compileQuantity(source('inside and ever(gap > 1) or time > 2'), scope);
  assert.deepEqual([...uses], ['inside', 'gap']);
});

test('names with dots are quantities like any other', () => {
  const quantities = new Map<string, Quantity>([
    ['ball.position_in_hand.x', { index: 0, type: 'number' }],
    ['elbow.position', { index: 1, type: 'number' }],
  ]);
  const text = 'ball.position_in_hand.x*2 + abs(elbow.position) ^ 2';
  const program = compileQuantity(source(text), { ...scope, quantities });
  assert.equal(program.value(run({}, [0.25, -3])), 9.5);
  assert.throws(
    () => program.value(run({}, [NaN, 0])),
    (error) => error instanceof EvaluationError && error.problem === 'ball.position_in_hand.x is NaN',
  );
});

test('held_for lasts a whole number of control steps, at least one', () => {
  const steps = (seconds: string): number => {
    const program = compileCondition(source(`held_for(true, ${seconds})`), scope);
    for (let count = 1; ; count++) {
      program.remember(run());
      if (program.value(run())) return count;
    }
  };
  assert.deepEqual(['0', '0.04', '0.1', '0.14', '0.15', '2 / 4', '1'].map(steps), [1, 1, 1, 1, 2, 5, 10]);
});
