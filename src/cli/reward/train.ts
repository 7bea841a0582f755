/** `graft reward train`: bags of demonstrations, and of failures, in; the model of a learned critic and a reward file out. */
import { join, relative, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../../config/atomic-file.js';
import { ConfigError } from '../../config/config-error.js';
import {
  defaultModel,
  trainModel,
  writeModel,
  type ModelKind,
  type ModelSettings,
  type ModelSpec,
} from '../../learning/progress/critic-model.js';
import type { TrainingProgress } from '../../learning/progress/descend.js';
import type { RecordedEpisode } from '../../reward/clip-assembler.js';
import { createFeatures } from '../../reward/features/create-features.js';
import { manifestName, type ProgressManifest } from '../../reward/progress/manifest.js';
import { recordedEpisodes } from '../../reward/recorded-episodes.js';
import { checkSameImages, imagesOf } from '../../robot/image-spec.js';
import { findTask, type Task } from '../../sim/task.js';
import { Interrupted } from '../launch-child.js';
import { wholeNumber } from '../options.js';
import { ProgressDisplay } from '../progress.js';
import { existingFolder } from '../run-folder.js';

export type TrainRequest = Partial<ModelSettings> & {
  /** Folders with bags, at any depth. */
  readonly bags: readonly string[];
  /** Gets the model, training.json and reward.yaml. */
  readonly out: string;
  readonly task: string;
  readonly kind: ModelKind;
  /** What stands for the images; `scratch`: they are seen themselves. */
  readonly features?: FeatureKind;
  /** Folder of the base policy, or the ONNX file, that makes the features. */
  readonly from?: string;
  /** Threads of the training. */
  readonly threads?: number;
};

type FeatureKind = 'scratch' | 'base' | 'onnx' | 'efficientnet_lite0';

/** What is kept of the training beside the model. */
export type TrainRecord = {
  readonly settings: ModelSettings;
  readonly training_data: ProgressManifest['training_data'];
  readonly done: ProgressManifest['done'];
  readonly loss: number;
  readonly seconds: number;
};

/** The critic that uses a model. */
const critics: Readonly<Record<ModelKind, string>> = { pairwise: 'pairwise', stages: 'stage_classifier' };

/**
 * Trains a learned critic and writes a reward file that uses it.
 * @throws ConfigError if a folder or its bags are missing, hold no successful demonstration, or are of another task or other images, or
 * features cannot be made; Interrupted after Ctrl-C
 */
export async function trainCritic(request: TrainRequest): Promise<TrainRecord> {
  const start = performance.now();
  const { bags, out, task: name, kind, features: featureKind, from, threads = 1, ...changes } = request;
  const task = findTask(name);
  if (task.images.length === 0)
    throw new ConfigError(task.file, 'images', 'are needed: this critic looks at images');
  const episodes = await readAll(bags, task);
  const settings = { ...defaultModel, ...changes };
  const features = await featuresOf(request, task);
  const { loss, ...model } = await followed((onProgress) =>
    trainModel(kind, episodes, { ...task, features }, settings, { threads, onProgress }),
  ).finally(() => features?.features.dispose());
  writeModel(out, model);
  const critic = critics[kind];
  const progress = { critic, form: 'difference', weight: 1, cap: 1 };
  const reward = {
    task: name,
    critics: { [critic]: { kind: critic, model: '.' } },
    mixer: { terms: { progress } },
  };
  writeFileAtomic(join(out, 'reward.yaml'), stringify(reward));
  const { training_data, done } = model.manifest;
  const seconds = (performance.now() - start) / 1000;
  const record = { settings, features: { kind: featureKind, from }, training_data, done, loss, seconds };
  writeFileAtomic(join(out, 'training.json'), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** Runs a training with its progress on the terminal. @throws Interrupted after Ctrl-C */
async function followed<T>(
  train: (onProgress: (progress: TrainingProgress) => void) => Promise<T>,
): Promise<T> {
  const display = new ProgressDisplay('train');
  let interrupted = false;
  const onSignal = (): void => void (interrupted = true);
  process.on('SIGINT', onSignal);
  try {
    return await train(({ iteration, iterations, loss }) => {
      if (interrupted) throw new Interrupted();
      const show = iteration < iterations ? 'update' : 'finish';
      display[show](iteration, iterations, `loss ${loss.toFixed(4)}`);
    });
  } finally {
    process.off('SIGINT', onSignal);
  }
}

/** Paths in the settings are relative to the model's folder, which holds the manifest. */
async function featuresOf(
  { out, features: kind = 'scratch', from }: TrainRequest,
  task: Task,
): Promise<ModelSpec['features']> {
  if (kind === 'scratch') return undefined;
  if (from === undefined)
    throw new ConfigError('--from', '', `is needed with --features ${kind}: what makes the features`);
  const settings = { kind, [kind === 'base' ? 'policy' : 'file']: relative(resolve(out), resolve(from)) };
  const context = {
    file: join(resolve(out), manifestName),
    key: 'features.settings',
    task,
    images: task.images,
  };
  return { settings, features: await createFeatures(context, settings) };
}

async function readAll(folders: readonly string[], task: Task): Promise<RecordedEpisode[]> {
  const episodes: RecordedEpisode[] = [];
  for (const folder of folders) {
    const bags = existingFolder(folder, 'bags of episodes');
    for await (const episode of recordedEpisodes([bags])) {
      if (episode.task !== task.name)
        throw new ConfigError(folder, episode.id, `is of the task ${episode.task}, expected ${task.name}`);
      const images = imagesOf(episode.observed, task.images);
      checkSameImages(task.file, 'images', task.images, images, `${folder}: ${episode.id}`);
      episodes.push(episode);
    }
  }
  const shown = episodes.some(({ kind, ended }) => kind === 'demo' && ended.outcome === 'success');
  if (!shown) throw new ConfigError(folders.join(', '), '', 'holds no successful demonstration');
  return episodes;
}

export function addTrain(reward: Command): void {
  reward
    .command('train')
    .description('train a critic that looks at images; writes its model and a reward file that uses it')
    .requiredOption('--bags <dir...>', 'folders with bags of demonstrations, and of failures and rollouts')
    .requiredOption('--out <dir>', 'folder for the model and reward.yaml')
    .option('--task <name>', 'task', 'pick_place_pixels')
    .addOption(
      new Option('--kind <kind>', 'pairwise: progress; stages: stages and success (DrS)')
        .choices(Object.keys(critics))
        .default('pairwise'),
    )
    .addOption(
      new Option('--features <kind>', 'what stands for the images; scratch: they are seen themselves')
        .choices(['scratch', 'base', 'onnx', 'efficientnet_lite0'])
        .default('scratch'),
    )
    .option('--from <path>', 'folder of the base policy, or ONNX file, that makes the features')
    .option('--iterations <n>', 'gradient steps', wholeNumber(1))
    .option('--seed <n>', 'seed of weights and batches', wholeNumber(0))
    .option('--threads <n>', 'threads of the training (default: 1)', wholeNumber(1, 64))
    .action(async (options: TrainRequest) => {
      const { training_data, done, seconds } = await trainCritic(options);
      const { demonstrations = 0, others = 0 } = training_data ?? {};
      console.log(
        `${join(options.out, 'reward.yaml')}: ${demonstrations} demonstrations and ${others} other episodes, ` +
          `${seconds.toFixed(0)} s; done from ${done.threshold.toFixed(2)} on`,
      );
    });
}
