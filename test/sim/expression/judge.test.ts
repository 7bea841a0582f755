import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/config/config-error.js';
import { TaskJudge, type TaskRules } from '../../../src/sim/expression/judge.js';
import { EvaluationError } from '../../../src/sim/expression/source.js';
import { seededRandom } from '../../../src/sim/random.js';
import { names, raised, sceneOf } from './scene.js';

const lift: TaskRules = {
  file: 'lift.yaml',
  control_rate_hz: 12.5,
  quantities: { object_height: 'height(object)' },
  success: 'held_for(height(object) >= 0.10, 0.32)',
  failure: 'height(object) < -0.05',
  stages: [],
};
const rules = (changes: Partial<TaskRules>): TaskRules => ({ ...lift, ...changes });

/** What a lift was before tasks had expressions: 4 consecutive steps at 0.10 m; below -0.05 m it has fallen; both are final. */
function liftOutcomes(heights: readonly number[]): string[] {
  let [held, outcome] = [0, 'running'];
  return heights.map((height) => {
    if (outcome !== 'running') return outcome;
    held = height >= 0.1 ? held + 1 : 0;
    outcome = height < -0.05 ? 'failure' : held >= 4 ? 'success' : 'running';
    return outcome;
  });
}

test('a lift is judged as before: held for four steps, not fallen', () => {
  const judge = TaskJudge.compile(lift, names);
  const random = seededRandom(3);
  // Mostly high, often just at a limit, seldom below the table.
  const levels = [0.1, 0.1, 0.2, 0.0999999, 0.15, 0.12, 0, -0.05, -0.0500001];
  const seen = new Set<string>();
  for (let episode = 0; episode < 500; episode++) {
    const heights = Array.from({ length: 12 }, () => levels[Math.floor(levels.length * random() ** 1.7)]);
    assert.equal(judge.reset(raised(heights[0])).outcome, 'running');
    const outcomes = heights.map((height) => judge.update(raised(height)).outcome);
    assert.deepEqual(outcomes, liftOutcomes(heights));
    seen.add(outcomes[11]);
  }
  assert.equal(seen.size, 3);
});

test('the scene at the reset is no control step', () => {
  const judge = TaskJudge.compile(
    rules({ stages: [{ name: 'up', done: 'ever(height(object) > 0)' }] }),
    names,
  );
  const first = judge.reset(raised(0.2));
  assert.deepEqual([first.outcome, first.stage, ...first.quantities], ['running', 0, 0.2]);
  const outcomes = [1, 2, 3, 4].map(() => judge.update(raised(0.2)).outcome);
  assert.deepEqual(outcomes, ['running', 'running', 'running', 'success']);
  assert.equal(judge.reset(raised(0.2)).outcome, 'running');
  assert.deepEqual([1, 2, 3].map(() => judge.update(raised(0.2)).outcome)[2], 'running');
});

test('failure wins over success of the same step', () => {
  const judge = TaskJudge.compile(rules({ success: 'time >= 0', failure: 'time >= 0' }), names);
  judge.reset(raised(0));
  assert.equal(judge.update(raised(0)).outcome, 'failure');
});

test('quantities come in the order of the file, use earlier ones, go on after the outcome and are not shared', () => {
  const judge = TaskJudge.compile(
    rules({
      quantities: {
        h: 'height(object)',
        high: 'h > 0.1',
        both: 'high and held_for(h > 0.1, 0.16)',
        twice: '2 * h',
      },
      success: 'both',
    }),
    names,
  );
  assert.deepEqual(judge.names, ['h', 'high', 'both', 'twice']);
  judge.reset(raised(0));
  const first = judge.update(raised(0.25));
  const second = judge.update(raised(0.5));
  const third = judge.update(raised(-1));
  assert.deepEqual([...first.quantities], [0.25, 1, 0, 0.5]);
  assert.deepEqual([...second.quantities], [0.5, 1, 1, 1]);
  assert.deepEqual([...third.quantities], [-1, 0, 0, -2]);
  assert.deepEqual([first.outcome, second.outcome, third.outcome], ['running', 'success', 'success']);
});

