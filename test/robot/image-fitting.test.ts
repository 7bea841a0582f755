import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fitImage, imageProblem, type CameraImage } from '../../src/robot/image-fitting.js';
import { channelsOf, type ImageSpec } from '../../src/robot/image-spec.js';
import { cameraImage, imageSpec } from './observed-image.js';

/** Channel `k` of the observed pixel that a camera's pixel alone would give, 0 to 255. */
type Oracle = (column: number, row: number, k: number) => number;

/** The area average by its definition: every camera pixel by its overlap with the new pixel. */
function averaged({ width, height }: CameraImage, spec: ImageSpec, valueOf: Oracle): number[] {
  const [left, top, right, bottom] = spec.crop;
  /** Shares of all pixels of an axis in part `i` of the crop. */
  const shares = (low: number, high: number, size: number, count: number, i: number): number[] => {
    const length = (size * (high - low)) / count;
    const from = size * low + i * length;
    return Array.from(
      { length: size },
      (_, pixel) => Math.max(0, Math.min(pixel + 1, from + length) - Math.max(pixel, from)) / length,
    );
  };
  const out: number[] = [];
  for (let y = 0; y < spec.height; y++) {
    const ofRows = shares(top, bottom, height, spec.height, y);
    for (let x = 0; x < spec.width; x++) {
      const ofColumns = shares(left, right, width, spec.width, x);
      for (let k = 0; k < channelsOf(spec); k++) {
        let sum = 0;
        ofRows.forEach((a, row) =>
          ofColumns.forEach((b, column) => (sum += a * b * valueOf(column, row, k))),
        );
        out.push(sum);
      }
    }
  }
  return out;
}

function agrees(image: CameraImage, spec: ImageSpec, valueOf: Oracle): void {
  const expected = averaged(image, spec, valueOf);
  const fitted = fitImage(image, spec);
  assert.equal(fitted.length, expected.length);
  expected.forEach((value, i) =>
    assert.ok(Math.abs(fitted[i] - value) <= 0.5 + 1e-6, `[${i}] ${fitted[i]}, expected ${value}`),
  );
}

const byteOf =
  ({ data, step }: CameraImage, bytes: number, order: readonly number[]): Oracle =>
  (column, row, k) =>
    data[row * step + column * bytes + order[k]];

const brightnessOf =
  (channel: Oracle): Oracle =>
  (column, row) =>
    0.299 * channel(column, row, 0) + 0.587 * channel(column, row, 1) + 0.114 * channel(column, row, 2);

test('an image of the right size and encoding is copied, without the padding of its rows', () => {
  const image = cameraImage('rgb8', 8, 8);
  const copy = fitImage(image, imageSpec());
  assert.deepEqual(copy, image.data);
  assert.notEqual(copy.buffer, image.data.buffer);
  const step = 8 * 3 + 5;
  const data = new Uint8Array(8 * step).fill(77);
  for (let y = 0; y < 8; y++) data.set(image.data.subarray(24 * y, 24 * y + 24), y * step);
  assert.deepEqual(fitImage({ ...image, step, data }, imageSpec()), image.data);
  agrees(
    { ...image, step, data },
    imageSpec({ width: 3, height: 5 }),
    byteOf({ ...image, step, data }, 3, [0, 1, 2]),
  );
});

test('colours are averaged over areas, whatever their order, sizes and crop', () => {
  const orders = { rgb8: [0, 1, 2], bgr8: [2, 1, 0], rgba8: [0, 1, 2], bgra8: [2, 1, 0] } as const;
  for (const [encoding, order] of Object.entries(orders)) {
    const kind = encoding as keyof typeof orders;
    const image = cameraImage(kind, 23, 17);
    const channel = byteOf(image, kind.includes('a') ? 4 : 3, order);
    for (const changes of [
      { width: 9, height: 8 },
      { width: 23, height: 17 },
      { width: 40, height: 30 },
      { crop: [0.1, 0.25, 0.83, 0.9] },
      { crop: [0.5, 0, 0.51, 1] },
    ] as const) {
      agrees(image, imageSpec(changes), channel);
      agrees(image, imageSpec({ ...changes, encoding: 'mono8' }), brightnessOf(channel));
    }
  }
  const grey = cameraImage('mono8', 23, 17);
  agrees(grey, imageSpec({ encoding: 'mono8', crop: [0.2, 0, 1, 0.7] }), byteOf(grey, 1, [0]));
});

