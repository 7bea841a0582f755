import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  cutBefore,
  dropped,
  frozen,
  hovering,
  loops,
  mixed,
  reversed,
  stale,
} from '../../../src/reward/evaluation/clip-changes.js';
import { paidReturn } from '../../../src/reward/evaluation/paid-return.js';
import {
  black,
  light,
  noisy,
  occluded,
  withPixels,
  writtenIn,
} from '../../../src/reward/evaluation/pixel-changes.js';
import type { Clip } from '../../../src/reward/judgement.js';
import { clipOf, rising, smallImage } from './synthetic.js';

const clip = clipOf('e', rising(6));
const states = ({ moments }: Clip): number[] =>
  moments.map(({ observed }) => Math.round(5 * observed.state[0]));
const steps = ({ moments }: Clip): number[] => moments.map(({ step }) => step);

test('a clip is played backwards, frozen, to and fro, and held at its end, at its own pace from step 0 on', () => {
  assert.deepEqual(states(reversed(clip).clip), [5, 4, 3, 2, 1, 0]);
  assert.deepEqual(states(frozen(clip, 2).clip), [2, 2, 2, 2, 2, 2]);
  assert.deepEqual(states(loops(clip, 2, 2).clip), [0, 1, 2, 1, 0, 1, 2, 1, 0]);
  const hover = hovering(clip, 2).clip;
  assert.deepEqual(states(hover), [0, 1, 2, 3, 4, 5, 5, 5]);
  assert.deepEqual(steps(hover), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.ok(Math.abs((hover.moments[7]?.time ?? 0) - 0.56) < 1e-9);
  assert.ok(Math.abs((reversed(clip).clip.moments[1]?.time ?? 0) - 0.08) < 1e-9);
});

test('a near miss ends before the end, and keeps a moment', () => {
  assert.deepEqual(states(cutBefore(clip, 2).clip), [0, 1, 2, 3]);
  assert.deepEqual(states(cutBefore(clip, 99).clip), [0]);
});

test('late frames show the one before, while sensors and steps go on; lost ones leave a gap', () => {
  const late = stale(clip, 3).clip;
  assert.deepEqual(states(late), [0, 1, 1, 3, 4, 4]);
  assert.deepEqual(late.moments[5]?.signs, clip.moments[5]?.signs);
  assert.deepEqual(steps(late), [0, 1, 2, 3, 4, 5]);
  const { clip: lost, origin } = dropped(clip, 2);
  assert.deepEqual(
    [steps(lost), origin],
    [
      [0, 2, 4],
      [0, 2, 4],
    ],
  );
});

test('the numbers of one clip go with the images of another for as long as both last', () => {
  const other = clipOf('other', [0.9, 0.9, 0.9]);
  const { clip: both } = mixed(clip, other);
  assert.deepEqual(states(both), [0, 1, 2]);
  assert.equal(both.moments[2]?.observed.images[0], other.moments[2]?.observed.images[0]);
});

test('changed clips have names of their own and leave the recorded one as it was', () => {
  const before = structuredClone(clip);
  const changed = [
    ...[reversed(clip), frozen(clip, 0), frozen(clip, 1), loops(clip, 2, 1), loops(clip, 2, 2)],
    ...[hovering(clip, 3), cutBefore(clip, 1), stale(clip, 2), dropped(clip, 2)],
    withPixels(clip, [smallImage], black, 'black'),
  ];
  assert.equal(new Set([clip, ...changed.map((change) => change.clip)].map((c) => c.episode_id)).size, 11);
  assert.deepEqual(clip, before);
});

test('light multiplies and bends values, but not those of a depth camera', () => {
  const pixels = Uint8Array.of(0, 51, 128, 255);
  assert.deepEqual([...light(2, 1)(pixels, smallImage)], [0, 102, 255, 255]);
  assert.deepEqual([...light(1, 2)(pixels, smallImage)], [0, 10, 64, 255]);
  const depth = { ...smallImage, range_m: [0, 1] } as const;
  assert.deepEqual([...light(2, 1)(pixels, depth)], [...pixels]);
});

test('an occlusion is grey inside its rectangle and nothing outside', () => {
  const spec = { ...smallImage, width: 4, height: 2, encoding: 'mono8' } as const;
  const covered = occluded([0.5, 0, 1, 0.5])(new Uint8Array(8), spec);
  assert.deepEqual([...covered], [0, 0, 128, 128, 0, 0, 0, 0]);
});

test('noise is the same for a seed, has the asked-for deviation, and stays within bytes', () => {
  const grey = new Uint8Array(3 * 24 * 24).fill(128);
  const [a, b] = [noisy(13, 1)(grey, smallImage), noisy(13, 1)(grey, smallImage)];
  assert.deepEqual(a, b);
  const variance = a.reduce((sum, value) => sum + (value - 128) ** 2, 0) / a.length;
  assert.ok(Math.abs(Math.sqrt(variance) - 13) < 1.5);
  const change = noisy(13, 1);
  assert.notDeepEqual(change(grey, smallImage), change(grey, smallImage), 'each image has noise of its own');
  assert.ok(noisy(200, 1)(new Uint8Array(9), smallImage).every((value) => value <= 255));
});

test('text is written on a board over the upper part of an image, in colour and in grey', async () => {
  for (const spec of [
    { ...smallImage, width: 84, height: 84 },
    { ...smallImage, width: 84, height: 84, encoding: 'mono8' } as const,
  ]) {
    const write = await writtenIn(['TASK COMPLETE', '100%'], [spec]);
    assert.ok(write !== undefined, 'this machine has a font');
    const grey = new Uint8Array(84 * 84 * (spec.encoding === 'mono8' ? 1 : 3)).fill(100);
    const written = write(grey, spec);
    const half = written.length / 2;
    assert.ok(
      written.subarray(0, half).some((value) => value > 200),
      'white letters',
    );
    assert.ok(
      written.subarray(0, half).some((value) => value < 30),
      'on black',
    );
    assert.ok(
      written.subarray(half).every((value) => value === 100),
      'and below it the scene',
    );
  }
});

test('the changes of progress are paid up to one task, and a potential with its discount', () => {
  assert.deepEqual(paidReturn([0, 0.4, 0.2, 0.9]).difference.toFixed(9), '0.900000000');
  assert.equal(paidReturn([0, 5]).difference, 1);
  assert.deepEqual(paidReturn([]), { difference: 0, potential: 0 });
  // gamma^T Phi(T) - Phi(0), whatever lies between.
  const expected = 0.97 ** 3 * 0.9 - 0.1;
  for (const between of [
    [0.2, 0.3],
    [1, 0],
  ])
    assert.ok(Math.abs(paidReturn([0.1, ...between, 0.9]).potential - expected) < 1e-12);
});

test('what is unknown is not paid, and what comes after it is', () => {
  assert.deepEqual(paidReturn([undefined, undefined]), { difference: 0, potential: 0 });
  assert.equal(paidReturn([undefined, 0.25, undefined, 0.75]).difference, 0.5);
  assert.equal(paidReturn([0.25, NaN, 0.75]).difference, 0.5);
});
