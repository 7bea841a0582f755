import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { encodeJpeg, encodePng, filmStrip } from '../../../src/sim/camera/encode.js';
import type { Image } from '../../../src/sim/camera/image.js';

const plain = (value: number): Image => ({ width: 6, height: 4, data: new Uint8Array(72).fill(value) });
const gradient: Image = { width: 6, height: 4, data: Uint8Array.from({ length: 72 }, (_, i) => 3 * i) };

test('a PNG decodes to the same bytes, a JPEG to the same size', async () => {
  const decoded = await sharp(await encodePng(gradient))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.deepEqual([decoded.info.width, decoded.info.height, decoded.info.channels], [6, 4, 3]);
  assert.deepEqual(new Uint8Array(decoded.data), gradient.data);
  const { format, width, height } = await sharp(await encodeJpeg(gradient, 90)).metadata();
  assert.deepEqual([format, width, height], ['jpeg', 6, 4]);
});

test('a film strip lays images out in reading order', async () => {
  const strip = await filmStrip([plain(10), plain(20), plain(30)], { columns: 2, gap: 2 });
  const { data, info } = await sharp(strip).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [14, 10]);
  const red = (x: number, y: number): number => data[3 * (14 * y + x)];
  assert.deepEqual([red(0, 0), red(8, 0), red(0, 6), red(6, 0), red(8, 6)], [10, 20, 30, 255, 255]);
});

test('a film strip needs images of one size', async () => {
  await assert.rejects(filmStrip([]), RangeError);
  await assert.rejects(filmStrip([plain(1), { width: 1, height: 1, data: new Uint8Array(3) }]), RangeError);
});
