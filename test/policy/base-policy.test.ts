import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { exportOnnx, tf, type Program, type Tensor } from '../../src/engine/index.js';
import { withBaseActions } from '../../src/learning/experience.js';
import { BasePolicy } from '../../src/policy/base-policy.js';
import { loadPolicyFile } from '../../src/policy/manifest.js';
import { observedState } from '../robot/observed-state.js';
import { policyFolder, twoJoints, type ManifestPart } from './policy-folder.js';

/** [1, 3, 2]: the observation's two elements, the same plus one, and plus two. */
const counting: Program = ({ observation }) => ({
  action: tf.stack<Tensor>([observation, tf.add(observation, 1), tf.add(observation, 2)], 1),
});

const inputs = { observation: { shape: [1, 2] } };

type Changes = {
  manifest?: ManifestPart;
  observation?: ManifestPart;
  action?: ManifestPart;
  onnx?: Uint8Array;
};

/** A folder with a policy of two observations, two joints and chunks of three, and a manifest with `changes`. */
function countingPolicy(t: TestContext, changes: Changes = {}): string {
  const onnx = changes.onnx ?? exportOnnx(counting, inputs);
  return policyFolder(t, onnx, {
    sha256: createHash('sha256').update(onnx).digest('hex'),
    observation: { input: 'observation', names: ['x', 'y'], ...changes.observation },
    action: { ...twoJoints, execute: 2, ...changes.action },
    ...changes.manifest,
  });
}

test('a chunk is executed step by step; then, or after reset, the policy is asked again', async (t) => {
  const policy = await BasePolicy.load(countingPolicy(t));
  const act = async (x: number): Promise<unknown> => {
    const { values, chunk_step } = await policy.act(observedState(x, -x));
    return [...values, chunk_step];
  };
  assert.deepEqual(await act(10), [10, -10, 0]);
  assert.deepEqual(await act(20), [11, -9, 1], 'the second action of the chunk that was predicted at 10');
  assert.deepEqual(await act(30), [30, -30, 0]);
  policy.reset();
  assert.deepEqual(await act(40), [40, -40, 0], 'a reset begins a new chunk');
  await policy.dispose();
});

test('demonstrations get the base actions of a fresh chunk sequence, one for the last observation as well', async (t) => {
  const policy = await BasePolicy.load(countingPolicy(t));
  await policy.act(observedState(5, 5));
  const observation = [1, 2, 3, 4].map((x) => observedState(x, x));
  const demo = {
    id: 'd',
    observation,
    base: [],
    chunk_step: [],
    features: [],
    executed: [],
    success: true,
    terminated: true,
  };
  const { base, chunk_step } = await withBaseActions(demo, policy);
  assert.deepEqual(
    base.map(([first]) => first),
    [1, 2, 3, 4],
  );
  assert.deepEqual(chunk_step, [0, 1, 0, 1]);
  assert.equal((await policy.act(observedState(9, 9))).chunk_step, 0);
  await policy.dispose();
});

test('observations are standardised and clipped, actions put into the range of the manifest', async (t) => {
  const observation = { mean: [1, 0], std: [2, 1], clip: 1.5 };
  const action = { normalised: true, lower: [0, -2], upper: [4, 2], execute: 1 };
  const policy = await BasePolicy.load(countingPolicy(t, { observation, action }));
  const { values } = await policy.act(observedState(2, 100));
  assert.deepEqual([...values], [3, 3], '0.5 in [0, 4] and the clipped 1.5 in [-2, 2]');
  await policy.dispose();
});

test('an observation with NaN is refused with the name of its element, and the next one is answered', async (t) => {
  const policy = await BasePolicy.load(countingPolicy(t));
  await assert.rejects(policy.act(observedState(1, NaN)), /observation y is NaN/);
  await assert.rejects(policy.act(observedState(-Infinity, 0)), /observation x is -Infinity/);
  await assert.rejects(policy.act(observedState(1)), /observation has 1 elements, the policy expects 2/);
  assert.equal((await policy.act(observedState(1, 2))).chunk_step, 0);
  await policy.dispose();
});

test('frozen means frozen: a policy file that is not the one of the hash is refused', async (t) => {
  const folder = countingPolicy(t);
  const { sha256 } = loadPolicyFile(folder);
  appendFileSync(join(folder, 'policy.onnx'), Buffer.of(0));
  await assert.rejects(BasePolicy.load(folder), {
    name: 'ConfigError',
    message: new RegExp(
      `manifest\\.yaml: sha256: policy\\.onnx has [0-9a-f]{64}, expected ${sha256}: the frozen policy was changed`,
    ),
  });
});

