import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import proto from 'onnx-proto';
import { stringify } from 'yaml';
import { exportOnnx, tf } from '../../src/engine/index.js';
import { BasePolicy } from '../../src/policy/base-policy.js';
import {
  checkPolicyFitsTask,
  loadPolicyFile,
  type PolicyFile,
  type PolicyTask,
} from '../../src/policy/manifest.js';
import { observedState } from '../robot/observed-state.js';

const task: PolicyTask = {
  file: 'reach.yaml',
  control_rate_hz: 10,
  observation_names: ['elbow.position', 'wrist.position', 'hand.position.x'],
  images: [],
  action_joints: ['elbow', 'wrist'],
};

const manifest = {
  policy: 'policy.onnx',
  control_rate_hz: 10,
  observation: { input: 'observation', names: task.observation_names },
  action: { output: 'action', joints: task.action_joints, normalised: false, lower: [-9, -9], upper: [9, 9] },
};

/** action = observation * weights; 3 x 2. */
const weights = [1, 2, 3, 4, 5, 6];

function policyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'graft-policy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const onnx = exportOnnx(
    ({ observation }) => ({ action: tf.matMul(observation, tf.tensor2d(weights, [3, 2])) }),
    { observation: { shape: [1, 3] } },
  );
  writeFileSync(join(folder, 'policy.onnx'), onnx);
  writeManifest(folder, {});
  return folder;
}

function writeManifest(folder: string, changes: object): void {
  writeFileSync(join(folder, 'manifest.yaml'), stringify({ ...manifest, ...changes }));
}

/** Moves the weights into a file of their own, as PyTorch's exporter does. */
function moveWeightsOut(folder: string): void {
  const file = join(folder, 'policy.onnx');
  const model = proto.onnx.ModelProto.decode(readFileSync(file));
  const tensor = model.graph?.initializer?.find(({ dims }) => dims?.length === 2);
  assert.ok(tensor);
  tensor.rawData = null;
  tensor.floatData = [];
  tensor.dataLocation = proto.onnx.TensorProto.DataLocation.EXTERNAL;
  tensor.externalData = [
    { key: 'location', value: 'policy.onnx.data' },
    { key: 'offset', value: '0' },
    { key: 'length', value: '24' },
  ];
  writeFileSync(file, proto.onnx.ModelProto.encode(model).finish());
  writeFileSync(join(folder, 'policy.onnx.data'), Buffer.from(Float32Array.from(weights).buffer));
}

async function act(folder: string): Promise<number[]> {
  const policy = await BasePolicy.load(folder);
  const { values } = await policy.act(observedState(1, 0, -1));
  await policy.dispose();
  return [...values];
}

test('a policy with its weights beside it runs, and the hash covers both files', async (t) => {
  const folder = policyFolder(t);
  assert.deepEqual(await act(folder), [-4, -4]);
  moveWeightsOut(folder);
  assert.deepEqual(await act(folder), [-4, -4]);
  const both = ['policy.onnx', 'policy.onnx.data'].map((name) => readFileSync(join(folder, name)));
  const sha256 = createHash('sha256').update(Buffer.concat(both)).digest('hex');
  assert.equal(loadPolicyFile(folder).sha256, sha256);
  writeManifest(folder, { sha256 });
  assert.deepEqual(await act(folder), [-4, -4]);
  writeFileSync(join(folder, 'policy.onnx.data'), Buffer.alloc(24));
  await assert.rejects(BasePolicy.load(folder), /sha256.*the frozen policy was changed/);
  rmSync(join(folder, 'policy.onnx.data'));
  await assert.rejects(BasePolicy.load(folder), /policy\.onnx\.data cannot be read/);
});

test('a manifest that the task does not fit is refused, key by key', (t) => {
  const folder = policyFolder(t);
  const changed = (changes: object): PolicyFile => {
    writeManifest(folder, changes);
    return loadPolicyFile(folder);
  };
  const { observation, action } = manifest;
  const refused = (changes: object, reason: RegExp): void =>
    assert.throws(() => checkPolicyFitsTask(changed(changes), task), reason);
  checkPolicyFitsTask(changed({}), task);
  checkPolicyFitsTask(changed({ action: { ...action, joints: ['wrist', 'elbow'] } }), task);
  refused({ control_rate_hz: 30 }, /control_rate_hz: is 30 Hz, reach\.yaml runs at 10 Hz/);
  refused(
    { observation: { ...observation, names: ['wrist.position', 'elbow.position', 'hand.position.x'] } },
    /observation\.names\.0: is wrist\.position, reach\.yaml sends elbow\.position/,
  );
  refused(
    { observation: { ...observation, names: task.observation_names.slice(0, 2) } },
    /observation\.names\.2: is not there, reach\.yaml sends hand\.position\.x/,
  );
  const head = { input: 'head', image: { camera: 'head', width: 8, height: 8 } };
  refused(
    { observation: { ...observation, images: [head] } },
    /observation\.images\.0: is head, which reach\.yaml does not send/,
  );
  refused(
    { action: { ...action, joints: ['elbow', 'thumb'] } },
    /action\.joints: lacks wrist, which reach\.yaml moves/,
  );
  refused(
    { action: { ...action, joints: ['elbow', 'wrist', 'thumb'], lower: [-1, -1, -1], upper: [1, 1, 1] } },
    /action\.joints: has thumb, which reach\.yaml does not move/,
  );
});
