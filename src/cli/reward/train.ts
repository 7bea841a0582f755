/** `graft reward train`: bags of demonstrations, and of failures, in; the model of a learned critic and a reward file out. */
import { join } from 'node:path';
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
} from '../../learning/progress/critic-model.js';
import type { RecordedEpisode } from '../../reward/clip-assembler.js';
import type { ProgressManifest } from '../../reward/progress/manifest.js';
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
  /** Threads of the training. */
  readonly threads?: number;
};

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
 * @throws ConfigError if a folder or its bags are missing, hold no successful demonstration, or are of another task or other images;
 * Interrupted after Ctrl-C
 */
export async function trainCritic({
  bags,
  out,
  task: name,
  kind,
  threads = 1,
  ...changes
}: TrainRequest): Promise<TrainRecord> {
  const start = performance.now();
  const task = findTask(name);
  if (task.images.length === 0)
    throw new ConfigError(task.file, 'images', 'are needed: this critic looks at images');
  const episodes = await readAll(bags, task);
  const settings = { ...defaultModel, ...changes };
  const progress = new ProgressDisplay('train');
  let interrupted = false;
  const onSignal = (): void => void (interrupted = true);
  process.on('SIGINT', onSignal);
  const { loss, ...model } = await trainModel(kind, episodes, task, settings, {
    threads,
    onProgress: ({ iteration, iterations, loss: present }) => {
      if (interrupted) throw new Interrupted();
      progress.update(iteration, iterations, `loss ${present.toFixed(4)}`);
    },
  }).finally(() => process.off('SIGINT', onSignal));
  progress.finish(settings.iterations, settings.iterations, `loss ${loss.toFixed(4)}`);
  writeModel(out, model);
  const critic = critics[kind];
  const reward = { task: name, critics: { [critic]: { kind: critic, model: '.' } } };
  writeFileAtomic(join(out, 'reward.yaml'), stringify(reward));
  const { training_data, done } = model.manifest;
  const record = { settings, training_data, done, loss, seconds: (performance.now() - start) / 1000 };
  writeFileAtomic(join(out, 'training.json'), `${JSON.stringify(record, null, 2)}\n`);
  return record;
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

type Options = {
  readonly bags: readonly string[];
  readonly out: string;
  readonly task: string;
  readonly kind: ModelKind;
  readonly iterations?: number;
  readonly seed?: number;
  readonly threads?: number;
};

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
    .option('--iterations <n>', 'gradient steps', wholeNumber(1))
    .option('--seed <n>', 'seed of weights and batches', wholeNumber(0))
    .option('--threads <n>', 'threads of the training (default: 1)', wholeNumber(1, 64))
    .action(async (options: Options) => {
      const { training_data, done, seconds } = await trainCritic(options);
      const { demonstrations = 0, others = 0 } = training_data ?? {};
      console.log(
        `${join(options.out, 'reward.yaml')}: ${demonstrations} demonstrations and ${others} other episodes, ` +
          `${seconds.toFixed(0)} s; done from ${done.threshold.toFixed(2)} on`,
      );
    });
}
