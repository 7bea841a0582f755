import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameStore } from '../../src/learning/frame-store.js';
import { imageBytes } from '../../src/robot/image-spec.js';
import { imageOf, imageSpec, noiseOf } from './frames.js';

const specs = [imageSpec('head', 84, 84, 'rgb8'), imageSpec('depth', 20, 12, 'mono8')];
const rowBytes = 84 * 84 * 3 + 20 * 12;

/** Rows of a store read back, as they are. */
function readRow(store: FrameStore, row: number): Uint8Array[] {
  return specs.map((spec, camera) => {
    const into = new Uint8Array(imageBytes(spec));
    store.read(row, camera, into, 0);
    return into;
  });
}

for (const compressed of [false, true]) {
  const kind = compressed ? 'packed' : 'raw';

  test(`${kind}: what was set is read, byte for byte, over several blocks and out of order`, () => {
    const rows = 900;
    const store = new FrameStore(rows, specs, { compressed });
    const images = (row: number): Uint8Array[] =>
      specs.map((spec, i) => (row % 5 === 0 ? noiseOf(spec, row) : imageOf(spec, 7 * row + i)));
    for (let k = 0; k < rows; k++) store.set((k * 7) % rows, images((k * 7) % rows));
    for (const row of [0, 1, 394, 395, 396, 789, 790, 899])
      assert.deepEqual(readRow(store, row), images(row), `row ${row}`);
  });

  test(`${kind}: a row that is overwritten holds the new images, and no more memory than one`, () => {
    const store = new FrameStore(4, specs, { compressed });
    for (let row = 0; row < 4; row++)
      store.set(
        row,
        specs.map((spec) => noiseOf(spec, row)),
      );
    const { bytes } = store;
    const after = specs.map((spec) => noiseOf(spec, 9));
    store.set(2, after);
    assert.deepEqual(readRow(store, 2), after);
    assert.deepEqual(
      readRow(store, 3),
      specs.map((spec) => noiseOf(spec, 3)),
    );
    assert.ok(Math.abs(store.bytes - bytes) < 100, `${bytes} bytes became ${store.bytes}`);
  });
}

test('raw images take their own size a row, block by block as rows arrive', () => {
  const store = new FrameStore(100_000, specs, { compressed: false });
  assert.equal(store.bytes, 0);
  assert.equal(store.bytesPerRow, rowBytes);
  store.set(
    0,
    specs.map((spec) => imageOf(spec, 1)),
  );
  assert.ok(store.bytes > 7e6 && store.bytes <= 8 * 2 ** 20, `${store.bytes} bytes for the first row`);
  const small = new FrameStore(10, specs, { compressed: false });
  for (let row = 0; row < 10; row++)
    small.set(
      row,
      specs.map((spec) => imageOf(spec, row)),
    );
  assert.equal(small.bytes, 10 * rowBytes);
});

test('packed images take less where there is something to pack, and the mean is told', () => {
  const store = new FrameStore(10, specs, { compressed: true });
  assert.equal(store.bytesPerRow, rowBytes);
  for (let row = 0; row < 10; row++)
    store.set(
      row,
      specs.map((spec) => imageOf(spec, row)),
    );
  assert.ok(store.bytesPerRow < 0.5 * rowBytes, `${store.bytesPerRow} of ${rowBytes} bytes`);
  assert.equal(store.bytes, 10 * store.bytesPerRow);
});

test('a wrong number of images and an image of another size are refused', () => {
  const store = new FrameStore(10, specs, { compressed: false });
  const [head, depth] = specs.map((spec) => imageOf(spec, 1));
  assert.throws(() => store.check([head]), /has 1 images, expected 2/);
  assert.throws(() => store.check([head, head]), /an image of depth has 21168 bytes, expected 240/);
  store.check([head, depth]);
});
