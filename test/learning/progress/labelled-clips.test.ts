import { test } from 'node:test';
import assert from 'node:assert/strict';
import { labelClip, stagesOf } from '../../../src/learning/progress/labelled-clips.js';
import { drawnEpisode } from '../../reward/drawn-task.js';

const settings = { hold_s: 0.32, most_of_failure: 0.85, stages: 3 };

test('of a demonstration progress is the share of its time, and the held end looks done', () => {
  const { moments, shown } = labelClip(drawnEpisode('shown', 0), settings);
  assert.ok(shown);
  moments.forEach(({ progress }, i) =>
    assert.ok(Math.abs(progress[0] - i / 20) < 1e-9 && progress[0] === progress[1]),
  );
  const done = moments.map((moment) => moment.done);
  assert.deepEqual(done.slice(-8), [undefined, undefined, undefined, undefined, true, true, true, true]);
  assert.ok(done.slice(0, -8).every((value) => value === false));
});

test('of a success that nobody showed only beginning and end are known', () => {
  const { moments, shown, success } = labelClip({ ...drawnEpisode('shown', 0), kind: 'rollout' }, settings);
  assert.deepEqual([shown, success], [false, true]);
  assert.deepEqual(moments[0].progress, [0, 0]);
  assert.deepEqual(moments[10].progress, [0, 1]);
  assert.deepEqual(moments[20].progress, [1, 1]);
});

test('a failure is never done, and stages after the last that it reached may have been lost', () => {
  const { moments } = labelClip(drawnEpisode('missed', 0), settings);
  for (const { progress, done } of moments) assert.deepEqual([progress, done], [[0, 0.85], false]);
  assert.deepEqual(moments[3].stages, [0, 0]);
  assert.deepEqual(moments[8].stages, [1, 1]);
  assert.deepEqual(moments[12].stages, [0, 1]);
});

test('an episode that was called a success but went on to the clock has no end to learn from', () => {
  const episode = drawnEpisode('shown', 0);
  const { success } = labelClip({ ...episode, ended: { ...episode.ended, terminated: false } }, settings);
  assert.equal(success, false);
});

test('stages are those of the task and success, or success alone where task_state is missing', () => {
  const episode = drawnEpisode('shown', 0);
  assert.equal(stagesOf([episode], 2), 3);
  const moments = episode.clip.moments.map((moment) => ({ ...moment, signs: undefined }));
  assert.equal(stagesOf([episode, { ...episode, clip: { ...episode.clip, moments } }], 2), 1);
});
