import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { exportOnnx, tf, type Program } from '../../../src/engine/index.js';
import { createFeatures } from '../../../src/reward/features/create-features.js';
import type { FeatureSettings } from '../../../src/reward/features/frame-features.js';
import { ImageResizer } from '../../../src/reward/features/image-resizer.js';
import { observationNames } from '../../../src/robot/observation-spec.js';
import { findTask } from '../../../src/sim/task.js';
import { scratchFolder } from '../../config/scratch-folder.js';
import { observedAt } from '../clip-bag.js';

const task = findTask('lift_pixels');
const names = observationNames(task.observation);

const make = (settings: FeatureSettings, file = 'reward.yaml') =>
  createFeatures({ file, key: 'critics.match.features', task, images: task.images }, settings);

/** Mean of each channel, and how many pixels there are. */
const means: Program = ({ pixels }) => ({ means: tf.mean(pixels, [2, 3]), rest: tf.sum(pixels, [2, 3]) });

/** A folder with an encoder for images of 20 x 30 px, and the reward file that would name it. */
function encoderFolder(t: TestContext): { file: string; encoder: string } {
  const folder = scratchFolder(t);
  const encoder = join(folder, 'encoder.onnx');
  writeFileSync(encoder, exportOnnx(means, { pixels: { shape: [1, 3, 20, 30] } }));
  return { file: join(folder, 'reward.yaml'), encoder };
}

test('the state is the numbers that are named, in that order', async () => {
  const all = await make({ kind: 'state' });
  assert.deepEqual([all.size, all.standardise], [names.length, 'each']);
  const some = await make({ kind: 'state', names: [names[2], names[0]] });
  assert.deepEqual([...(await some.describe(observedAt(task, [1, 2, 3], 0)))], [3, 1]);
  assert.notEqual(some.version, all.version);
  await assert.rejects(make({ kind: 'state', names: ['hand'] }), /features\.names: unknown element hand/);
});

test('thumbnails of all cameras or of one are numbers from 0 to 1', async () => {
  const both = await make({ kind: 'pixels', size: 4 });
  const wrist = await make({ kind: 'pixels', size: 4, colour: false, cameras: ['right_wrist'] });
  assert.deepEqual([both.size, wrist.size], [96, 16]);
  const left = await wrist.describe(observedAt(task, [], 0));
  const right = await wrist.describe(observedAt(task, [], 1));
  assert.ok(left[4] > 0.5 && left[7] < 0.3, 'the square is at the left');
  assert.ok(right[4] < 0.3 && right[7] > 0.5, 'the square is at the right');
  const blind = { ...task, images: [] };
  const place = { file: 'reward.yaml', key: 'features', task: blind, images: [] };
  await assert.rejects(
    createFeatures(place, { kind: 'pixels' }),
    /needs images, and lift_pixels observes none/,
  );
  await assert.rejects(make({ kind: 'pixels', cameras: ['top'] }), /features\.cameras: unknown camera top/);
});

test('a network sees each image in its own size, scaled as it wants', async (t) => {
  const { file } = encoderFolder(t);
  const plain = await make({ kind: 'onnx', file: 'encoder.onnx', scale: 1 }, file);
  const seen = await plain.describe({
    ...observedAt(task, [], 0),
    images: colours([10, 20, 30], [40, 50, 60]),
  });
  assert.deepEqual(Array.from(seen, Math.round), [10, 20, 30, 40, 50, 60]);
  const scaled = { kind: 'onnx', file: 'encoder.onnx', scale: 0.5, mean: [1, 2, 3], std: [2, 2, 2] };
  const one = await make({ ...scaled, cameras: ['head'], output: 'means' }, file);
  const images = colours([10, 20, 30], [0, 0, 0]);
  assert.deepEqual(
    Array.from(await one.describe({ state: new Float32Array(), images }), Math.round),
    [2, 4, 6],
  );
  assert.notEqual(one.version, plain.version);
  await Promise.all([plain.dispose(), one.dispose()]);
});

function colours(...each: readonly (readonly number[])[]): Uint8Array[] {
  return each.map((colour, i) => {
    const { width, height } = task.images[i];
    return Uint8Array.from({ length: 3 * width * height }, (_, at) => colour[at % 3]);
  });
}