test('a condition is remembered on steps where its value is not needed', () => {
  const at = (time: number, height: number): ReturnType<typeof sceneOf> =>
    sceneOf({ time, places: { object: { position: [0, 0, height] } } });
  const success =
    'time > 2.5 and held_for(height(object) > 0, 0.24) or time > 9 and ever(height(object) > 5)';
  const judge = TaskJudge.compile(rules({ success }), names);
  judge.reset(at(0, 0));
  const heights = [1, 1, 1];
  assert.deepEqual(
    heights.map((height, i) => judge.update(at(i + 1, height)).outcome),
    ['running', 'running', 'success'],
  );
  judge.reset(at(0, 0));
  assert.deepEqual(
    [6, 0, 0].map((height, i) => judge.update(at(4 * i + 1, height)).outcome),
    ['running', 'running', 'running'],
  );
  assert.equal(judge.update(at(10, 0)).outcome, 'success');
});

test('stages count from the first on without a gap, stay done, and stop at the outcome', () => {
  const stage = (name: string, limit: number): TaskRules['stages'][number] => ({
    name,
    done: `z(object) > ${limit} and z(object) < ${limit} + 1`,
  });
  const judge = TaskJudge.compile(
    rules({
      success: 'z(object) > 9',
      failure: 'false',
      stages: [stage('a', 1), stage('b', 2), stage('c', 3), stage('d', 9)],
    }),
    names,
  );
  judge.reset(raised(1.5));
  const stages = [0, 2.5, 0, 1.5, 0, 3.5, 9.5, 1.5].map((z) => judge.update(raised(z)).stage);
  assert.deepEqual(stages, [0, 0, 0, 2, 2, 3, 4, 4]);
  assert.equal(judge.reset(raised(0)).stage, 0);
  judge.update(raised(10.5));
  assert.equal(judge.update(raised(1.5)).stage, 0);
});

test('errors name the key of the task file', () => {
  const key = (changes: Partial<TaskRules>): string => {
    try {
      TaskJudge.compile(rules(changes), names);
    } catch (error) {
      if (error instanceof ConfigError) return `${error.file} ${error.key}`;
    }
    return '';
  };
  assert.equal(key({ quantities: { a: '1', b: 'c' } }), 'lift.yaml quantities.b');
  assert.equal(key({ quantities: { a: 'a' } }), 'lift.yaml quantities.a');
  assert.equal(key({ success: 'height(object)' }), 'lift.yaml success');
  assert.equal(key({ failure: 'nothing' }), 'lift.yaml failure');
  const ready = { name: 'ready', done: 'true' };
  assert.equal(key({ stages: [ready, { name: 'x', done: '1' }] }), 'lift.yaml stages.1.done');
  assert.equal(key({}), '');
});

test('names of quantities are words of their own', () => {
  for (const name of [
    'height',
    'first',
    'pi',
    'time',
    'and',
    'true',
    'NaN',
    'stage',
    'a-b',
    '1a',
    '',
    'a.b',
    '\u03b1',
  ])
    assert.throws(() => TaskJudge.compile(rules({ quantities: { [name]: '1' } }), names), ConfigError, name);
  const hostile = JSON.parse('{"__proto__": "1", "constructor": "__proto__ + 1"}') as Record<string, string>;
  const judge = TaskJudge.compile(rules({ quantities: hostile }), names);
  assert.deepEqual([...judge.reset(raised(0)).quantities], [1, 2]);
});

test('a quantity without a finite value stops the reset or the step, with its key', () => {
  const judge = TaskJudge.compile(rules({ quantities: { inverse: '1 / height(object)' } }), names);
  const named = (error: unknown): boolean =>
    error instanceof EvaluationError && error.key === 'quantities.inverse';
  assert.throws(() => judge.reset(raised(0)), named);
  assert.equal(judge.reset(raised(0.5)).quantities[0], 2);
  assert.throws(() => judge.update(raised(0)), named);
  assert.equal(judge.reset(raised(0.25)).quantities[0], 4);
});
