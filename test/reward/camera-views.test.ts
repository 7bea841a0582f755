import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ViewTrack, cameraViews, type CameraView } from '../../src/reward/camera-views.js';
import { LiveClips, type LiveClip } from '../../src/reward/live-clips.js';
import { findTask } from '../../src/sim/task.js';
import { observationMessage, stampOf } from './clips.js';

const spec = { camera: 'head', width: 1, height: 1, encoding: 'mono8', crop: [0, 0, 1, 1] } as const;
const view: CameraView = { spec, topic: 'head/image_raw', aspect: 1 };
const period = 0.1;

/** Nanoseconds of a step's stamp, and so many ms later. */
const at = (step: number, ms = 0): bigint => {
  const { sec, nanosec } = stampOf(step);
  return BigInt(sec) * 1_000_000_000n + BigInt(nanosec) + BigInt(ms) * 1_000_000n;
};
const frame = (stamp: bigint, value: number) => ({
  ...{ stamp, frame_id: 'head', pixels: Uint8Array.of(value), usable: true },
});

test('of each camera the newest frame counts that is not later than half a control period', () => {
  const track = new ViewTrack([view], period);
  for (const [stamp, value] of [
    [at(0), 1],
    [at(0, 40), 2],
    [at(0, 60), 3],
  ] as const)
    track.add(0, frame(stamp, value));
  assert.deepEqual(track.at(at(0)), { images: [Uint8Array.of(2)], stamps: [at(0, 40)], stale: [] });
});

test('a frame that is too old, too new or not usable is none: black, and the topic is named', () => {
  const track = new ViewTrack([view], period);
  const nothing = { images: [Uint8Array.of(0)], stamps: [], stale: ['head/image_raw'] };
  assert.deepEqual(track.at(at(0)), nothing);
  track.add(0, frame(at(0, 70), 9));
  assert.deepEqual(track.at(at(0)), nothing);
  track.add(0, { ...frame(at(5), 9), usable: false });
  assert.deepEqual(track.at(at(5)), nothing);
});

test('a moment waits for the image of its stamp, at most until the next observation', () => {
  const track = new ViewTrack([view], period);
  const seen: LiveClip[] = [];
  const listener = { present: (clip: LiveClip) => void seen.push(clip), ended: () => undefined };
  const clips = new LiveClips(listener, () => false, track);
  clips.observation(observationMessage('e', 0), 0);
  assert.equal(seen.length, 0);
  track.add(0, frame(at(0), 7));
  clips.viewed();
  assert.deepEqual(seen[0].moments[0].observed.images, [Uint8Array.of(7)]);
  assert.deepEqual(seen[0].sightings[0].image_stamps, [stampOf(0)]);
  clips.observation(observationMessage('e', 1), 0);
  for (const step of [2, 3, 4, 5]) clips.observation(observationMessage('e', step), 0);
  const { moments } = seen.at(-1)!;
  assert.equal(moments.length, 5);
  assert.deepEqual(
    moments.map(({ stale }) => stale),
    [[], [], [], ['head/image_raw'], ['head/image_raw']],
  );
});

test("cameras are those of the task, on the topics of the robot's profile", () => {
  const task = findTask('lift');
  const [head] = cameraViews(task, [{ ...spec, camera: 'head' }]);
  assert.deepEqual([head.topic, head.aspect], ['head/image_raw', 160 / 120]);
  assert.throws(
    () => cameraViews(task, [{ ...spec, camera: 'foot' }]),
    /has no camera foot; it has scene, head/,
  );
});
