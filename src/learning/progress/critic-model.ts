/** Episodes in, the model of a learned critic out: training, export, calibration. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../../config/atomic-file.js';
import { createRandom, type CompileOptions, type Random } from '../../engine/index.js';
import type { RecordedEpisode } from '../../reward/clip-assembler.js';
import { earlier } from '../../reward/critics/pairwise.js';
import { FrameModel, frameFile } from '../../reward/progress/frame-model.js';
import { embeddingSize, frameNetwork, pixelFeed } from '../../reward/progress/frame-network.js';
import { hopFile } from '../../reward/progress/hop-model.js';
import { manifestName, type ProgressFiles, type ProgressManifest } from '../../reward/progress/manifest.js';
import { pairNetwork } from '../../reward/progress/pair-network.js';
import { stageNetwork } from '../../reward/progress/stage-network.js';
import type { ImageSpec } from '../../robot/image-spec.js';
import { imageInputs } from '../cloning-network.js';
import type { BatchSettings } from './batch.js';
import { calibrate } from './calibration.js';
import type { DescentSettings, TrainingProgress } from './descend.js';
import { exportFrame, exportHops, exportStages } from './export.js';
import { labelClip, stagesOf, type LabelledClip } from './labelled-clips.js';
import { trainPairs } from './pair-training.js';
import { trainStages } from './stage-training.js';

export type ModelKind = ProgressManifest['kind'];

export type ModelSettings = Omit<BatchSettings, 'stages'> &
  DescentSettings & {
    readonly points: number;
    readonly hidden: number;
    readonly embedding: number;
    /** Ends of demonstrations that a pairwise model keeps, to tell from them how far it still is. */
    readonly goals: number;
    /** Share of the clips that are kept back to choose temperature and threshold on. */
    readonly kept_back: number;
    readonly seed: number;
  };

export const defaultModel: ModelSettings = {
  ...{ iterations: 1200, batch_size: 64, learning_rate: 1e-3, weight_decay: 1e-2, seed: 0 },
  ...{ points: 32, hidden: 128, embedding: 64, heads: 3, goals: 8, kept_back: 0.2 },
  ...{ random_shift: 3, random_light: 0.3, hold_s: 0.32, most_of_failure: 0.85 },
};

/** What a model is for. */
export type ModelSpec = {
  readonly name: string;
  readonly control_rate_hz: number;
  readonly images: readonly ImageSpec[];
  /** what task_state tells of them; success comes after the last */
  readonly stages: readonly unknown[];
};

/** What is written into a model's folder, and the last loss. */
export type TrainedModel = Omit<ProgressFiles, 'file'> & { readonly loss: number };

/** How training is followed, and what it runs on. */
export type TrainingOptions = CompileOptions & {
  readonly onProgress?: (progress: TrainingProgress) => void;
};

type TrainedFiles = { readonly onnx: ProgressFiles['onnx']; readonly loss: number };

/**
 * Trains a model on demonstrations, and on failures and rollouts where there are any.
 * @throws Error if no demonstration succeeded, or the loss stops being finite
 */
export async function trainModel(
  kind: ModelKind,
  episodes: readonly RecordedEpisode[],
  spec: ModelSpec,
  settings: ModelSettings,
  options: TrainingOptions = {},
): Promise<TrainedModel> {
  const long = episodes.filter(({ clip }) => clip.moments.length > 1);
  const stages = stagesOf(long, spec.stages.length);
  const clips = long.map((episode) => labelClip(episode, { ...settings, stages }));
  const { learned, kept } = split(clips, settings.kept_back, createRandom(settings.seed + 1));
  if (!learned.some(({ shown }) => shown))
    throw new Error('there is no successful demonstration to learn from');
  const draft: ProgressManifest = {
    ...{ kind, task: spec.name, control_rate_hz: spec.control_rate_hz, files: {} },
    images: imageInputs(spec.images).map((input, i) => ({ ...input, input: pixelFeed(i) })),
    ...(kind === 'stages' ? { stages } : {}),
    done: { threshold: 0.5, temperature: 1, hold_s: settings.hold_s },
    training_data: described(clips),
  };
  const train = kind === 'pairwise' ? trainPairwise : trainClassifier;
  const { onnx, loss } = await train(learned, draft, { ...settings, stages }, options);
  const manifest = { ...draft, files: hashes(onnx) };
  const model = await FrameModel.load({ manifest, onnx, file: '' }, []);
  const done = await calibrate(model, kept.length > 0 ? kept : learned, settings.hold_s);
  await model.dispose();
  return { manifest: { ...manifest, done }, onnx, loss };
}

