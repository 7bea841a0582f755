/** Whether a recorded episode can be judged by a reward file. */
import { ConfigError } from '../config/config-error.js';
import { checkObservationNames } from '../policy/manifest.js';
import { checkSameImages, imagesOf } from '../robot/image-spec.js';
import { observationNames } from '../robot/observation-spec.js';
import type { RecordedEpisode } from './clip-assembler.js';
import type { RewardFile } from './reward-file.js';

/**
 * An episode must be of the reward file's task, and observed as the task says now.
 * @param source where the episode is from, for the error
 * @throws ConfigError naming the reward file or the task file, and the key
 */
export function checkEpisode(
  { file, task }: Pick<RewardFile, 'file' | 'task'>,
  { id, task: recorded, observed }: RecordedEpisode,
  source: string,
): void {
  if (recorded !== task.name)
    throw new ConfigError(file, 'task', `is ${task.name}, episode ${id} in ${source} is of ${recorded}`);
  const sender = `episode ${id} in ${source}`;
  checkObservationNames(task.file, observationNames(task.observation), observed.names, sender);
  checkSameImages(task.file, 'images', task.images, imagesOf(observed, task.images), sender);
}
