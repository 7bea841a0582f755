import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Opinion } from '../../src/reward/critic-seat.js';
import type { Clip, Judgement } from '../../src/reward/judgement.js';
import { Lessons } from '../../src/reward/lessons.js';
import { clipOf, judged, stampOf, toyCritic } from './clips.js';

const teacher = toyCritic();

function opinion(step: number, progress: number): Opinion {
  const about = { stamp: stampOf(step), image_stamps: [], received: 0, episode_id: 'e', step };
  return { ...about, critic: teacher, judgement: judged(progress), previous: undefined };
}

function classroom() {
  const heard: [Clip, readonly (Judgement | undefined)[]][] = [];
  const pupil = { ...toyCritic(), learn: (...lesson: (typeof heard)[number]) => void heard.push(lesson) };
  return { lessons: new Lessons(new Map([['toy', [pupil]]])), heard };
}

const progressOf = (judgements: readonly (Judgement | undefined)[] | undefined) =>
  judgements?.map((judgement) => judgement?.progress);

test('what was said while the robot acted is handed on at the end; what nobody judged is left out', () => {
  const { lessons, heard } = classroom();
  lessons.said(opinion(0, 0));
  lessons.said(opinion(2, 0.5));
  assert.equal(heard.length, 0);
  lessons.ended(clipOf([0, 0, 0]));
  assert.deepEqual(progressOf(heard[0]?.[1]), [0, undefined, 0.5]);
});

test('what is said after the end is handed on with the last moment, once', () => {
  const { lessons, heard } = classroom();
  lessons.ended(clipOf([0, 0]));
  lessons.said(opinion(0, 0.25));
  assert.equal(heard.length, 0);
  lessons.said(opinion(1, 1));
  assert.deepEqual(
    heard.map(([, judgements]) => progressOf(judgements)),
    [[0.25, 1]],
  );
});

test('critics that nobody learns from are not listened to', () => {
  const { lessons, heard } = classroom();
  lessons.said({ ...opinion(0, 0), critic: { ...teacher, name: 'other' } });
  lessons.ended(clipOf([0]));
  assert.equal(heard.length, 0);
});
