import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../src/engine/index.js';
import { copyShifted, drawShift } from '../../src/policy/image-shift.js';
import { emptyBatch, Replay, type Batch, type ReplayEpisode } from '../../src/learning/replay.js';
import { imageBytes } from '../../src/robot/image-spec.js';
import { imageOf, imageSpec } from './frames.js';

const images = [imageSpec('head', 8, 9, 'rgb8'), imageSpec('wrist', 10, 8, 'mono8')];
const rawFrames = { images, random_shift: 0, compress_frames: false };

/** An episode whose numbers are those of its rows, from which its images follow. */
function episodeOf(steps: number, terminated: boolean, firstRow = 0): ReplayEpisode {
  const rows = Array.from({ length: steps + 1 }, (_, t) => firstRow + t);
  return {
    input: rows.map((row) => Float32Array.of(row)),
    images: rows.map(imagesOf),
    base: rows.map(() => Float32Array.of(0)),
    place: rows.map(() => 0),
    action: rows.slice(1).map(() => Float32Array.of(0)),
    reward: rows.slice(1).map((_, t) => (terminated && t === steps - 1 ? 1 : 0)),
    terminated,
  };
}

function imagesOf(row: number): Uint8Array[] {
  return images.map((spec, camera) => imageOf(spec, 2 * row + camera));
}

/** Images of one transition of a batch. */
function imagesAt(from: readonly Float32Array[], i: number): Uint8Array[] {
  return from.map((all, camera) => {
    const bytes = imageBytes(images[camera]);
    return Uint8Array.from(all.subarray(i * bytes, (i + 1) * bytes));
  });
}

function sampled(replay: Replay, count: number, nStep: number, seed = 1): Batch {
  const batch = emptyBatch(count, 1, 1, images);
  replay.sample(batch, 0, count, nStep, 0.5, createRandom(seed));
  return batch;
}

test('over any episodes in a small ring, images are those of the rows that the transition begins and ends at', () => {
  const anyEpisode = fc.record({ steps: fc.integer({ min: 1, max: 6 }), terminated: fc.boolean() });
  fc.assert(
    fc.property(
      fc.integer({ min: 7, max: 16 }),
      fc.integer({ min: 1, max: 7 }),
      fc.array(anyEpisode, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (capacity, nStep, drawn, compress_frames) => {
        const replay = new Replay(capacity, 1, 1, { ...rawFrames, compress_frames });
        let rows = 0;
        const ends = new Map<number, number>();
        for (const { steps, terminated } of drawn) {
          replay.add(episodeOf(steps, terminated, rows));
          for (let t = 0; t < steps; t++) ends.set(rows + t, rows + Math.min(steps, t + nStep));
          rows += steps + 1;
        }
        const batch = sampled(replay, 40, nStep);
        for (let i = 0; i < 40; i++) {
          const row = batch.input[i];
          assert.deepEqual(imagesAt(batch.images, i), imagesOf(row));
          assert.deepEqual(imagesAt(batch.next_images, i), imagesOf(ends.get(row) ?? -1));
        }
      },
    ),
    { seed: 5, numRuns: 60 },
  );
});

test("a time-out's and a termination's next images are those of the episode's own last observation", () => {
  for (const terminated of [false, true]) {
    const replay = new Replay(20, 1, 1, rawFrames);
    replay.add(episodeOf(3, terminated, 0));
    replay.add(episodeOf(3, terminated, 50));
    const batch = sampled(replay, 60, 10);
    for (let i = 0; i < 60; i++)
      assert.deepEqual(imagesAt(batch.next_images, i), imagesOf(batch.input[i] < 50 ? 3 : 53));
  }
});

test('each image is shifted on its own, by the shifts that the random source draws', () => {
  const most = 3;
  const replay = new Replay(20, 1, 1, { ...rawFrames, random_shift: most });
  replay.add(episodeOf(1, false));
  const batch = sampled(replay, 30, 1, 4);
  const random = createRandom(4);
  const shifts = new Set<string>();
  const shifted = (row: number): Uint8Array[] =>
    imagesOf(row).map((image, camera) => {
      const { width, height, encoding } = images[camera];
      const shift = drawShift(most, random);
      shifts.add(`${shift.dx} ${shift.dy}`);
      const into = new Uint8Array(image.length);
      copyShifted(image, { width, height, channels: encoding === 'rgb8' ? 3 : 1 }, shift, into, 0);
      return into;
    });
  for (let i = 0; i < 30; i++) {
    random.integer(1); // the row: there is one step
    assert.deepEqual(imagesAt(batch.images, i), shifted(0));
    assert.deepEqual(imagesAt(batch.next_images, i), shifted(1));
  }
  assert.ok(shifts.size > 30, `${shifts.size} different shifts`);
});

test('the same seed gives the same batch, raw and packed; another seed another one', () => {
  const batches = [false, true].map((compress_frames) => {
    const replay = new Replay(40, 1, 1, { images, random_shift: 4, compress_frames });
    for (let k = 0; k < 5; k++) replay.add(episodeOf(9, k % 2 === 0, 10 * k));
    return { same: [sampled(replay, 16, 3, 6), sampled(replay, 16, 3, 6)], other: sampled(replay, 16, 3, 7) };
  });
  const [raw, packed] = batches;
  assert.deepEqual(raw.same[0], raw.same[1]);
  assert.deepEqual(raw.same, packed.same);
  assert.notDeepEqual(raw.same[0], raw.other);
});

test('a row takes the bytes of its numbers and of one image of each camera, whatever the steps of the return', () => {
  const replay = new Replay(40, 1, 1, rawFrames);
  for (let k = 0; k < 4; k++) replay.add(episodeOf(9, false, 10 * k));
  sampled(replay, 10, 5);
  assert.equal(replay.rows, 40);
  assert.equal(replay.bytesPerRow, 4 * 5 + 1 + 8 * 9 * 3 + 10 * 8);
});

test('an episode with images of another size is refused whole', () => {
  const replay = new Replay(40, 1, 1, rawFrames);
  const episode = episodeOf(3, false);
  const wrong = { ...episode, images: [...episode.images.slice(0, 3), [new Uint8Array(4)]] };
  assert.throws(() => replay.add(wrong), /has 1 images, expected 2/);
  assert.equal(replay.rows, 0);
});
