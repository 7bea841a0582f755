/** Training of each kind of model, up to its ONNX files. */
import type { CompileOptions } from '../../engine/index.js';
import { earlier } from '../../reward/critics/pairwise.js';
import type { FrameFeatures } from '../../reward/features/frame-features.js';
import { FrameModel, frameFile } from '../../reward/progress/frame-model.js';
import { frameNetwork, type FrameNetworkSize } from '../../reward/progress/frame-network.js';
import { hopFile } from '../../reward/progress/hop-model.js';
import type { ProgressFiles, ProgressManifest } from '../../reward/progress/manifest.js';
import { pairNetwork } from '../../reward/progress/pair-network.js';
import { stageNetwork } from '../../reward/progress/stage-network.js';
import type { BatchSettings } from './batch.js';
import type { DescentSettings, TrainingProgress } from './descend.js';
import { exportFrame, exportHops, exportStages } from './export.js';
import type { LabelledClip } from './labelled-clips.js';
import type { Looks } from './looks.js';
import { trainPairs } from './pair-training.js';
import { trainStages } from './stage-training.js';

/** What is learned from, and how. */
export type Lesson = {
  readonly clips: readonly LabelledClip[];
  readonly looks: Looks;
  /** what stands for the images, if anything does */
  readonly features: FrameFeatures | undefined;
  /** all of it but files and what calibration finds */
  readonly manifest: ProgressManifest;
  readonly settings: BatchSettings &
    DescentSettings &
    FrameNetworkSize & { readonly goals: number; readonly seed: number };
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly options: CompileOptions;
};

export type ModelFiles = { readonly onnx: ProgressFiles['onnx']; readonly loss: number };

/** @throws Error if the loss stops being finite */
export async function trainPairwise(lesson: Lesson): Promise<ModelFiles> {
  const { settings, manifest, features } = lesson;
  const frame = frameNetwork(imagesOf(lesson), settings, features?.size);
  const network = pairNetwork(frame, settings.hidden, settings.heads);
  const { weights, loss } = await trainPairs(lesson, imagesOf(lesson), network);
  const onnx = { [frameFile]: exportFrame(weights, network) };
  const model = await FrameModel.load({ manifest, file: '', onnx }, ['embedding'], features);
  const goals: Float32Array[] = [];
  for (const { moments } of some(
    lesson.clips.filter(({ shown }) => shown),
    settings.goals,
  ))
    goals.push((await model.look(moments[moments.length - 1].moment)).embedding);
  await model.dispose();
  return { onnx: { ...onnx, [hopFile]: exportHops(weights, network, goals, earlier.length) }, loss };
}

/** @throws Error if the loss stops being finite */
export async function trainClassifier(lesson: Lesson): Promise<ModelFiles> {
  const { settings, features } = lesson;
  const frame = frameNetwork(imagesOf(lesson), settings, features?.size);
  const network = stageNetwork(frame, settings.hidden, settings.heads, settings.stages);
  const { weights, loss } = await trainStages(lesson, imagesOf(lesson), network);
  return { onnx: { [frameFile]: exportStages(weights, network) }, loss };
}

function imagesOf({ manifest }: Lesson): ProgressManifest['images'][number]['image'][] {
  return manifest.images.map(({ image }) => image);
}

/** At most `count` items, evenly from the first on. */
function some<T>(items: readonly T[], count: number): T[] {
  const every = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, i) => i % every === 0).slice(0, count);
}
