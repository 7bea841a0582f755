import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import proto from 'onnx-proto';
import { exportOnnx, tf, type Program } from '../../src/engine/index.js';
import { BasePolicy } from '../../src/policy/base-policy.js';
import { checkPolicyFitsTask, loadPolicyFile, type PolicyTask } from '../../src/policy/manifest.js';
import type { ImageSpec, Observed } from '../../src/robot/image-spec.js';
import { policyFolder, twoJoints, type ManifestPart } from './policy-folder.js';

/** Width and height differ, so that no mistaken order of dimensions goes unseen. */
const [width, height] = [10, 8];
const head = { camera: 'head', width, height };
const wrist = { camera: 'wrist', width, height, encoding: 'mono8' };
const pixels = width * height;
const size = 4 * pixels;

/** Features show each input as the file gets it: the head's image, then the wrist's. Actions: the state, twice it, three times it. */
const showing: Program = ({ observation, head, wrist }) => ({
  action: tf.stack([observation, tf.mul(observation, 2), tf.mul(observation, 3)], 1),
  features: tf.concat([tf.reshape(head, [1, 3 * pixels]), tf.reshape(wrist, [1, pixels])], 1),
});
const inputs = {
  observation: { shape: [1, 2] },
  head: { shape: [1, 3, height, width] },
  wrist: { shape: [1, 1, height, width] },
};

type Changes = {
  head?: ManifestPart;
  wrist?: ManifestPart;
  features?: ManifestPart;
  manifest?: ManifestPart;
  onnx?: Uint8Array;
};

/** A folder with a policy of two numbers and two images, and a manifest with `changes`. */
function showingPolicy(t: TestContext, changes: Changes = {}): string {
  const images = [
    { input: 'head', image: head, ...changes.head },
    { input: 'wrist', image: wrist, ...changes.wrist },
  ];
  return policyFolder(t, changes.onnx ?? exportOnnx(showing, inputs), {
    observation: { input: 'observation', names: ['x', 'y'], images },
    features: { output: 'features', size, ...changes.features },
    action: { ...twoJoints, execute: 3 },
    ...changes.manifest,
  });
}

/** Every byte of an image another one, as far as a byte goes; `first` is the first. */
function observed(x: number, first = 0): Observed {
  const image = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, i) => first + i);
  return { state: Float32Array.of(x, -x), images: [image(3 * pixels), image(pixels)] };
}

function assertClose(actual: Float32Array, expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] - value) < 1e-4, `${what}: ${i} is ${actual[i]}, expected ${value}`);
  });
}

/** What the head's input has to hold, from its definition: (byte * scale - mean) / std at each place of the layout. */
function expectedHead(layout: string, value: (byte: number, channel: number) => number): number[] {
  const out = new Array<number>(3 * pixels);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let channel = 0; channel < 3; channel++) {
        const last = (row * width + column) * 3 + channel;
        const first = (channel * height + row) * width + column;
        out[layout === 'nhwc' ? last : first] = value(last, channel);
      }
  return out;
}

for (const layout of ['nchw', 'nhwc']) {
  test(`an image is scaled, standardised by channel and laid out as ${layout}`, async (t) => {
    const [mean, std] = [
      [10, 20, 30],
      [1, 2, 4],
    ];
    const shape = layout === 'nchw' ? inputs.head.shape : [1, height, width, 3];
    const onnx = exportOnnx(showing, { ...inputs, head: { shape } });
    const folder = showingPolicy(t, { onnx, head: { layout, scale: 0.5, mean, std } });
    const policy = await BasePolicy.load(folder);
    const { features } = await policy.act(observed(1));
    const value = (byte: number, channel: number): number => (byte * 0.5 - mean[channel]) / std[channel];
    assertClose(features.slice(0, 3 * pixels), expectedHead(layout, value), layout);
    await policy.dispose();
  });
}

test('bytes become 0 to 1 where the manifest says nothing, channels first', async (t) => {
  const policy = await BasePolicy.load(showingPolicy(t));
  const { features } = await policy.act(observed(1));
  const greys = Array.from({ length: pixels }, (_, i) => i / 255);
  assertClose(features, [...expectedHead('nchw', (byte) => byte / 255), ...greys], 'both images');
  await policy.dispose();
});

