import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { CameraFrame } from '../../src/robot/frame-history.js';
import { InputPairing, type AgeBounds } from '../../src/robot/pairing.js';
import type { Pose } from '../../src/robot/pose.js';

const joints = { positions: new Map([['elbow', 1]]), velocities: new Map([['elbow', 2]]) };
const object: Pose = { position: [1, 2, 3], orientation: [0, 0, 0, 1] };
const hand: Pose = { position: [4, 5, 6], orientation: [0, 0, 0, 1] };
const topics = new Map([
  ['object', 'object/odometry'],
  ['hand', 'hand/pose'],
]);
const cameras = new Map([
  ['head', 'head/image_raw'],
  ['wrist', 'wrist/image_raw'],
]);
/** A 20 Hz loop. */
const bounds: AgeBounds = { max_age: 0.2, max_image_age: 0.15, image_lead: 0.025 };

/** A moment [s] as a stamp. */
const stamp = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));

function frame(seconds: number, usable = true): CameraFrame {
  return { stamp: stamp(seconds), frame_id: 'optical', pixels: Uint8Array.of(1), usable };
}

/** Joints only, and one camera. */
function headPairing(): { pairing: InputPairing; stampOf: (joints: number) => number | undefined } {
  const pairing = new InputPairing(new Map(), new Map([['head', 'head/image_raw']]));
  const stampOf = (seconds: number): number | undefined => {
    pairing.setJoints(joints, stamp(seconds), seconds);
    const image = pairing.latest(seconds, bounds)?.images[0];
    return image === undefined ? undefined : Number(image.stamp) / 1e9;
  };
  return { pairing, stampOf };
}

test('lockstep pairs only equal stamps; realtime names what is stale', () => {
  const pairing = new InputPairing(topics);
  pairing.setJoints(joints, 10n, 1);
  pairing.setFrame('object', object, 10n, 1.05);
  assert.equal(pairing.exact(), undefined);
  assert.equal(pairing.latest(1, bounds), undefined, 'not before every input came once');
  pairing.setFrame('hand', hand, 9n, 1.3);
  assert.equal(pairing.exact(), undefined, 'another stamp is another step');
  pairing.setFrame('hand', hand, 10n, 1.3);
  const exact = pairing.exact();
  assert.equal(exact?.stamp, 10n);
  const frames = new Map([
    ['object', object],
    ['hand', hand],
  ]);
  assert.deepEqual(exact?.inputs, { ...joints, frames });
  assert.deepEqual(exact?.images, []);
  assert.deepEqual(pairing.latest(1.2, bounds)?.stale, []);
  assert.deepEqual(pairing.latest(1.22, bounds)?.stale, ['joint_states']);
  assert.deepEqual(pairing.latest(1.4, bounds)?.stale, ['joint_states', 'object/odometry']);
});

test('lockstep: images of the stamp, whether they come before or after the joints, in the order of the cameras', () => {
  const pairing = new InputPairing(new Map(), cameras);
  pairing.setImage('wrist', frame(1));
  pairing.setJoints(joints, stamp(1), 0);
  assert.equal(pairing.exact(), undefined);
  pairing.setImage('head', frame(0.95));
  assert.equal(pairing.exact(), undefined, 'a late frame belongs to another step');
  pairing.setImage('head', { ...frame(1), frame_id: 'head_optical' });
  // A frame of the next step is there already.
  pairing.setImage('wrist', frame(1.05));
  assert.deepEqual(
    pairing.exact()?.images.map(({ frame_id }) => frame_id),
    ['head_optical', 'optical'],
  );
  pairing.setJoints(joints, stamp(1.05), 0);
  assert.equal(pairing.exact(), undefined);
  pairing.setImage('head', frame(1.05));
  assert.equal(pairing.exact()?.stamp, stamp(1.05));
});

