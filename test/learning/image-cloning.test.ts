import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/engine/index.js';
import { cloneBehaviour, defaultImageCloning, writePolicy } from '../../src/learning/behaviour-cloning.js';
import type { EpisodeData } from '../../src/learning/episode.js';
import { BasePolicy } from '../../src/policy/base-policy.js';
import { checkPolicyFitsTask } from '../../src/policy/manifest.js';
import type { ImageSpec, Observed } from '../../src/robot/image-spec.js';
import { scratchFolder } from '../config/scratch-folder.js';

const image: ImageSpec = { camera: 'eye', width: 24, height: 24, encoding: 'mono8', crop: [0, 0, 1, 1] };
const spec = {
  observation_names: ['constant'],
  joints: ['pan', 'tilt'],
  control_rate_hz: 10,
  images: [image],
};
const settings = { ...defaultImageCloning, chunk_size: 2, execute: 2, hidden_size: 32, points: 4 };

/** A bright square on dark ground at (x, y); the state tells nothing of it. */
function seen(x: number, y: number): Observed {
  const pixels = new Uint8Array(24 * 24).fill(20);
  for (let row = y; row < y + 5; row++) pixels.fill(240, 24 * row + x, 24 * row + x + 5);
  return { state: Float32Array.of(1), images: [pixels] };
}

/** Where the robot has to look: the square's place, in rad. */
const answer = (x: number, y: number): Float32Array => Float32Array.of(0.05 * x - 0.5, 0.4 - 0.05 * y);

const random = createRandom(2);
const demos = Array.from({ length: 60 }, (_, i): EpisodeData => {
  const places = Array.from({ length: 5 }, () => [random.integer(20), random.integer(20)] as const);
  // The next action is not to be guessed from this image: only the first of a chunk can be learned.
  return {
    id: String(i),
    observation: places.map(([x, y]) => seen(x, y)),
    ...{ base: [], chunk_step: [], features: [], success: true, terminated: true },
    executed: places.slice(0, -1).map(([x, y]) => answer(x, y)),
  };
});

test('a policy cloned from images finds what the state does not tell, and gives features at every step', async (t) => {
  const learned = await cloneBehaviour(demos, spec, {
    ...settings,
    ...{ chunk_size: 1, execute: 1, iterations: 400, batch_size: 32, learning_rate: 3e-3, random_shift: 0 },
  });
  const folder = scratchFolder(t);
  writePolicy(folder, learned.manifest, learned.onnx);
  const policy = await BasePolicy.load(folder);
  const task = { ...spec, file: 'task.yaml', images: [image], action_joints: spec.joints };
  checkPolicyFitsTask(policy.file, task);
  assert.equal(policy.manifest.features?.size, 8);
  let worst = 0;
  for (const [x, y] of [
    [2, 3],
    [9, 15],
    [18, 7],
  ] as const) {
    const { values, features } = await policy.act(seen(x, y));
    assert.equal(features.length, 8);
    values.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - answer(x, y)[i]))));
  }
  assert.ok(worst < 0.05, `${worst} rad off, a pixel is 0.05 rad`);
  await policy.dispose();
});

test('features are those of the present image while a chunk goes on', async (t) => {
  const { manifest, onnx } = await cloneBehaviour(demos, spec, { ...settings, iterations: 2 });
  const folder = scratchFolder(t);
  writePolicy(folder, manifest, onnx);
  const policy = await BasePolicy.load(folder);
  const first = await policy.act(seen(1, 1));
  const second = await policy.act(seen(15, 12));
  assert.deepEqual([first.chunk_step, second.chunk_step], [0, 1]);
  assert.notDeepEqual(second.features, first.features);
  policy.reset();
  const fresh = await policy.act(seen(15, 12));
  assert.deepEqual(fresh.features, second.features);
  await policy.dispose();
});

test('images moved at random give another policy, the same one for the same seed', async () => {
  const short = { ...settings, iterations: 2 };
  const hashes = [];
  for (const random_shift of [0, 2, 2])
    hashes.push((await cloneBehaviour(demos, spec, { ...short, random_shift })).manifest.sha256);
  assert.notEqual(hashes[0], hashes[1]);
  assert.equal(hashes[1], hashes[2]);
});
