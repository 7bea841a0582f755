import { test } from 'node:test';
import assert from 'node:assert/strict';
import { FrameJudge, type FrameVerdict } from '../../src/robot/frame-judge.js';
import { cameraImage, imageSpec } from './observed-image.js';

const stamp = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));
const fine: FrameVerdict = { usable: true, remark: '' };

/** Frames at 30 Hz that come 20 ms after their stamps, with the joints at `angle`. */
function arrivals(judge: FrameJudge): (k: number, bytes: Uint8Array, angle?: number) => FrameVerdict {
  return (k, bytes, angle = 0) =>
    judge.arrival(stamp(5 + k / 30), bytes, { clock: stamp(5.02 + k / 30), positions: [0.3, angle] });
}

const noisy = (k: number): Uint8Array => Uint8Array.of(9, 9, k % 256);

test('frames of a camera that works are usable', () => {
  const arrive = arrivals(new FrameJudge(imageSpec(), 1, false));
  for (let k = 0; k < 20; k++) assert.deepEqual(arrive(k, noisy(k)), fine);
  const judge = new FrameJudge(imageSpec(), 1, false);
  assert.deepEqual(judge.arrival(stamp(1), noisy(0), undefined), fine, 'joints may come later');
});

test('frozen: the same stamp again while time goes on', () => {
  const judge = new FrameJudge(imageSpec(), 1, false);
  const arrive = (taken: number, now: number, k: number): FrameVerdict =>
    judge.arrival(stamp(taken), noisy(k), { clock: stamp(now), positions: [0] });
  assert.deepEqual(arrive(5, 5.02, 0), fine);
  const again = { usable: false, remark: 'frozen: stamp 5.000 s again' };
  assert.deepEqual(arrive(5, 5.05, 0), again);
  assert.deepEqual(arrive(5, 5.08, 1), again, 'whatever it shows');
  assert.deepEqual(arrive(5.1, 5.12, 2), fine);
});

test('sensors that are sent again in lockstep are not frozen', () => {
  const judge = new FrameJudge(imageSpec(), 1, true);
  const arrive = (now: number): FrameVerdict =>
    judge.arrival(stamp(5), noisy(0), { clock: stamp(now), positions: [0] });
  // The image comes before the joints of its stamp, then both again.
  assert.deepEqual([arrive(4.92), arrive(5), arrive(5)], [fine, fine, fine]);
  assert.match(arrive(5.08).remark, /^frozen/);
});

test('identical images are remarked; while the robot moves they are frozen', () => {
  const still = noisy(7);
  const standing = arrivals(new FrameJudge(imageSpec(), 1, false));
  for (let k = 0; k < 4; k++) assert.deepEqual(standing(k, still), fine);
  for (let k = 4; k < 9; k++)
    assert.deepEqual(standing(k, still, 0.04), { usable: true, remark: `${k + 1} identical images` });
  assert.deepEqual(standing(9, still, 0.2), {
    usable: false,
    remark: 'frozen: 10 identical images, while a joint moved by 0.20 rad',
  });
  assert.deepEqual(standing(10, noisy(8), 0.2), fine, 'a new image ends the row');
  for (let k = 11; k < 14; k++) assert.deepEqual(standing(k, noisy(8), 0.5), fine, 'too few to tell');
  const missing = new FrameJudge(imageSpec(), 1, false);
  for (let k = 0; k < 6; k++) {
    const verdict = missing.arrival(stamp(k), still, { clock: stamp(k), positions: [NaN] });
    assert.ok(verdict.usable, 'a joint that is not known has not moved');
  }
});

test('a lockstep simulator draws the same image of a still scene, whatever moves outside of it', () => {
  const arrive = arrivals(new FrameJudge(imageSpec(), 1, true));
  for (let k = 0; k < 4; k++) arrive(k, noisy(0), k);
  assert.deepEqual(arrive(4, noisy(0), 4), { usable: true, remark: '5 identical images' });
});

test('stamps of another clock are refused, with both clocks', () => {
  const judge = new FrameJudge(imageSpec(), 1, false);
  const arrive = (taken: number, now: number): FrameVerdict =>
    judge.arrival(stamp(taken), noisy(taken), { clock: stamp(now), positions: [0] });
  assert.deepEqual(arrive(12.3, 1_763_740_000), {
    usable: false,
    remark: 'stamps of another clock: 12.300 s, joint_states 1763740000.000 s',
  });
  assert.match(arrive(6.2, 5).remark, /^stamps of another clock: 6\.200 s, joint_states 5\.000 s/);
  assert.deepEqual(arrive(5.5, 5), fine, 'joints may be a little late');
  assert.deepEqual(arrive(10, 19), fine, 'an old frame is not of another clock');
});

test('black images, and depth without a measurement, are fitted and not usable', () => {
  const judge = new FrameJudge(imageSpec(), 1, false);
  const dark = judge.content(cameraImage('rgba8', 16, 16, (i) => (i % 4 === 3 ? 255 : i % 17)));
  assert.deepEqual([dark.usable, dark.remark], [false, 'black: no pixel above 16 of 255']);
  assert.equal(dark.pixels?.length, 8 * 8 * 3);
  const lit = cameraImage('rgb8', 16, 16, (i) => (i === 400 ? 255 : 0));
  assert.ok(judge.content(lit).usable, 'one bright spot is an image');
  const depth = new FrameJudge(imageSpec({ encoding: 'mono8', range_m: [0.2, 3] }), 1, false);
  const nothing = depth.content(cameraImage('16UC1', 16, 16, () => 0));
  assert.deepEqual([nothing.usable, nothing.remark], [false, 'no depth below 3 m']);
  assert.ok(depth.content(cameraImage('16UC1', 16, 16, () => 2)).usable);
});

test('an encoding or size that the observation cannot use gives no pixels', () => {
  const judge = new FrameJudge(imageSpec(), 1, false);
  const image = cameraImage('rgb8', 16, 16);
  assert.deepEqual(judge.content({ ...image, encoding: 'bayer_rggb8' }).pixels, undefined);
  assert.match(
    judge.content({ ...image, encoding: 'bayer_rggb8' }).remark,
    /^encoding bayer_rggb8, expected/,
  );
  assert.match(judge.content({ ...image, height: 17 }).remark, /^768 bytes, expected 17 rows of 48/);
});

test('images of another shape are refused, whatever their size; a whole number of pixels may be off', () => {
  const judge = new FrameJudge(imageSpec({ crop: [0.125, 0, 0.875, 1] }), 4 / 3, false);
  for (const [width, height] of [
    [64, 48],
    [16, 12],
    [100, 74],
  ])
    assert.ok(judge.content(cameraImage('rgb8', width, height)).usable, `${width} x ${height}`);
  const { usable, remark, pixels } = judge.content(cameraImage('rgb8', 48, 48));
  assert.deepEqual([usable, pixels], [false, undefined]);
  assert.equal(remark, '48 x 48 pixels, expected 1.333 times as wide as high');
});
