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
  exportOnnx,
  mlpForward,
  mlpInitial,
  mlpSignature,
  tf,
  type CompileOptions,
  type MlpShape,
  type Program,
  type Random,
  type Stepper,
  type Tensor,
  type Values,
} from '../engine/index.js';
import type { Manifest } from '../policy/manifest.js';
import { fitActionRange, fitStandardisation, normaliseAction, standardise } from '../robot/normalisation.js';
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
  seed: 0,
};

/** What the demonstrations were recorded with. */
export type DemonstrationSpec = {
  readonly observation_names: readonly string[];
  readonly joints: readonly string[];
  readonly control_rate_hz: number;
};

export type CloningProgress = {
  readonly iteration: number;
  readonly iterations: number;
  readonly loss: number;
};

/** Standardised observations are clipped to this many standard deviations. */
const observationClip = 5;

/** Only a guard against a bad batch: cloning gradients are far below it. */
const maxGradNorm = 10;

/** Rows to learn from: observation, the chunk that followed it, and which of its actions exist. */
type Dataset = {
  readonly input: Float32Array[];
  readonly chunk: Float32Array[];
  readonly mask: Float32Array[];
};

/**
 * Clones the demonstrations: mean squared error on normalised action chunks, AdamW with a cosine learning rate.
 * Chunks are padded with the episode's last action, which the loss leaves out.
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
  const dataset = buildDataset(demos, manifest);
  const { weights, loss } = await fit(dataset, manifest, settings, onProgress, options);
  const onnx = exportPolicy(weights, manifest, settings);
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  return { manifest: { ...manifest, sha256 }, onnx, loss };
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
  return {
    policy: 'policy.onnx',
    control_rate_hz: spec.control_rate_hz,
    observation: {
      ...{ input: 'observation', names: spec.observation_names, mean, std, clip: observationClip },
      images: [],
    },
    action: { output: 'action', joints: spec.joints, normalised: true, lower, upper, chunk_size, execute },
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

function buildDataset(demos: readonly EpisodeData[], { observation, action }: Manifest): Dataset {
  const dataset: Dataset = { input: [], chunk: [], mask: [] };
  const { mean = [], std = [], clip } = observation;
  const { lower, upper, chunk_size, joints } = action;
  for (const demo of demos) {
    const actions = demo.executed.map((values) => normaliseAction(values, { lower, upper }));
    for (let t = 0; t < actions.length; t++) {
      dataset.input.push(standardise(demo.observation[t].state, { mean, std, clip }));
      const chunk = new Float32Array(chunk_size * joints.length);
      const mask = new Float32Array(chunk_size);
      for (let k = 0; k < chunk_size; k++) {
        chunk.set(actions[Math.min(t + k, actions.length - 1)], k * joints.length);
        mask[k] = t + k < actions.length ? 1 : 0;
      }
      dataset.chunk.push(chunk);
      dataset.mask.push(mask);
    }
  }
  return dataset;
}

function network({ observation, action }: Manifest, { hidden_size }: CloningSettings): MlpShape {
  const outputs = action.chunk_size * action.joints.length;
  return { inputs: observation.names.length, hidden: [hidden_size, hidden_size], outputs, layerNorm: false };
}

/** [batch, chunk_size, joints] */
function predict(
  params: Record<string, Tensor>,
  input: Tensor,
  manifest: Manifest,
  settings: CloningSettings,
): Tensor {
  const { chunk_size, joints } = manifest.action;
  const output = mlpForward('policy', network(manifest, settings), params, input);
  return tf.reshape(output, [-1, chunk_size, joints.length]);
}

/** Trains the network and returns its weights and last loss. */
async function fit(
  dataset: Dataset,
  manifest: Manifest,
  settings: CloningSettings,
  onProgress: (progress: CloningProgress) => void,
  options: CompileOptions,
): Promise<{ weights: Values; loss: number }> {
  const random = createRandom(settings.seed);
  const { iterations, batch_size } = settings;
  const stepper = await cloningStepper(manifest, settings, random, options);
  let loss = NaN;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const learning_rate = Float32Array.of(cosine(settings.learning_rate, iteration / iterations));
    const outputs = await stepper.step('clone', { ...drawBatch(dataset, batch_size, random), learning_rate });
    loss = outputs.loss[0];
    if (!Number.isFinite(loss)) throw new Error(`the cloning loss is ${loss} at iteration ${iteration}`);
    onProgress({ iteration: iteration + 1, iterations, loss });
  }
  const weights = await stepper.read(Object.keys(mlpSignature('policy', network(manifest, settings))));
  await stepper.dispose();
  return { weights, loss };
}

/** Cosine annealing from `rate` to 0 over `progress` in [0, 1] (Loshchilov & Hutter 2017, eq. 5). */
function cosine(rate: number, progress: number): number {
  return 0.5 * rate * (1 + Math.cos(Math.PI * progress));
}

function cloningStepper(
  manifest: Manifest,
  settings: CloningSettings,
  random: Random,
  options: CompileOptions,
): Promise<Stepper<'clone'>> {
  const { batch_size } = settings;
  const { chunk_size, joints } = manifest.action;
  const signature = mlpSignature('policy', network(manifest, settings));
  const clone = {
    input: { shape: [batch_size, manifest.observation.names.length] },
    chunk: { shape: [batch_size, chunk_size, joints.length] },
    mask: { shape: [batch_size, chunk_size] },
    learning_rate: { shape: [] },
  };
  const state = { ...signature, ...adamwSignature('adam', signature) };
  const weights = mlpInitial('policy', network(manifest, settings), random);
  const initial = { ...weights, ...adamwInitial('adam', signature) };
  return compileSteps({ clone: cloningProgram(manifest, settings) }, state, { clone }, initial, options);
}

/** One AdamW step down the masked mean squared error of the chunk. */
function cloningProgram(manifest: Manifest, settings: CloningSettings): Program {
  const names = Object.keys(mlpSignature('policy', network(manifest, settings)));
  return (t) => {
    const error = (params: Record<string, Tensor>): Tensor => {
      const difference = tf.sub(predict(params, t.input, manifest, settings), t.chunk);
      const squared = tf.mean(tf.square(difference), 2);
      return tf.div(tf.sum(tf.mul(squared, t.mask)), tf.sum(t.mask));
    };
    const step = adamwUpdate('adam', Object.fromEntries(names.map((name) => [name, t[name]])), error, t, {
      learningRate: t.learning_rate,
      weightDecay: settings.weight_decay,
      maxGradNorm,
    });
    return { ...step.params, ...step.state, loss: step.loss };
  };
}

function drawBatch(dataset: Dataset, size: number, random: Random): Values {
  const rows = Array.from({ length: size }, () => random.integer(dataset.input.length));
  const gather = (source: readonly Float32Array[]): Float32Array => {
    const width = source[0].length;
    const flat = new Float32Array(size * width);
    rows.forEach((row, i) => flat.set(source[row], i * width));
    return flat;
  };
  return { input: gather(dataset.input), chunk: gather(dataset.chunk), mask: gather(dataset.mask) };
}

function exportPolicy(weights: Values, manifest: Manifest, settings: CloningSettings): Uint8Array {
  const signature = mlpSignature('policy', network(manifest, settings));
  const program = ({ observation }: Record<string, Tensor>): Record<string, Tensor> => {
    const params = Object.fromEntries(
      Object.entries(signature).map(([name, spec]) => [name, tf.tensor(weights[name], [...spec.shape])]),
    );
    return { action: predict(params, observation, manifest, settings) };
  };
  return exportOnnx(program, { observation: { shape: [1, manifest.observation.names.length] } });
}