/** Writes a model's files into `folder`, the manifest last. */
export function writeModel(folder: string, { manifest, onnx }: Omit<ProgressFiles, 'file'>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(onnx)) writeFileAtomic(join(folder, name), bytes);
  writeFileAtomic(join(folder, manifestName), stringify(manifest, { lineWidth: 0 }));
}

type Settings = ModelSettings & { readonly stages: number };

async function trainPairwise(
  clips: readonly LabelledClip[],
  manifest: ProgressManifest,
  settings: Settings,
  { onProgress = () => undefined, ...options }: TrainingOptions,
): Promise<TrainedFiles> {
  const images = manifest.images.map(({ image }) => image);
  const network = pairNetwork(frameNetwork(images, settings), settings.hidden, settings.heads);
  const { weights, loss } = await trainPairs(clips, images, network, settings, onProgress, options);
  const frame = exportFrame(weights, network);
  const goals = await lookAtEnds(frame, manifest, clips, settings.goals);
  const width = embeddingSize(network.frame);
  if (goals.some((goal) => goal.length !== width)) throw new Error(`an embedding has not ${width} numbers`);
  const onnx = { [frameFile]: frame, [hopFile]: exportHops(weights, network, goals, earlier.length) };
  return { onnx, loss };
}

async function trainClassifier(
  clips: readonly LabelledClip[],
  manifest: ProgressManifest,
  settings: Settings,
  { onProgress = () => undefined, ...options }: TrainingOptions,
): Promise<TrainedFiles> {
  const images = manifest.images.map(({ image }) => image);
  const frame = frameNetwork(images, settings);
  const network = stageNetwork(frame, settings.hidden, settings.heads, settings.stages);
  const { weights, loss } = await trainStages(clips, images, network, settings, onProgress, options);
  return { onnx: { [frameFile]: exportStages(weights, network) }, loss };
}

/** Embeddings of the ends of so many demonstrations, as the exported file makes them. */
async function lookAtEnds(
  frame: Uint8Array,
  manifest: ProgressManifest,
  clips: readonly LabelledClip[],
  count: number,
): Promise<Float32Array[]> {
  const shown = clips.filter((clip) => clip.shown);
  const every = Math.max(1, Math.floor(shown.length / count));
  const ends = shown.filter((_, i) => i % every === 0).slice(0, count);
  const model = await FrameModel.load({ manifest, file: '', onnx: { [frameFile]: frame } }, ['embedding']);
  const embeddings: Float32Array[] = [];
  for (const { moments } of ends)
    embeddings.push((await model.look(moments[moments.length - 1].moment)).embedding);
  await model.dispose();
  return embeddings;
}

/** Demonstrations and others are split alike; where there are too few for the share none are kept back. */
function split(
  clips: readonly LabelledClip[],
  share: number,
  random: Random,
): { learned: LabelledClip[]; kept: LabelledClip[] } {
  const [learned, kept]: [LabelledClip[], LabelledClip[]] = [[], []];
  for (const shown of [true, false]) {
    const group = clips.filter((clip) => clip.shown === shown);
    const order = group.map((clip) => [random.uniform(), clip] as const).sort(([a], [b]) => a - b);
    const count = Math.floor(share * group.length);
    order.forEach(([, clip], i) => (i < count ? kept : learned).push(clip));
  }
  return { learned, kept };
}

function described(clips: readonly LabelledClip[]): NonNullable<ProgressManifest['training_data']> {
  const hash = createHash('sha256');
  const all = clips.flatMap(({ moments }) => moments);
  for (const { moment } of all) for (const image of moment.observed.images) hash.update(image);
  const demonstrations = clips.filter(({ shown }) => shown).length;
  const others = clips.length - demonstrations;
  return { sha256: hash.digest('hex'), demonstrations, others, moments: all.length };
}

function hashes(onnx: Readonly<Record<string, Uint8Array>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(onnx).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
  );
}
