/** Cloning in a trial: demonstrations of a task into a policy's folder. */
import {
  cloneBehaviour,
  defaultCloning,
  defaultImageCloning,
  writePolicy,
  type CloningSettings,
} from '../learning/behaviour-cloning.js';
import type { EpisodeData } from '../learning/episode.js';
import { observationNames } from '../robot/observation-spec.js';
import type { Task } from '../sim/task.js';

/** How a task is cloned unless told otherwise. */
export function cloningOf(task: Task, seed: number, changes: Partial<CloningSettings> = {}): CloningSettings {
  const defaults = task.images.length === 0 ? defaultCloning : defaultImageCloning;
  return { ...defaults, seed, ...changes };
}

/** Writes `<folder>/policy.onnx` and `manifest.yaml`. @returns the last loss */
export async function cloneInto(
  folder: string,
  task: Task,
  demos: readonly EpisodeData[],
  settings: CloningSettings,
  threads: number,
): Promise<number> {
  const spec = {
    observation_names: observationNames(task.observation),
    joints: task.action_joints,
    control_rate_hz: task.control_rate_hz,
    images: task.images,
  };
  const { manifest, onnx, loss } = await cloneBehaviour(demos, spec, settings, undefined, { threads });
  writePolicy(folder, manifest, onnx);
  return loss;
}
