import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageInput, Manifest } from '../../src/policy/manifest.js';
import {
  residualImages,
  residualInput,
  residualNumbers,
  residualView,
  residualViews,
  type ResidualView,
} from '../../src/policy/residual-input.js';
import type { ImageSpec, Observed } from '../../src/robot/image-spec.js';

const image: ImageSpec = { camera: 'head', width: 2, height: 1, encoding: 'mono8', crop: [0, 0, 1, 1] };
const seesHead: ImageInput = { input: 'head', image, layout: 'nchw', scale: 1 / 255 };

/** Sees two numbers and nothing else. */
const blind: Manifest = {
  policy: 'policy.onnx',
  control_rate_hz: 10,
  observation: { input: 'observation', names: ['x', 'y'], mean: [1, 0], std: [2, 0.5], clip: 5, images: [] },
  action: {
    ...{ output: 'action', joints: ['a'], normalised: true, lower: [-1], upper: [1] },
    ...{ chunk_size: 1, execute: 1 },
  },
};
const seeing: Manifest = { ...blind, observation: { ...blind.observation, images: [seesHead] } };
const encoding: Manifest = {
  ...seeing,
  features: { output: 'features', size: 3, mean: [0, 1, 2], std: [1, 2, 4], clip: 1.5 },
};

const observed: Observed = { state: Float32Array.of(3, 10), images: [Uint8Array.of(7, 255)] };
const features = Float32Array.of(0.5, 2, 100);
/** (3 - 1) / 2, and 20 clipped to 5 */
const state = [1, 5];

test('each view sees the standardised state, and beside it what its name says', () => {
  const seen = (view: ResidualView): unknown => {
    const { numbers, images } = residualInput(observed, features, encoding, view);
    assert.equal(numbers.length, residualNumbers(encoding, view));
    assert.equal(images.length, residualImages(encoding, view).length);
    return { numbers: [...numbers], images };
  };
  assert.deepEqual(seen('state'), { numbers: state, images: [] });
  assert.deepEqual(seen('images'), { numbers: state, images: observed.images });
  assert.deepEqual(seen('features'), { numbers: [...state, 0.5, 0.5, 1.5], images: [] });
  assert.deepEqual(residualImages(encoding, 'images'), [image]);
});

test('what the manifest does not standardise is seen as it is', () => {
  const { input, names, clip, images } = seeing.observation;
  const raw = {
    ...seeing,
    observation: { input, names, clip, images },
    features: { output: 'features', size: 3, clip },
  };
  const { numbers } = residualInput(observed, features, raw, 'features');
  assert.deepEqual([...numbers], [...observed.state, ...features]);
});

test('the view auto: features where the policy gives them, else the images it sees, else the state', () => {
  assert.equal(residualView('auto', blind), 'state');
  assert.equal(residualView('auto', seeing), 'images');
  assert.equal(residualView('auto', encoding), 'features');
  const { features: ofNumbers } = encoding;
  assert.ok(ofNumbers !== undefined);
  assert.equal(residualView('auto', { ...blind, features: ofNumbers }), 'state');
});

test('a view that is named is taken if the policy has what it needs', () => {
  for (const view of residualViews) assert.equal(residualView(view, encoding), view);
  const refused = (view: ResidualView, manifest: Manifest, problem: string): void =>
    assert.throws(() => residualView(view, manifest), {
      ...{ name: 'ConfigError', file: 'residual_learner', key: 'view', problem },
    });
  refused('features', seeing, 'is features, and the manifest of the policy names none');
  refused('images', blind, 'is images, and the policy sees none');
});

test('a step of another length than the manifest says is refused', () => {
  const short = { ...observed, state: Float32Array.of(1) };
  for (const view of residualViews)
    assert.throws(
      () => residualInput(short, features, encoding, view),
      /observation has 1 elements, expected 2/,
    );
  assert.throws(
    () => residualInput(observed, new Float32Array(), encoding, 'features'),
    /the base action has 0 features, expected 3/,
  );
  assert.equal(residualInput(observed, new Float32Array(), encoding, 'state').numbers.length, 2);
});
