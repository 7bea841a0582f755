import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, loadOnnx } from '../../src/engine/index.js';
import { cloneBehaviour, defaultCloning, writePolicy } from '../../src/learning/behaviour-cloning.js';
import type { EpisodeData } from '../../src/learning/episode.js';
import { BasePolicy } from '../../src/policy/base-policy.js';
import { loadPolicyFile } from '../../src/policy/manifest.js';
import type { Observed } from '../../src/robot/image-spec.js';
import { denormaliseAction, standardise } from '../../src/robot/normalisation.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { observedState } from '../robot/observed-state.js';

const spec = { observation_names: ['cos', 'sin', 'constant'], joints: ['a', 'b'], control_rate_hz: 20 };
const settings = {
  ...defaultCloning,
  chunk_size: 3,
  execute: 2,
  hidden_size: 32,
  iterations: 500,
  batch_size: 64,
  learning_rate: 5e-3,
};

/** Radians from one step to the next. */
const pace = 0.3;
const observedAt = (phase: number): Observed => observedState(Math.cos(phase), Math.sin(phase), 4);
const actionAt = (phase: number): Float32Array =>
  Float32Array.of(0.5 * Math.cos(phase), 1 + 0.2 * Math.sin(phase));

function circle(start: number, steps: number): EpisodeData {
  const phases = Array.from({ length: steps + 1 }, (_, t) => start + pace * t);
  const executed = phases.slice(0, steps).map(actionAt);
  return {
    id: 'd',
    observation: phases.map(observedAt),
    base: [],
    chunk_step: [],
    features: [],
    executed,
    success: true,
    terminated: true,
  };
}

const random = createRandom(1);
const demos = Array.from({ length: 12 }, () => circle(2 * Math.PI * random.uniform(), 25));

test('a cloned policy reproduces the demonstrated chunks, and its file gives the same actions', async (t) => {
  const losses: number[] = [];
  const { manifest, onnx, loss } = await cloneBehaviour(demos, spec, settings, (progress) =>
    losses.push(progress.loss),
  );
  assert.equal(losses.length, 500);
  assert.ok(loss < 0.01 * losses[0], `loss ${losses[0]} -> ${loss}`);
  const { observation, action, training_data, control_rate_hz } = manifest;
  assert.deepEqual(
    [observation.names, action.joints, control_rate_hz],
    [spec.observation_names, spec.joints, 20],
  );
  assert.deepEqual([training_data?.episodes, training_data?.transitions], [12, 300]);
  assert.ok(Math.abs(action.lower[0] + 0.5) < 0.02 && Math.abs(action.upper[1] - 1.2) < 0.02);

  const folder = scratchFolder(t);
  writePolicy(folder, manifest, onnx);
  const file = loadPolicyFile(folder);
  assert.deepEqual(file.manifest, manifest, 'nothing is lost in YAML');
  assert.equal(file.sha256, manifest.sha256);
  const policy = await BasePolicy.load(folder);
  const model = await loadOnnx(onnx);
  const { mean = [], std = [], clip } = observation;
  for (let phase = 0; phase < 2 * Math.PI; phase += 0.4) {
    const data = standardise(observedAt(phase).state, { mean, std, clip });
    const chunk = (await model.run({ observation: { data, shape: [1, 3] } })).action;
    assert.deepEqual(chunk.shape, [1, 3, 2]);
    policy.reset();
    for (let k = 0; k < 3; k++) {
      const row = denormaliseAction(chunk.data.slice(2 * k, 2 * k + 2), action);
      const wanted = actionAt(phase + pace * k);
      row.forEach((value, j) =>
        assert.ok(
          Math.abs(value - wanted[j]) < 0.05,
          `phase ${phase}, step ${k}: ${value}, shown ${wanted[j]}`,
        ),
      );
      if (k === settings.execute) break;
      const features = new Float32Array();
      assert.deepEqual(await policy.act(observedAt(phase)), { values: row, chunk_step: k, features });
    }
  }
  await policy.dispose();
  await model.dispose();
});

test('the same seed and demonstrations give the same file; others give another hash', async () => {
  const short = { ...settings, iterations: 3 };
  const first = await cloneBehaviour(demos, spec, short);
  const again = await cloneBehaviour(demos, spec, short);
  assert.equal(first.manifest.sha256, again.manifest.sha256);
  const other = await cloneBehaviour(demos.slice(1), spec, short);
  assert.notEqual(other.manifest.sha256, first.manifest.sha256);
  assert.notEqual(other.manifest.training_data?.sha256, first.manifest.training_data?.sha256);
});

test("the padding after an episode's end is not learned", async () => {
  // One step each, so that of each chunk only the first action was shown; the others are left to chance.
  const single = Array.from({ length: 16 }, (_, i) => circle(i, 1));
  const { loss, onnx, manifest } = await cloneBehaviour(single, spec, { ...settings, iterations: 200 });
  const { mean = [], std = [], clip } = manifest.observation;
  const model = await loadOnnx(onnx);
  let [first, rest] = [0, 0];
  for (const { observation, executed } of single) {
    const data = standardise(observation[0].state, { mean, std, clip });
    const chunk = (await model.run({ observation: { data, shape: [1, 3] } })).action.data;
    const rows = [0, 1, 2].map((k) => denormaliseAction(chunk.slice(2 * k, 2 * k + 2), manifest.action));
    first += Math.abs(rows[0][0] - executed[0][0]) / 16;
    rest += Math.abs(rows[2][0] - executed[0][0]) / 16;
  }
  assert.ok(loss < 1e-2);
  assert.ok(first < 0.05 && rest > 0.2, `error ${first} of the first action, ${rest} of the padding`);
  await model.dispose();
});

test('nothing to clone, and demonstrations with NaN, are errors', async () => {
  await assert.rejects(cloneBehaviour([], spec, settings), /there is no demonstration to clone/);
  const broken = { ...demos[0], executed: demos[0].executed.map(() => Float32Array.of(NaN, 1)) };
  await assert.rejects(
    cloneBehaviour([broken], spec, { ...settings, iterations: 2 }),
    /loss is NaN at iteration 0/,
  );
});
