import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Episode } from '../../src/interfaces/graft-messages.js';
import { LiveClips, type LiveClip } from '../../src/reward/live-clips.js';
import { episodeMessage, observationMessage, taskStateMessage } from './clips.js';

function listening(isSensed = false) {
  const seen: LiveClip[] = [];
  const over: { clip: LiveClip; end: Episode }[] = [];
  const clips = new LiveClips(
    {
      present: (clip) => seen.push(clip),
      ended: (clip, end) => over.push({ clip, end }),
    },
    () => isSensed,
  );
  return { clips, seen, over };
}

const heights = (clip: LiveClip | undefined) => clip?.moments.map(({ signs }) => signs?.values.height);

test('where nothing senses the task, a moment is there with its observation', () => {
  const { clips, seen } = listening();
  clips.observation(observationMessage('e', 0), 1);
  clips.observation(observationMessage('e', 1), 2);
  assert.deepEqual(heights(seen.at(-1)), [undefined, undefined]);
  assert.deepEqual(
    seen.at(-1)?.sightings.map(({ received }) => received),
    [1, 2],
  );
});

test('where the task is sensed, a moment waits for the signs of its stamp, in whichever order they come', () => {
  const { clips, seen } = listening(true);
  clips.observation(observationMessage('e', 0), 1);
  assert.equal(seen.length, 0);
  clips.taskState(taskStateMessage('e', 0));
  assert.equal(seen.length, 1);
  clips.taskState(taskStateMessage('e', 1, true));
  clips.observation(observationMessage('e', 1), 2);
  assert.deepEqual(heights(seen.at(-1)), [0, 1]);
  assert.equal(seen.at(-1)?.moments[1].signs?.success, true);
});

test('signs that come before the first observation of their episode are not lost', () => {
  const { clips, seen } = listening(true);
  clips.taskState(taskStateMessage('e', 0));
  clips.observation(observationMessage('e', 0), 1);
  assert.deepEqual(heights(seen.at(-1)), [0]);
});

test('signs that do not come are waited for until the next observation at most', () => {
  const { clips, seen } = listening(true);
  clips.observation(observationMessage('e', 0), 1);
  clips.taskState(taskStateMessage('e', 0));
  clips.observation(observationMessage('e', 1), 2);
  clips.observation(observationMessage('e', 2), 3);
  assert.equal(seen.at(-1)?.moments.length, 2);
});

test('an episode whose beginning was not seen is left out', () => {
  const { clips, seen, over } = listening();
  for (const step of [3, 4]) clips.observation(observationMessage('e', step), 1);
  clips.episode(episodeMessage('e', { final_step: 4 }));
  assert.deepEqual([seen.length, over.length], [0, 0]);
  clips.observation(observationMessage('next', 0), 1);
  assert.equal(seen.length, 1);
});

test('an observation that is sent again, or of an earlier step, is one moment', () => {
  const { clips, seen } = listening();
  for (const step of [0, 0, 1, 0, 1]) clips.observation(observationMessage('e', step), 1);
  assert.deepEqual(
    seen.map(({ moments }) => moments.length),
    [1, 2],
  );
});

test('an episode that ended before its last observation has no moment after its final step', () => {
  const { clips, over } = listening();
  for (const step of [0, 1, 2, 3]) clips.observation(observationMessage('e', step), step);
  clips.episode(episodeMessage('other'));
  clips.episode(episodeMessage('e', { phase: Episode.PHASE_RUNNING }));
  assert.equal(over.length, 0);
  clips.episode(episodeMessage('e', { final_step: 2 }));
  assert.deepEqual(
    over.map(({ clip }) => clip.moments.map(({ step }) => step)),
    [[0, 1, 2]],
  );
  clips.observation(observationMessage('next', 0), 9);
  clips.episode(episodeMessage('next', { final_step: 0 }));
  assert.deepEqual(over[1].clip.moments[0].time, 0);
});