test('lockstep: an image that is not usable is named', () => {
  const pairing = new InputPairing(new Map(), cameras);
  pairing.setJoints(joints, stamp(1), 0);
  pairing.setImage('head', frame(1));
  pairing.setImage('wrist', frame(1, false));
  assert.deepEqual(pairing.exact()?.stale, ['wrist/image_raw']);
  pairing.setImage('wrist', frame(1));
  assert.deepEqual(pairing.exact()?.stale, []);
});

test('realtime: a 30 Hz camera beside a 20 Hz loop gives the frame that is nearest', () => {
  const { pairing, stampOf } = headPairing();
  // The frame of k / 30 s is there 20 ms after its stamp; joints come without delay.
  const arrivals = Array.from({ length: 60 }, (_, k) => ({ taken: k / 30, there: k / 30 + 0.02 }));
  for (let step = 2; step < 40; step++) {
    const now = step / 20;
    for (const { taken } of arrivals.filter(({ there }) => there <= now && there > now - 0.05))
      pairing.setImage('head', frame(taken));
    const newest = arrivals.filter(({ there }) => there <= now).at(-1)?.taken ?? NaN;
    const used = stampOf(now) ?? NaN;
    assert.ok(Math.abs(used - newest) < 1e-8, `step ${step}: ${used}, expected ${newest}`);
    assert.ok(now - used < 0.054, 'never older than a frame and its delay');
    assert.deepEqual(pairing.latest(now, bounds)?.stale, []);
  }
});

test('realtime: a frame may be half a period ahead of the joints, not more', () => {
  const { pairing, stampOf } = headPairing();
  pairing.setImage('head', frame(1));
  assert.equal(stampOf(1), 1);
  pairing.setImage('head', frame(1.024));
  assert.equal(stampOf(1), 1.024);
  pairing.setImage('head', frame(1.06));
  assert.equal(stampOf(1), 1.024, 'it belongs to the next step');
  assert.equal(stampOf(1.05), 1.06);
});

test('realtime: dropped and late frames leave the last good one, which is stale once it is too old', () => {
  const { pairing, stampOf } = headPairing();
  assert.equal(stampOf(0.9), undefined, 'without any image there is no observation');
  assert.deepEqual(pairing.awaited(false), ['head/image_raw']);
  pairing.setImage('head', frame(1));
  pairing.setImage('head', frame(1.05, false));
  assert.equal(stampOf(1.05), 1, 'an unusable frame counts as dropped');
  assert.equal(stampOf(1.15), 1);
  assert.deepEqual(pairing.latest(1.15, bounds)?.stale, []);
  assert.equal(stampOf(1.16), 1);
  assert.deepEqual(pairing.latest(1.16, bounds)?.stale, ['head/image_raw']);
  // Out of order: the older of the two comes last.
  pairing.setImage('head', frame(1.15));
  pairing.setImage('head', frame(1.1));
  assert.equal(stampOf(1.17), 1.15);
  assert.deepEqual(pairing.latest(1.17, bounds)?.stale, []);
});

test('realtime: joints that stop do not stop the observations, and both sides are named', () => {
  const { pairing, stampOf } = headPairing();
  assert.equal(stampOf(1), undefined);
  for (let k = 0; k < 30; k++) pairing.setImage('head', frame(1 + k / 30));
  const paired = pairing.latest(2, bounds);
  assert.deepEqual(paired?.stale, ['joint_states', 'head/image_raw']);
  assert.equal(paired?.images.length, 1);
});

test('what is waited for is named', () => {
  const pairing = new InputPairing(topics, cameras);
  const all = ['object/odometry', 'hand/pose', 'head/image_raw', 'wrist/image_raw'];
  assert.deepEqual(pairing.awaited(true), ['joint_states', ...all]);
  pairing.setJoints(joints, stamp(1), 0);
  assert.deepEqual(pairing.awaited(true), all);
  pairing.setFrame('object', object, stamp(1), 0);
  pairing.setFrame('hand', hand, stamp(0.9), 0);
  pairing.setImage('head', frame(0.9));
  assert.deepEqual(pairing.awaited(true), ['hand/pose', 'head/image_raw', 'wrist/image_raw']);
  assert.deepEqual(pairing.awaited(false), ['wrist/image_raw']);
});
