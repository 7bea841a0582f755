import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../src/engine/index.js';
import { copyShifted, drawShift, type ImageSize, type Shift } from '../../src/policy/image-shift.js';

/** DrQ as it is written: pad by replicating the edges, crop at an offset. */
function paddedAndCropped(image: Uint8Array, size: ImageSize, { dx, dy }: Shift): Uint8Array {
  const { width, height, channels } = size;
  const pad = Math.max(Math.abs(dx), Math.abs(dy));
  const padded = (x: number, y: number, c: number): number => {
    const inside = (value: number, length: number): number => Math.min(length - 1, Math.max(0, value - pad));
    return image[(inside(y, height) * width + inside(x, width)) * channels + c];
  };
  const cropped: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) cropped.push(padded(pad + dx + x, pad + dy + y, c));
  return Uint8Array.from(cropped);
}

test('a shifted copy is the crop of the padded image, and touches nothing around its place', () => {
  fc.assert(
    fc.property(
      fc.record({
        width: fc.integer({ min: 1, max: 9 }),
        height: fc.integer({ min: 1, max: 9 }),
        channels: fc.constantFrom(1, 3),
      }),
      fc.record({ dx: fc.integer({ min: -12, max: 12 }), dy: fc.integer({ min: -12, max: 12 }) }),
      fc.nat(),
      (size, shift, seed) => {
        const random = createRandom(seed);
        const length = size.width * size.height * size.channels;
        const image = Uint8Array.from({ length }, () => random.integer(256));
        const into = new Uint8Array(length + 10).fill(77);
        copyShifted(image, size, shift, into, 4);
        const around = [...new Uint8Array(4).fill(77)];
        const expected = [...around, ...paddedAndCropped(image, size, shift), ...around, 77, 77];
        assert.deepEqual([...into], expected);
      },
    ),
    { seed: 7, numRuns: 500 },
  );
});

test('shifts are uniform over the crops of the padded image', () => {
  const random = createRandom(2);
  const times = new Map<string, number>();
  for (let i = 0; i < 25_000; i++) {
    const { dx, dy } = drawShift(2, random);
    times.set(`${dx} ${dy}`, (times.get(`${dx} ${dy}`) ?? 0) + 1);
  }
  assert.equal(times.size, 25);
  for (const [shift, n] of times) assert.ok(Math.abs(n - 1000) < 150, `${shift} was drawn ${n} times`);
});

test('no shift draws nothing from the random source', () => {
  const random = createRandom(2);
  const before = random.state();
  assert.deepEqual(drawShift(0, random), { dx: 0, dy: 0 });
  assert.deepEqual(random.state(), before);
});
