/** Behaviour cloning with action chunks: demonstrations in, `policy.onnx` and `manifest.yaml` out. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../config/atomic-file.js';
import {
  adamwInitial,
  adamwSignature,
  adamwUpdate,
  compileSteps,
  createRandom,
  loadOnnx,
  tf,
  type CompileOptions,
  type Program,
  type Random,
  type Stepper,
  type Tensor,
  type Values,
} from '../engine/index.js';
import type { FeatureOutput, Manifest } from '../policy/manifest.js';
import { observationFeeds } from '../policy/image-input.js';
import { channelsOf, type ImageSpec } from '../robot/image-spec.js';
import { fitActionRange, fitStandardisation } from '../robot/normalisation.js';
import { cloningRows, drawRows, pixelFeed } from './cloning-dataset.js';
import {
  actionOutput,
  cloningInitial,
  cloningNetwork,
  cloningSignature,
  exportPolicy,
  featureOutput,
  imageFeatures,
  imageInputs,
  observationInput,
  predictChunk,
  type CloningNetwork,
} from './cloning-network.js';
import type { EpisodeData } from './episode.js';

export type CloningSettings = {
  readonly chunk_size: number;
  /** Actions of a chunk that are executed before the policy is asked again. */
  readonly execute: number;
  readonly hidden_size: number;
  readonly iterations: number;
  readonly batch_size: number;
  readonly learning_rate: number;
  readonly weight_decay: number;
  /** Error of an action: its square, or its size (ACT, Zhao et al. 2023), which a few odd demonstrations bend less. */
  readonly loss: 'l1' | 'l2';
  /** Points that the encoder of each camera finds. */
  readonly points: number;
  /** Images are moved by up to so many pixels each way while training. */
  readonly random_shift: number;
  readonly seed: number;
};

export const defaultCloning: CloningSettings = {
  chunk_size: 4,
  execute: 1,
  hidden_size: 256,
  iterations: 1000,
  batch_size: 256,
  learning_rate: 1e-3,
  weight_decay: 0,
  loss: 'l2',
  points: 32,
  random_shift: 0,
  seed: 0,
};

/** What is better with images: fewer rows in a batch, since a row costs a hundred times as much. */
export const defaultImageCloning: CloningSettings = {
  ...defaultCloning,
  iterations: 2000,
  batch_size: 64,
  loss: 'l1',
};

/** What the demonstrations were recorded with. */
export type DemonstrationSpec = {
  readonly observation_names: readonly string[];
  readonly joints: readonly string[];
  readonly control_rate_hz: number;
  /** images of each observation, in order */
  readonly images?: readonly ImageSpec[];
};

export type CloningProgress = {
  readonly iteration: number;
  readonly iterations: number;
  readonly loss: number;
};

/** Standardised observations are clipped to this many standard deviations. */
const observationClip = 5;

/** Rows over which the features' mean and deviation are taken. */
const featureRows = 1000;

/** Only a guard against a bad batch: cloning gradients are far below it. */
const maxGradNorm = 10;

/**
 * Clones the demonstrations: masked error on normalised action chunks, AdamW with a cosine learning rate. With images, an
 * encoder of each camera is trained along with it, and what the encoders find is the policy's features.
 * @returns the manifest and the ONNX file that it describes
 * @throws Error if there is no transition to learn from, or the loss stops being finite
 */
export async function cloneBehaviour(
  demos: readonly EpisodeData[],
  spec: DemonstrationSpec,
  settings: CloningSettings,
  onProgress: (progress: CloningProgress) => void = () => undefined,
  options: CompileOptions = {},
): Promise<{ manifest: Manifest; onnx: Uint8Array; loss: number }> {
  const transitions = demos.reduce((sum, demo) => sum + demo.executed.length, 0);
  if (transitions === 0) throw new Error('there is no demonstration to clone');
  const manifest = describePolicy(demos, spec, settings);
  const network = cloningNetwork(manifest, settings);
  const { weights, loss } = await fit(demos, manifest, network, settings, onProgress, options);
  const onnx = exportPolicy(weights, network, manifest);
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  const features =
    network.encoders.length === 0 ? {} : { features: await describeFeatures(onnx, demos, manifest) };
  return { manifest: { ...manifest, ...features, sha256 }, onnx, loss };
}

/** Writes `policy.onnx` and `manifest.yaml` into `folder`. */
export function writePolicy(folder: string, manifest: Manifest, onnx: Uint8Array): void {
  mkdirSync(folder, { recursive: true });
  writeFileAtomic(join(folder, manifest.policy), onnx);
  writeFileAtomic(join(folder, 'manifest.yaml'), stringify(manifest, { lineWidth: 0 }));
}