test('features are about the present observation at every step, while the chunk of an earlier one goes on', async (t) => {
  const policy = await BasePolicy.load(showingPolicy(t));
  const step = async (x: number, first: number): Promise<unknown> => {
    const { values, chunk_step, features } = await policy.act(observed(x, first));
    return [...values, chunk_step, Math.round(features[0] * 255)];
  };
  assert.deepEqual(await step(10, 1), [10, -10, 0, 1]);
  assert.deepEqual(
    await step(20, 2),
    [20, -20, 1, 2],
    'twice the state of the first step, features of this one',
  );
  assert.deepEqual(await step(30, 3), [30, -30, 2, 3]);
  assert.deepEqual(await step(40, 4), [40, -40, 0, 4], 'the next chunk');
  await policy.dispose();
});

test('features that the manifest does not name are not given', async (t) => {
  const policy = await BasePolicy.load(showingPolicy(t, { manifest: { features: undefined } }));
  assert.equal((await policy.act(observed(1))).features.length, 0);
  await policy.dispose();
});

test('a policy may see images only', async (t) => {
  const brightness: Program = ({ wrist }) => ({ action: tf.reshape(tf.mean(wrist), [1, 1]) });
  const policy = await BasePolicy.load(
    showingPolicy(t, {
      onnx: exportOnnx(brightness, { wrist: inputs.wrist }),
      manifest: {
        observation: { input: 'observation', names: [], images: [{ input: 'wrist', image: wrist }] },
        features: undefined,
        action: { output: 'action', joints: ['a'], normalised: false, lower: [-1], upper: [1] },
      },
    }),
  );
  const white = new Uint8Array(pixels).fill(255);
  const { values } = await policy.act({ state: new Float32Array(), images: [white] });
  assertClose(values, [1], 'the mean of a white image');
  await policy.dispose();
});

test('an observation with an image missing or of another size is refused, and the next one is answered', async (t) => {
  const policy = await BasePolicy.load(showingPolicy(t));
  const { state, images } = observed(1);
  await assert.rejects(
    policy.act({ state, images: images.slice(0, 1) }),
    /observation has 1 images, the policy expects 2/,
  );
  await assert.rejects(
    policy.act({ state, images: [images[0], images[0]] }),
    /image of wrist has 240 bytes, the policy expects 80/,
  );
  assert.equal((await policy.act({ state, images })).chunk_step, 0);
  await policy.dispose();
});

/** A policy whose features are as many as it is given numbers, with that size left open as exporters with dynamic axes do. */
function openFeatures(): Uint8Array {
  const program: Program = (t) => ({ ...showing(t), features: tf.mul(t.observation, 2) });
  const model = proto.onnx.ModelProto.decode(exportOnnx(program, inputs));
  const ports = [...(model.graph?.input ?? []), ...(model.graph?.output ?? [])];
  for (const { name, type } of ports) {
    if (name !== 'observation' && name !== 'features') continue;
    assert.ok(type?.tensorType?.shape?.dim);
    type.tensorType.shape.dim[1] = proto.onnx.TensorShapeProto.Dimension.create({ dimParam: 'size' });
  }
  return proto.onnx.ModelProto.encode(model).finish();
}

const unseeing: Program = (t) => ({ action: showing(t).action });
const infinite: Program = (t) => ({ ...showing(t), features: tf.div(1, tf.mul(showing(t).features, 0)) });