test('a network that does not fit is refused with file and key', async (t) => {
  const { file, encoder } = encoderFolder(t);
  const refuses = (settings: object, message: RegExp): Promise<void> =>
    assert.rejects(make({ kind: 'onnx', file: 'encoder.onnx', ...settings }, file), message);
  await refuses({ file: 'none.onnx' }, /none\.onnx: cannot be read/);
  await refuses({ output: 'features' }, /features\.output: unknown output features; known: means, rest/);
  await refuses({ input: 'image' }, /features\.input: unknown input image/);
  await refuses({ size: 24 }, /features\.size: is 24, .*encoder\.onnx takes 20/);
  await refuses(
    { layout: 'nhwc' },
    /encoder\.onnx: pixels: is float32 \[1, 3, 20, 30\], expected float32 with 3/,
  );
  await refuses({ sise: 24 }, /features\.sise: unknown key; did you mean size\?/);
  await assert.rejects(
    make({ kind: 'pixel' }),
    /features\.kind: unknown kind of features pixel; did you mean pixels/,
  );
  writeFileSync(encoder, 'not a network');
  await refuses({}, /encoder\.onnx: is not an ONNX file/);
});

test('a base policy gives its features of the same images, and one without features is refused', async (t) => {
  const folder = scratchFolder(t);
  const policy: Program = ({ observation }) => ({
    action: tf.tile(tf.mean(observation, 1, true), [1, task.action_joints.length]),
    features: tf.slice(observation, [0, 0], [1, 2]),
  });
  const write = (features: object): void => {
    mkdirSync(join(folder, 'base'), { recursive: true });
    writeFileSync(
      join(folder, 'base', 'policy.onnx'),
      exportOnnx(policy, { observation: { shape: [1, names.length] } }),
    );
    const joints = task.action_joints;
    const action = { output: 'action', joints, chunk_size: 1, execute: 1, normalised: false };
    const bounds = { lower: joints.map(() => -3), upper: joints.map(() => 3) };
    const images = task.images.map((image) => ({ image }));
    const manifest = {
      ...{ policy: 'policy.onnx', control_rate_hz: task.control_rate_hz, ...features },
      observation: { input: 'observation', names, images },
      action: { ...action, ...bounds },
    };
    writeFileSync(join(folder, 'base', 'manifest.yaml'), stringify(manifest));
  };
  const file = join(folder, 'reward.yaml');
  write({ features: { output: 'features', size: 2, mean: [1, 1], std: [2, 2] } });
  const features = await make({ kind: 'base', policy: 'base' }, file);
  assert.deepEqual([...(await features.describe(observedAt(task, [5, 3], 0)))], [2, 1]);
  await features.dispose();
  write({});
  await assert.rejects(
    make({ kind: 'base', policy: 'base' }, file),
    /features\.policy: .* gives no features/,
  );
  await assert.rejects(
    make({ kind: 'base', policy: 'other' }, file),
    /features\.policy: .*other holds no manifest/,
  );
});

test('resizing keeps what is even, averages what shrinks, and interpolates what grows', () => {
  const grey = (width: number, height: number) => ({ width, height, encoding: 'mono8' }) as const;
  const even = new ImageResizer(grey(7, 5), grey(3, 11)).resize(new Uint8Array(35).fill(77));
  assert.deepEqual([even.length, new Set(even)], [33, new Set([77])]);
  const stripes = Uint8Array.from({ length: 64 }, (_, i) => (i % 2) * 200);
  const small = new ImageResizer(grey(64, 1), grey(4, 1)).resize(stripes);
  small.forEach((value) => assert.ok(Math.abs(value - 100) < 10, 'no stripe gets lost between samples'));
  assert.deepEqual(
    [...new ImageResizer(grey(2, 1), grey(4, 1)).resize(Uint8Array.of(0, 100))],
    [0, 25, 75, 100],
  );
  const colour = { ...grey(1, 1), encoding: 'rgb8' } as const;
  assert.deepEqual([...new ImageResizer(grey(1, 1), colour).resize(Uint8Array.of(9))], [9, 9, 9]);
  assert.deepEqual([...new ImageResizer(colour, grey(1, 1)).resize(Uint8Array.of(255, 0, 0))], [76]);
});