test('one colour stays that colour', () => {
  const white = cameraImage('bgr8', 31, 19, () => 255);
  assert.ok(fitImage(white, imageSpec()).every((value) => value === 255));
  assert.ok(fitImage(white, imageSpec({ encoding: 'mono8' })).every((value) => value === 255));
  const red = cameraImage('bgra8', 31, 19, (i) => (i % 4 === 2 ? 200 : 0));
  assert.deepEqual([...fitImage(red, imageSpec()).subarray(0, 6)], [200, 0, 0, 200, 0, 0]);
});

test('depth goes from black to white in its range, in mm and m, in both byte orders', () => {
  const spec = imageSpec({ encoding: 'mono8', range_m: [0.5, 2.5], width: 9 });
  const metres = [0.5, 1, 1.5, 2.5, 7, 0.1, 0, 2, 1.25];
  const expected = [0, 64, 128, 255, 255, 0, 255, 191, 96];
  for (const is_bigendian of [0, 1]) {
    const millimetres = cameraImage('16UC1', 9, 8);
    const floats = cameraImage('32FC1', 9, 8);
    const short = new DataView(millimetres.data.buffer);
    const float = new DataView(floats.data.buffer);
    for (let i = 0; i < 72; i++) {
      short.setUint16(2 * i, 1000 * metres[i % 9], is_bigendian === 0);
      float.setFloat32(4 * i, metres[i % 9], is_bigendian === 0);
    }
    for (const image of [millimetres, floats])
      assert.deepEqual([...fitImage({ ...image, is_bigendian }, spec).subarray(0, 9)], expected);
    // No measurement counts as far.
    float.setFloat32(0, NaN, is_bigendian === 0);
    float.setFloat32(4, Infinity, is_bigendian === 0);
    assert.deepEqual([...fitImage({ ...floats, is_bigendian }, spec).subarray(0, 3)], [255, 255, 128]);
  }
});

test('depth is averaged as it is shown', () => {
  const image = cameraImage('16UC1', 23, 17, (i) => (i % 2 === 0 ? (i * 7) % 256 : (i >> 1) % 12));
  const spec = imageSpec({ encoding: 'mono8', range_m: [0.3, 2], crop: [0, 0.1, 0.9, 1] });
  const view = new DataView(image.data.buffer);
  agrees(image, spec, (column, row) => {
    const depth = view.getUint16(row * image.step + 2 * column, true) / 1000;
    return depth === 0 ? 255 : 255 * Math.min(1, Math.max(0, (depth - 0.3) / 1.7));
  });
});

test('an image that cannot be observed is refused with the reason', () => {
  const refuses = (changes: Partial<CameraImage>, spec: Partial<ImageSpec>, reason: RegExp): void => {
    const image = { ...cameraImage('rgb8', 8, 8), ...changes };
    assert.match(imageProblem(image, imageSpec(spec)) ?? '', reason);
    assert.throws(() => fitImage(image, imageSpec(spec)), {
      name: 'RangeError',
      message: /image of scene: /,
    });
  };
  refuses({ encoding: 'yuv422' }, {}, /^encoding yuv422, expected rgb8, bgr8/);
  refuses({ encoding: '' }, {}, /^encoding is empty/);
  refuses({ width: 0 }, {}, /^size 0 x 8/);
  refuses({ step: 23 }, {}, /^step 23, a row of rgb8 takes 24/);
  refuses({ data: new Uint8Array(191) }, {}, /^191 bytes, expected 8 rows of 24/);
  refuses({ encoding: 'mono8' }, {}, /^mono8, the observation expects colours/);
  refuses({}, { encoding: 'mono8', range_m: [0, 1] }, /^encoding rgb8, the observation expects depth/);
  refuses(
    { encoding: '16UC1' },
    { encoding: 'mono8' },
    /^depth \(16UC1\), and the observation has no range_m/,
  );
  assert.equal(imageProblem(cameraImage('rgb8', 8, 8), imageSpec()), undefined);
});
