/** Episodes in, the model of a learned critic out: training, export, calibration. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../../config/atomic-file.js';
import { createRandom, type CompileOptions, type Random } from '../../engine/index.js';
import type { RecordedEpisode } from '../../reward/clip-assembler.js';
import type { FeatureSettings, FrameFeatures } from '../../reward/features/frame-features.js';
import { FrameModel } from '../../reward/progress/frame-model.js';
import { pixelFeed } from '../../reward/progress/frame-network.js';
import { manifestName, type ProgressFiles, type ProgressManifest } from '../../reward/progress/manifest.js';
import type { ImageSpec } from '../../robot/image-spec.js';
import { imageInputs } from '../cloning-network.js';
import type { BatchSettings } from './batch.js';
import { calibrate } from './calibration.js';
import type { DescentSettings, TrainingProgress } from './descend.js';
import { labelClip, stagesOf, type LabelledClip } from './labelled-clips.js';
import { featureLooks, pixelLooks, type Looks } from './looks.js';
import { trainClassifier, trainPairwise, type Lesson } from './model-files.js';

export type ModelKind = ProgressManifest['kind'];

export type ModelSettings = Omit<BatchSettings, 'stages' | 'madeRows'> &
  DescentSettings & {
    readonly points: number;
    readonly hidden: number;
    readonly embedding: number;
    /** Ends of demonstrations that a pairwise model keeps, to tell from them how far it still is. */
    readonly goals: number;
    /** Share of the clips that are kept back to choose temperature and threshold on. */
    readonly kept_back: number;
    /** With features, of what is put together of several moments so many are made of each kind: describing them takes long. */
    readonly made_rows: number;
    readonly seed: number;
  };

export const defaultModel: ModelSettings = {
  ...{ iterations: 3000, batch_size: 64, learning_rate: 1e-3, weight_decay: 1e-2, seed: 0 },
  ...{ points: 32, hidden: 128, embedding: 64, heads: 3, goals: 8, kept_back: 0.2, made_rows: 300 },
  ...{ random_shift: 3, random_light: 0.3, hold_s: 0.32, most_of_failure: 0.5 },
};

/** What a model is for. */
export type ModelSpec = {
  readonly name: string;
  readonly control_rate_hz: number;
  readonly images: readonly ImageSpec[];
  /** what task_state tells of them; success comes after the last */
  readonly stages: readonly unknown[];
  /** what stands for the images, with its settings; undefined: they are seen themselves */
  readonly features?: { readonly features: FrameFeatures; readonly settings: FeatureSettings } | undefined;
};

/** What is written into a model's folder, and the last loss. */
export type TrainedModel = Omit<ProgressFiles, 'file'> & { readonly loss: number };

/** How training is followed, and what it runs on. */
export type TrainingOptions = CompileOptions & {
  readonly onProgress?: (progress: TrainingProgress) => void;
};

/**
 * Trains a model on demonstrations, and on failures and rollouts where there are any.
 * @throws Error if no demonstration succeeded, or the loss stops being finite
 */
export async function trainModel(
  kind: ModelKind,
  episodes: readonly RecordedEpisode[],
  spec: ModelSpec,
  settings: ModelSettings,
  { onProgress = () => undefined, ...options }: TrainingOptions = {},
): Promise<TrainedModel> {
  const long = episodes.filter(({ clip }) => clip.moments.length > 1);
  const stages = stagesOf(long, spec.stages.length);
  const clips = long.map((episode) => labelClip(episode, { ...settings, stages }));
  const { learned, kept } = split(clips, settings.kept_back, createRandom(settings.seed + 1));
  if (!learned.some(({ shown }) => shown))
    throw new Error('there is no successful demonstration to learn from');
  const { draft, looks } = await prepare(kind, learned, spec, settings, stages);
  const made = spec.features === undefined ? {} : { madeRows: settings.made_rows };
  const lesson: Lesson = {
    ...{
      clips: learned,
      manifest: { ...draft, training_data: described(clips) },
      looks,
      onProgress,
      options,
    },
    ...{ features: spec.features?.features, settings: { ...settings, ...made, stages } },
  };
  const { onnx, loss } = await (kind === 'pairwise' ? trainPairwise(lesson) : trainClassifier(lesson));
  const manifest = { ...lesson.manifest, files: hashes(onnx) };
  const model = await FrameModel.load({ manifest, onnx, file: '' }, [], lesson.features);
  const done = await calibrate(model, kept.length > 0 ? kept : learned, settings.hold_s);
  await model.dispose();
  return { manifest: { ...manifest, done }, onnx, loss };
}

/** How moments are shown in training, and a manifest that says so. */
async function prepare(
  kind: ModelKind,
  clips: readonly LabelledClip[],
  { name, control_rate_hz, images, features }: ModelSpec,
  settings: ModelSettings,
  stages: number,
): Promise<{ draft: ProgressManifest; looks: Looks }> {
  const inputs = imageInputs(images);
  const draft: ProgressManifest = {
    ...{ kind, task: name, control_rate_hz, files: {} },
    images: inputs.map((input, i) => ({ ...input, input: pixelFeed(i) })),
    ...(kind === 'stages' ? { stages } : {}),
    done: { threshold: 0.5, temperature: 1, hold_s: settings.hold_s },
  };
  if (features === undefined) return { draft, looks: pixelLooks(images, settings) };
  const { looks, standardisation } = await featureLooks(features.features, clips);
  const { version } = features.features;
  return {
    draft: { ...draft, features: { settings: features.settings, version, ...standardisation } },
    looks,
  };
}

/** Writes a model's files into `folder`, the manifest last. */
export function writeModel(folder: string, { manifest, onnx }: Omit<ProgressFiles, 'file'>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(onnx)) writeFileAtomic(join(folder, name), bytes);
  writeFileAtomic(join(folder, manifestName), stringify(manifest, { lineWidth: 0 }));
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
