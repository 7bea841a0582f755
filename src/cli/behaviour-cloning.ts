/** `graft bc`: bags of demonstrations in, a frozen base policy out. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
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
} from '../learning/behaviour-cloning.js';
import { bagSpec, findBags, readEpisodes } from '../learning/bag-episodes.js';
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
 * @throws ConfigError if the folder or its bags are missing; Error if a bag lacks a topic or holds no success
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
  const { episodes } = await readEpisodes([folder], 'demo');
  const { observation_names, joints } = await bagSpec(findBags(folder)[0]);
  const demos = episodes.filter(({ success }) => success);
  if (demos.length === 0) throw new ConfigError(bags, '', 'holds no successful demonstration');
  const { control_rate_hz, images } = findTask(task);
  const settings = { ...(images.length === 0 ? defaultCloning : defaultImageCloning), ...changes };
  const spec = { observation_names, joints, control_rate_hz, images };
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
