/** `graft bc`: bags of demonstrations in, a frozen base policy out. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { findBags } from '../bag/find-bags.js';
import { writeFileAtomic } from '../config/atomic-file.js';
import { ConfigError } from '../config/config-error.js';
import type { CompileOptions } from '../engine/index.js';
import {
  cloneBehaviour,
  defaultCloning,
  defaultImageCloning,
  writePolicy,
  type CloningProgress,
  type CloningSettings,
  type DemonstrationSpec,
} from '../learning/behaviour-cloning.js';
import { bagSpec, readEpisodes } from '../learning/bag-episodes.js';
import { checkObservationNames } from '../policy/manifest.js';
import { checkSameImages, imagesOf } from '../robot/image-spec.js';
import { observationNames } from '../robot/observation-spec.js';
import { findTask } from '../sim/task.js';
import { Interrupted } from './launch-child.js';
import { ProgressDisplay } from './progress.js';
import { existingFolder } from './run-folder.js';

export type CloningRequest = Partial<CloningSettings> & {
  /** Folder with bags of demonstrations, at any depth. */
  readonly bags: string;
  /** Gets policy.onnx, manifest.yaml and training.json. */
  readonly out: string;
  readonly task?: string;
  /** Where and how the networks run. */
  readonly compute?: CompileOptions;
};

/** Images are worth several threads; more than so many share too little work. */
const mostThreads = 4;

/** What is kept of the training beside the policy. */
export type CloningRecord = {
  readonly settings: CloningSettings;
  readonly episodes: number;
  readonly transitions: number;
  readonly loss: number;
  readonly seconds: number;
};

/**
 * Trains behaviour cloning on the successful demonstrations of all bags below a folder.
 * @throws ConfigError if the folder or its bags are missing, were recorded with another task, lack a topic or hold no success
 */
export async function trainBase({
  bags,
  out,
  task = 'lift',
  compute = {},
  ...changes
}: CloningRequest): Promise<CloningRecord> {
  const start = performance.now();
  const folder = existingFolder(bags, 'bags of demonstrations');
  const spec = await cloningSpec(folder, task);
  const { episodes } = await readEpisodes([folder], 'demo');
  const demos = episodes.filter(({ success }) => success);
  if (demos.length === 0) throw new ConfigError(bags, '', 'holds no successful demonstration');
  const { images } = spec;
  const settings = { ...(images.length === 0 ? defaultCloning : defaultImageCloning), ...changes };
  const threads = images.length === 0 ? 1 : Math.min(mostThreads, availableParallelism());
  const progress = new ProgressDisplay('clone');
  let interrupted = false;
  const onSignal = (): void => void (interrupted = true);
  process.on('SIGINT', onSignal);
  const onProgress = (state: CloningProgress): void => {
    if (interrupted) throw new Interrupted();
    progress.update(state.iteration, state.iterations, `loss ${state.loss.toFixed(4)}`);
  };
  const { manifest, onnx, loss } = await cloneBehaviour(demos, spec, settings, onProgress, {
    threads,
    ...compute,
  }).finally(() => process.off('SIGINT', onSignal));
  progress.finish(settings.iterations, settings.iterations, `loss ${loss.toFixed(4)}`);
  writePolicy(out, manifest, onnx);
  const transitions = demos.reduce((sum, { executed }) => sum + executed.length, 0);
  const seconds = (performance.now() - start) / 1000;
  const record = { settings, episodes: demos.length, transitions, loss, seconds };
  writeFileAtomic(join(out, 'training.json'), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** What is cloned. @throws ConfigError if the demonstrations observe something else than the task */
async function cloningSpec(folder: string, name: string): Promise<Required<DemonstrationSpec>> {
  const { file, control_rate_hz, observation, images } = findTask(name);
  const [bag] = findBags(folder);
  if (bag === undefined) throw new ConfigError(folder, '', 'holds no bag (an .mcap file)');
  const { observed, joints } = await bagSpec(bag);
  const observation_names = observationNames(observation);
  checkObservationNames(file, observation_names, observed.names, bag);
  checkSameImages(file, 'images', images, imagesOf(observed, images), bag);
  return { observation_names, joints, control_rate_hz, images };
}
