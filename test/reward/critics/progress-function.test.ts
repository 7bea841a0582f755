import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/config/config-error.js';
import { prefix, type Clip, type Judgement } from '../../../src/reward/judgement.js';
import { clipOf } from '../moments.js';
import { criticOf, fromText, judged, lift, type Settings } from './progress-critic.js';

const x = 'object.position.x';

const progress = (judgements: readonly Judgement[]): (number | undefined)[] =>
  judgements.map((judgement) => judgement.progress);

test('an observation, task_state, time and earlier state have values; conditions count 1 and 0', async (t) => {
  const settings = {
    state: {
      gap: 'hypot(object.position_in_hand.x, object.position_in_hand.y)',
      near: 'gap < 0.0625 and right_elbow_joint.position > 0.25',
      // A function of the scene elsewhere, and a name like any other here.
      height: 'object_height + stage',
    },
    progress: 'near ? 0.5 + 0.25 * time : 0',
    done: 'near',
    uncertainty: 'gap',
    components: { near: 'near', height: 'height', gap: 'gap' },
  };
  const values = {
    'object.position_in_hand.x': 0.03125,
    'right_elbow_joint.position': 0.5,
    ...{ object_height: 0.25, stage: 2 },
  };
  const [first, second] = await judged(t, settings, values, { ...values, 'object.position_in_hand.y': 1 });
  assert.deepEqual(first, {
    ...{ progress: 0.5, done: 1, uncertainty: 0.03125, reason: '' },
    components: { near: 1, height: 2.25, gap: 0.03125 },
  });
  assert.equal(second.done, 0);
  assert.equal(second.progress, 0);
  // The gap is more than 1, which is no share.
  assert.equal(second.uncertainty, undefined);
  assert.match(second.reason, /uncertainty is 1\.0004\d+, which is not between 0 and 1/);
});

test('progress outside of 0 to 1 is clamped, and the component overflow says by how much', async (t) => {
  const judgements = await judged(t, { progress: x }, { [x]: -0.5 }, { [x]: 0.5 }, { [x]: 1.25 }, { [x]: 1 });
  assert.deepEqual(progress(judgements), [0, 0.5, 1, 1]);
  assert.deepEqual(
    judgements.map(({ components }) => components),
    [{ overflow: 0.5 }, {}, { overflow: 0.25 }, {}],
  );
});

test('without done and uncertainty nothing is said of them', async (t) => {
  const [judgement] = await judged(t, { progress: '0.5' }, {});
  assert.deepEqual(judgement, {
    progress: 0.5,
    done: undefined,
    uncertainty: undefined,
    components: {},
    reason: '',
  });
});

test('done may be a probability; what is none is unknown', async (t) => {
  const judgements = await judged(t, { done: x }, { [x]: 0.25 }, { [x]: 1.5 }, { [x]: -1 });
  assert.deepEqual(
    judgements.map(({ done }) => done),
    [0.25, undefined, undefined],
  );
  assert.match(judgements[1].reason, /done is 1\.5/);
});

test('where task_state is missing, a function that reads it is unknown, and one that does not is not', async (t) => {
  const [told] = await judged(t, { progress: 'object_height' }, {});
  assert.equal(told.progress, undefined);
  assert.equal(told.reason, 'no task_state came for this step, which tells object_height');
  const [old] = await judged(t, { progress: 'object_height + hand_distance' }, { object_height: 0.5 });
  assert.equal(old.reason, 'task_state does not tell hand_distance');
  const [observed] = await judged(t, { progress: '0.5' }, {});
  assert.equal(observed.progress, 0.5);
});

test('an observation of another length is unknown', async (t) => {
  const critic = await criticOf(t, {});
  const clip = clipOf(lift, {});
  const [moment] = clip.moments;
  const state = moment.observed.state.slice(1);
  const other: Clip = { ...clip, moments: [{ ...moment, observed: { ...moment.observed, state } }] };
  assert.equal((await critic.judge(other)).reason, 'the observation has 52 numbers, that of the task 53');
});

test('what has no finite value is unknown with the part that has none, and the other parts are said', async (t) => {
  const settings = { progress: `0.25 / ${x}`, done: 'true', components: { root: `sqrt(${x})` } };
  const [none, negative] = await judged(t, settings, { [x]: 0 }, { [x]: -1 });
  assert.deepEqual([none.progress, none.done, none.components], [undefined, 1, { root: 0 }]);
  assert.match(
    none.reason,
    /reward\.yaml: critics\.p\.progress: '0\.25 \/ object\.position\.x' 0\.000 s .*0\.25 \/ 0, which is not finite$/,
  );
  assert.equal(negative.progress, 0);
  assert.deepEqual(negative.components, { overflow: 0.25 });
  assert.match(negative.reason, /components\.root: .*sqrt\(-1\), which is not finite/);
  const [nan] = await judged(t, { progress: x }, { [x]: NaN });
  assert.equal(nan.progress, undefined);
  assert.match(nan.reason, /object\.position\.x is NaN/);
  const [infinite] = await judged(t, { progress: `${x} ^ 99` }, { [x]: 1e30 });
  assert.match(infinite.reason, /which is not finite/);
});

test('a state without a value makes all unknown at that moment only', async (t) => {
  const settings = { state: { inverse: `1 / ${x}` }, progress: 'inverse', done: 'true' };
  const judgements = await judged(t, settings, { [x]: 2 }, { [x]: 0 }, { [x]: 4 });
  assert.deepEqual(progress(judgements), [0.5, undefined, 0.25]);
  assert.equal(judgements[1].done, undefined);
  assert.match(judgements[1].reason, /critics\.p\.state\.inverse/);
});