const square: Program = ({ observation }) => ({
  action: tf.reshape(tf.concat([observation, observation, observation]), [3, 1, 2]),
});
const infinite: Program = (t) => ({ action: tf.div(1, tf.mul(counting(t).action, 0)) });
const doubled: Program = (t) => ({ ...counting(t), observation2: tf.add(t.other, 0) });
const integers: Program = ({ observation }) => ({
  action: counting({ observation: tf.cast(observation, 'float32') }).action,
});

/** What is wrong, and the end of the error that says so; every one is a ConfigError that begins with a file of the folder. */
const faults: readonly [string, Changes, RegExp][] = [
  [
    'a mean too short',
    { observation: { mean: [1], std: [1, 1] } },
    /manifest\.yaml: observation\.mean: has 1 entries, expected 2$/,
  ],
  ['too many limits', { action: { upper: [1, 1, 1] } }, /action\.upper: has 3 entries, expected 2$/],
  [
    'a mean without std',
    { observation: { mean: [1, 1] } },
    /observation: mean and std come together or not at all$/,
  ],
  ['a mean that is NaN', { observation: { mean: [NaN, 1], std: [1, 1] } }, /observation\.mean\.0: .*got NaN/],
  [
    'a deviation of zero',
    { observation: { mean: [1, 1], std: [0, 1] } },
    /observation\.std\.0: must be > 0, got 0/,
  ],
  ['limits in the wrong order', { action: { lower: [-1, 2] } }, /action\.upper\.1: b: is not above lower$/],
  [
    'more executed than predicted',
    { action: { execute: 4 } },
    /action\.execute: 4 is more than chunk_size 3$/,
  ],
  [
    'an unknown key',
    { observation: { nams: ['x'] } },
    /observation\.nams: unknown key; did you mean names\?$/,
  ],
  ['a missing key', { manifest: { control_rate_hz: undefined } }, /control_rate_hz: is missing$/],
  [
    'a file that is not there',
    { manifest: { policy: 'p.onnx' } },
    /policy: .*p\.onnx cannot be read: ENOENT/,
  ],
  [
    'another input name',
    { observation: { input: 'obs' } },
    /policy\.onnx: obs: no such input; it has observation$/,
  ],
  ['another output name', { action: { output: 'act' } }, /policy\.onnx: act: no such output; it has action$/],
  [
    'another observation',
    { observation: { names: ['x', 'y', 'z'] } },
    /observation: has shape \[1, 2\], the manifest says \[1, 3\]$/,
  ],
  [
    'another chunk',
    { action: { chunk_size: 4 } },
    /action: has shape \[1, 3, 2\], the manifest says \[1, 4, 2\]$/,
  ],
  [
    'dimensions in another order',
    { onnx: exportOnnx(square, inputs) },
    /action: has shape \[3, 1, 2\], the manifest says \[1, 3, 2\]$/,
  ],
  [
    'another dtype',
    { onnx: exportOnnx(integers, { observation: { shape: [1, 2], dtype: 'int32' } }) },
    /observation: is int32, expected float32$/,
  ],
  [
    'a second input',
    { onnx: exportOnnx(doubled, { ...inputs, other: { shape: [1] } }) },
    /other: input that the manifest does not name$/,
  ],
  [
    'bytes that are no ONNX',
    { onnx: Buffer.from('not a network') },
    /policy\.onnx: is not an ONNX file that can be run: /,
  ],
  [
    'an output that is infinite',
    { onnx: exportOnnx(infinite, inputs) },
    /policy\.onnx: .*returned a value that is not finite$/,
  ],
];

for (const [what, changes, expected] of faults) {
  test(`a manifest that does not fit is refused at the start: ${what}`, async (t) => {
    await assert.rejects(BasePolicy.load(countingPolicy(t, changes)), {
      name: 'ConfigError',
      message: expected,
    });
  });
}

test('a policy without chunks may return [1, joints]', async (t) => {
  const flat: Program = ({ observation }) => ({ action: tf.mul(observation, 2) });
  const onnx = exportOnnx(flat, inputs);
  const policy = await BasePolicy.load(countingPolicy(t, { onnx, action: { chunk_size: 1, execute: 1 } }));
  assert.deepEqual([...(await policy.act(observedState(1, 2))).values], [2, 4]);
  await policy.dispose();
});