function describePolicy(
  demos: readonly EpisodeData[],
  spec: DemonstrationSpec,
  settings: CloningSettings,
): Manifest {
  const states = demos.flatMap((demo) =>
    demo.observation.slice(0, demo.executed.length).map(({ state }) => state),
  );
  const actions = demos.flatMap((demo) => demo.executed);
  const { mean, std } = fitStandardisation(states, spec.observation_names.length, observationClip);
  const { lower, upper } = fitActionRange(actions, spec.joints.length);
  const { chunk_size, execute } = settings;
  const names = spec.observation_names;
  const images = imageInputs(spec.images ?? []);
  return {
    policy: 'policy.onnx',
    control_rate_hz: spec.control_rate_hz,
    observation: { input: observationInput, names, mean, std, clip: observationClip, images },
    action: {
      output: actionOutput,
      joints: spec.joints,
      normalised: true,
      lower,
      upper,
      chunk_size,
      execute,
    },
    training_data: { sha256: hashDemos(demos), episodes: demos.length, transitions: actions.length },
  };
}

function hashDemos(demos: readonly EpisodeData[]): string {
  const hash = createHash('sha256');
  for (const demo of demos) {
    for (const { state, images } of demo.observation) for (const row of [state, ...images]) hash.update(row);
    for (const row of demo.executed) hash.update(row);
  }
  return hash.digest('hex');
}

/** Runs the exported file over the demonstrations, so that a residual gets its features standardised. */
async function describeFeatures(
  onnx: Uint8Array,
  demos: readonly EpisodeData[],
  manifest: Manifest,
): Promise<FeatureOutput> {
  const all = demos.flatMap((demo) => demo.observation.slice(0, demo.executed.length));
  const rows = all.filter((_, i) => i % Math.ceil(all.length / featureRows) === 0);
  const model = await loadOnnx(onnx);
  const found: Float32Array[] = [];
  for (const row of rows) found.push((await model.run(observationFeeds(row, manifest)))[featureOutput].data);
  await model.dispose();
  const size = found[0].length;
  return { output: featureOutput, size, ...fitStandardisation(found, size, observationClip) };
}

/** Trains the network and returns its weights and last loss. */
async function fit(
  demos: readonly EpisodeData[],
  manifest: Manifest,
  network: CloningNetwork,
  settings: CloningSettings,
  onProgress: (progress: CloningProgress) => void,
  options: CompileOptions,
): Promise<{ weights: Values; loss: number }> {
  const random = createRandom(settings.seed);
  const { iterations, batch_size, random_shift } = settings;
  const rows = cloningRows(demos, manifest);
  const stepper = await cloningStepper(manifest, network, settings, random, options);
  let loss = NaN;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const learning_rate = Float32Array.of(cosine(settings.learning_rate, iteration / iterations));
    const batch = drawRows(rows, manifest.observation.images, batch_size, random_shift, random);
    const outputs = await stepper.step('clone', { ...batch, learning_rate });
    loss = outputs.loss[0];
    if (!Number.isFinite(loss)) throw new Error(`the cloning loss is ${loss} at iteration ${iteration}`);
    onProgress({ iteration: iteration + 1, iterations, loss });
  }
  const weights = await stepper.read(Object.keys(cloningSignature(network)));
  await stepper.dispose();
  return { weights, loss };
}

/** Cosine annealing from `rate` to 0 over `progress` in [0, 1] (Loshchilov & Hutter 2017, eq. 5). */
function cosine(rate: number, progress: number): number {
  return 0.5 * rate * (1 + Math.cos(Math.PI * progress));
}

function cloningStepper(
  { observation }: Manifest,
  network: CloningNetwork,
  settings: CloningSettings,
  random: Random,
  options: CompileOptions,
): Promise<Stepper<'clone'>> {
  const { batch_size } = settings;
  const { chunk_size, joints } = network;
  const signature = cloningSignature(network);
  const pixels = observation.images.map(({ image }, i) => {
    const shape = [batch_size, image.height, image.width, channelsOf(image)];
    return [pixelFeed(i), { shape }] as const;
  });
  const clone = {
    state: { shape: [batch_size, observation.names.length] },
    chunk: { shape: [batch_size, chunk_size, joints] },
    mask: { shape: [batch_size, chunk_size] },
    learning_rate: { shape: [] },
    ...Object.fromEntries(pixels),
  };
  const state = { ...signature, ...adamwSignature('adam', signature) };
  const initial = { ...cloningInitial(network, random), ...adamwInitial('adam', signature) };
  return compileSteps({ clone: cloningProgram(network, settings) }, state, { clone }, initial, options);
}

/** One AdamW step down the masked error of the chunk. */
function cloningProgram(network: CloningNetwork, settings: CloningSettings): Program {
  const names = Object.keys(cloningSignature(network));
  const measure = settings.loss === 'l1' ? tf.abs : tf.square;
  return (t) => {
    const pixels = network.encoders.map((_, i) => t[pixelFeed(i)]);
    const error = (params: Record<string, Tensor>): Tensor => {
      const features = pixels.length === 0 ? undefined : imageFeatures(params, network, pixels);
      const difference = tf.sub(predictChunk(params, network, t.state, features), t.chunk);
      const sizes = tf.mean(measure<Tensor>(difference), 2);
      return tf.div(tf.sum(tf.mul(sizes, t.mask)), tf.sum(t.mask));
    };
    const step = adamwUpdate('adam', Object.fromEntries(names.map((name) => [name, t[name]])), error, t, {
      learningRate: t.learning_rate,
      weightDecay: settings.weight_decay,
      maxGradNorm,
    });
    return { ...step.params, ...step.state, loss: step.loss };
  };
}
