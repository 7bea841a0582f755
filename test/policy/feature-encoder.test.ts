import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { exportOnnx, tf, type Program } from '../../src/engine/index.js';
import { BasePolicy } from '../../src/policy/base-policy.js';
import { loadPolicyFile } from '../../src/policy/manifest.js';
import type { Observed } from '../../src/robot/image-spec.js';
import { scratchFolder } from '../config/scratch-folder.js';

const [width, height] = [10, 8];

/** A policy that sees two numbers and no image. */
const blind: Program = ({ observation }) => ({ action: tf.stack([observation, tf.mul(observation, 2)], 1) });
const observation = { shape: [1, 2] };

/** Says of an image how bright each of its channels is on average. */
const channelMeans: Program = ({ pixels }) => ({ means: tf.mean(pixels, [2, 3]) });
const pixels = { shape: [1, 3, height, width] };

type Changes = { encoder?: Record<string, unknown>; features?: Record<string, unknown>; images?: unknown[] };

/** A folder with the blind policy, an encoder beside it, and a manifest with `changes`. */
function policyFolder(t: TestContext, { encoder, features, images }: Changes = {}): string {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'policy.onnx'), exportOnnx(blind, { observation }));
  writeFileSync(join(folder, 'encoder.onnx'), exportOnnx(channelMeans, { pixels }));
  const joints = { joints: ['a', 'b'], lower: [-1, -1], upper: [1, 1], normalised: false };
  const manifest = {
    policy: 'policy.onnx',
    control_rate_hz: 10,
    observation: {
      input: 'observation',
      names: ['x', 'y'],
      images: images ?? [
        { image: { camera: 'head', width, height } },
        { image: { camera: 'wrist', width, height } },
      ],
    },
    features: {
      encoder: { file: 'encoder.onnx', input: 'pixels', scale: 1, ...encoder },
      ...{ output: 'means', size: 6, ...features },
    },
    action: { output: 'action', ...joints, chunk_size: 2, execute: 2 },
  };
  writeFileSync(join(folder, 'manifest.yaml'), stringify(manifest));
  return folder;
}

/** Two images of one colour each. */
function seen(x: number, head: readonly number[], wrist: readonly number[]): Observed {
  const filled = (colour: readonly number[]): Uint8Array =>
    Uint8Array.from({ length: 3 * width * height }, (_, i) => colour[i % 3]);
  return { state: Float32Array.of(x, -x), images: [filled(head), filled(wrist)] };
}

test('an encoder beside a blind policy is asked for every image at every step', async (t) => {
  const policy = await BasePolicy.load(policyFolder(t));
  const first = await policy.act(seen(1, [10, 20, 30], [1, 2, 3]));
  assert.deepEqual([...first.values, first.chunk_step], [1, -1, 0]);
  assert.deepEqual(Array.from(first.features, Math.round), [10, 20, 30, 1, 2, 3]);
  const second = await policy.act(seen(5, [40, 50, 60], [4, 5, 6]));
  assert.deepEqual([...second.values, second.chunk_step], [2, -2, 1], 'the chunk goes on');
  assert.deepEqual(Array.from(second.features, Math.round), [40, 50, 60, 4, 5, 6]);
  await policy.dispose();
});

test('an encoder scales images in its own way', async (t) => {
  const scaling = { scale: 0.5, mean: [1, 2, 3], std: [2, 2, 2] };
  const policy = await BasePolicy.load(policyFolder(t, { encoder: scaling }));
  const { features } = await policy.act(seen(1, [10, 20, 30], [0, 0, 0]));
  assert.deepEqual(Array.from(features.slice(0, 3)), [2, 4, 6]);
  await policy.dispose();
});

test('the residual belongs to policy and encoder: another encoder is another base', (t) => {
  const [one, other] = [policyFolder(t), policyFolder(t)];
  assert.equal(loadPolicyFile(one).sha256, loadPolicyFile(other).sha256);
  const brighter: Program = (inputs) => ({ means: tf.mul(channelMeans(inputs).means, 2) });
  writeFileSync(join(other, 'encoder.onnx'), exportOnnx(brighter, { pixels }));
  assert.notEqual(loadPolicyFile(one).sha256, loadPolicyFile(other).sha256);
});

test('an encoder that does not fit is refused with file and key', async (t) => {
  const refuses = (changes: Changes, message: RegExp): Promise<void> =>
    assert.rejects(BasePolicy.load(policyFolder(t, changes)), message);
  await refuses({ encoder: { file: 'none.onnx' } }, /features\.encoder\.file: .*none\.onnx cannot be read/);
  await refuses(
    { encoder: { input: 'image' } },
    /encoder\.onnx: image: expected this one input; it has pixels/,
  );
  await refuses({ features: { output: 'mean' } }, /encoder\.onnx: mean: no such output; it has means/);
  await refuses({ features: { size: 5 } }, /means: returned 6 values of all images, expected 5/);
  await refuses({ encoder: { layout: 'nhwc' } }, /encoder\.onnx: does not take the observation's images/);
  await refuses(
    { encoder: { mean: [1, 2], std: [1, 1] } },
    /features\.encoder\.mean: has 2 entries, expected 3/,
  );
  await refuses({ encoder: { std: [1, 1, 1] } }, /features\.encoder: mean and std come together/);
  await refuses({ images: [] }, /features\.encoder: needs observation\.images/);
});