test('a moment at which a condition has no value is, for that condition, as if it were not there', async (t) => {
  const settings = { progress: `held_for(1 / ${x} > 1, 0.16) ? 1 : 0` };
  const judgements = await judged(
    t,
    settings,
    { [x]: 0.5 },
    { [x]: 0 },
    { [x]: 0.5 },
    { [x]: 2 },
    { [x]: 0.5 },
  );
  assert.deepEqual(progress(judgements), [0, undefined, 1, 0, 0]);
});

test('functions of time remember the moments of the clip, the first one included', async (t) => {
  const settings = {
    progress: `ramp(${x}, first(${x}), 1)`,
    components: {
      most: `max_so_far(${x})`,
      once: `ever(${x} > 0.5)`,
      held: `held_for(${x} < 0.5, 0.16)`,
    },
  };
  const judgements = await judged(t, settings, { [x]: 0 }, { [x]: 0.25 }, { [x]: 0.75 }, { [x]: 0.25 });
  assert.deepEqual(progress(judgements), [0, 0.25, 0.75, 0.25]);
  assert.deepEqual(
    judgements.map(({ components }) => Object.values(components)),
    [
      [0, 0, 0],
      [0.25, 0, 1],
      [0.75, 1, 0],
      [0.75, 1, 0],
    ],
  );
});

test('the judgement of a moment is the same whatever was judged before, also where moments are shown again', async (t) => {
  const settings = { progress: `max_so_far(${x}) / 10`, components: { held: `held_for(${x} > 1, 0.24)` } };
  const shared = await criticOf(t, settings);
  const { moments } = clipOf(lift, { [x]: 1 }, { [x]: 2 }, { [x]: 3 }, { [x]: 2.5 });
  const [a, b, c, d] = moments;
  const orders = [
    [a, b],
    [a, b, c, d],
    [a],
    [b, b, b],
    [b, b],
    [d, c, b, a],
    [a, b, c],
    [a, b, c],
    [b, b, b, a],
  ];
  for (const order of orders) {
    const clip = { episode_id: 'e', moments: order };
    const alone = await criticOf(t, settings);
    assert.deepEqual(await shared.judge(clip), await alone.judge(clip));
  }
});

test('an episode costs as many looks at moments as it has moments', async (t) => {
  const critic = await criticOf(t, { progress: `ever(${x} > 1) ? 1 : 0` });
  const clip = clipOf(lift, ...Array.from({ length: 50 }, () => ({})));
  let looks = 0;
  const moments = clip.moments.map((moment) => ({
    ...moment,
    get signs() {
      looks++;
      return undefined;
    },
  }));
  for (const i of moments.keys()) await critic.judge(prefix({ ...clip, moments }, i));
  const perMoment = looks / moments.length;
  assert.ok(perMoment >= 1 && perMoment <= 2, `${perMoment} looks a moment`);
});

test('the version is that of expressions and names, not of the pace', async (t) => {
  const version = async (settings: Settings): Promise<string> => (await criticOf(t, settings)).version;
  const [plain, again, slow, other, swapped] = await Promise.all([
    version({ state: { a: '1', b: '2' }, progress: 'a' }),
    version({ state: { a: '1', b: '2' }, progress: 'a' }),
    version({ state: { a: '1', b: '2' }, progress: 'a', pace: 'episode' }),
    version({ state: { a: '1', b: '2' }, progress: 'b' }),
    version({ state: { b: '2', a: '1' }, progress: 'a' }),
  ]);
  assert.match(plain, /^[0-9a-f]{16}$/);
  assert.equal(plain, again);
  assert.equal(plain, slow);
  assert.notEqual(plain, other);
  assert.notEqual(plain, swapped);
});

test('names that are taken, and expressions that are not of the language, are refused with file, key and column', async (t) => {
  const cases: readonly [Settings, string, RegExp][] = [
    [{ state: { object_height: '1' } }, 'state.object_height', /already a quantity of the task/],
    [{ state: { stage: '1' } }, 'state.stage', /word of the language/],
    [{ state: { hypot: '1' } }, 'state.hypot', /name of a function/],
    [{ state: { time: '1' } }, 'state.time', /word of the language/],
    [{ state: { a: 'b', b: '1' } }, 'state.a', /column 1 of 'b': only quantities that are listed earlier/],
    [{ state: { a: 'a' } }, 'state.a', /listed earlier/],
    [{ components: { overflow: '1' } }, 'components.overflow', /taken/],
    [{ progress: 'object.position.z > 1 and 2' }, 'progress', /column 27 .*must be true or false/],
    [{ progress: 'object.positon.z' }, 'progress', /did you mean object\.position\.z/],
    [{ progress: 'height(object)' }, 'progress', /asks the scene/],
    [{ done: 'objct_height > 1' }, 'done', /did you mean 'object_height'/],
    [{ uncertainty: '' }, 'uncertainty', /fewer than 1 char/],
    [{ progress: 1 }, 'progress', /must be string/],
    [{ progres: '1' }, 'progres', /did you mean progress/],
    [{ state: { 'a.b': '1' } }, 'state', /pattern|property name/],
  ];
  for (const [settings, key, problem] of cases)
    await assert.rejects(criticOf(t, settings), (error) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.match(error.file, /reward\.yaml$/);
      assert.equal(error.key, `critics.p.${key}`);
      assert.match(error.problem, problem);
      return true;
    });
  await assert.rejects(fromText(t, 'state: {}'), /critics\.p\.progress: is missing/);
});