/** What is wrong, and the end of the error that says so; every one is a ConfigError that begins with a file of the folder. */
const faults: readonly [string, Changes, RegExp][] = [
  [
    'an image of another size',
    { head: { image: { ...head, width: 12 } } },
    /policy\.onnx: head: has shape \[1, 3, 8, 10\], the manifest says \[1, 3, 8, 12\]$/,
  ],
  [
    'an image of other channels',
    { head: { image: { ...head, encoding: 'mono8' } } },
    /policy\.onnx: head: has shape \[1, 3, 8, 10\], the manifest says \[1, 1, 8, 10\]$/,
  ],
  [
    'channels last where the file has them first',
    { head: { layout: 'nhwc' } },
    /policy\.onnx: head: has shape \[1, 3, 8, 10\], the manifest says \[1, 8, 10, 3\]$/,
  ],
  [
    'an image input that is not there',
    { head: { input: 'top' } },
    /policy\.onnx: top: no such input; it has observation, head, wrist$/,
  ],
  [
    'an image that the manifest does not name',
    { manifest: { observation: { input: 'observation', names: ['x', 'y'] } } },
    /policy\.onnx: head, wrist: input that the manifest does not name$/,
  ],
  [
    'a mean of another number of channels',
    { wrist: { mean: [0, 0, 0], std: [1, 1, 1] } },
    /manifest\.yaml: observation\.images\.1\.mean: has 3 entries, expected 1$/,
  ],
  [
    'a mean without std',
    { head: { mean: [0, 0, 0] } },
    /manifest\.yaml: observation\.images\.0: mean and std come together or not at all$/,
  ],
  [
    'an unknown layout',
    { head: { layout: 'chw' } },
    /manifest\.yaml: observation\.images\.0\.layout: must be one of nchw, nhwc, got "chw"/,
  ],
  [
    'features of another size',
    { features: { size: 512 } },
    /policy\.onnx: features: has shape \[1, 320\], the manifest says \[1, 512\]$/,
  ],
  [
    'features of another size, which the file does not tell',
    { onnx: openFeatures() },
    /policy\.onnx: features: returned 2 values, expected 320$/,
  ],
  [
    'features that are not there',
    { onnx: exportOnnx(unseeing, inputs) },
    /policy\.onnx: features: no such output; it has action$/,
  ],
  [
    'features that are infinite',
    { onnx: exportOnnx(infinite, inputs) },
    /policy\.onnx: .*policy\.onnx returned a feature that is not finite$/,
  ],
  [
    'a mean of features too short',
    { features: { mean: [0], std: [1] } },
    /manifest\.yaml: features\.mean: has 1 entries, expected 320$/,
  ],
];

for (const [what, changes, expected] of faults) {
  test(`a manifest that does not fit is refused at the start: ${what}`, async (t) => {
    await assert.rejects(BasePolicy.load(showingPolicy(t, changes)), {
      name: 'ConfigError',
      message: expected,
    });
  });
}

test('a policy that sees other images than the task sends is refused, key by key', (t) => {
  const file = loadPolicyFile(showingPolicy(t));
  const [seen, grey] = file.manifest.observation.images.map(({ image }) => image);
  const refused = (images: readonly ImageSpec[], reason: RegExp): void => {
    const task: PolicyTask = {
      file: 'reach.yaml',
      control_rate_hz: 10,
      observation_names: ['x', 'y'],
      images,
      action_joints: ['a', 'b'],
    };
    assert.throws(() => checkPolicyFitsTask(file, task), { name: 'ConfigError', message: reason });
  };
  refused(
    [{ ...seen, width: 84 }, grey],
    /manifest\.yaml: observation\.images\.0\.width: is 10, reach\.yaml sends 84$/,
  );
  refused(
    [seen, { ...grey, encoding: 'rgb8' }],
    /images\.1\.encoding: is "mono8", reach\.yaml sends "rgb8"$/,
  );
  refused([grey, seen], /images\.0\.camera: is "head", reach\.yaml sends "wrist"$/);
  refused(
    [{ ...seen, crop: [0, 0, 0.5, 1] }, grey],
    /images\.0\.crop: is \[0,0,1,1\], reach\.yaml sends \[0,0,0\.5,1\]$/,
  );
  refused(
    [seen, { ...grey, range_m: [0, 2] }],
    /images\.1\.range_m: is not given, reach\.yaml sends \[0,2\]$/,
  );
  refused([seen], /manifest\.yaml: observation\.images\.1: is wrist, which reach\.yaml does not send$/);
  refused([seen, grey, seen], /manifest\.yaml: observation\.images: lacks head, which reach\.yaml sends$/);
});
