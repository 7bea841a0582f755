/** Successful episodes that others are compared with. */
import { ConfigError } from '../../../config/config-error.js';
import { resolveBeside } from '../../../config/paths.js';
import { checkObservationNames } from '../../../policy/manifest.js';
import { checkSameImages, imagesOf } from '../../../robot/image-spec.js';
import { observationNames } from '../../../robot/observation-spec.js';
import type { RecordedEpisode } from '../../clip-assembler.js';
import type { CriticContext } from '../../create-critics.js';
import { recordedEpisodes } from '../../recorded-episodes.js';

/**
 * The first successful episodes in the bags of a critic's `reference`.
 * @param reference folders of bags, relative to the reward file
 * @param most how many are taken
 * @throws ConfigError if a folder has no bag, or an episode is of another task or observes something else, or none succeeded
 */
export async function* demonstrations(
  context: CriticContext,
  reference: string | readonly string[],
  most: number,
): AsyncGenerator<RecordedEpisode, void, void> {
  const { file } = context;
  const folders = [reference].flat().map((folder) => resolveBeside(file, folder));
  let found = 0;
  for await (const episode of recordedEpisodes(folders, { reward: context })) {
    checkEpisode(context, episode, folders.join(', '));
    if (episode.ended.outcome !== 'success') continue;
    yield episode;
    if (++found === most) return;
  }
  if (found === 0)
    throw new ConfigError(file, keyOf(context), `${folders.join(', ')} holds no successful episode`);
}

function keyOf({ name }: CriticContext): string {
  return `critics.${name}.reference`;
}

function checkEpisode(context: CriticContext, { task, observed }: RecordedEpisode, source: string): void {
  const { file } = context;
  const { images } = context.task;
  if (task !== context.task.name)
    throw new ConfigError(
      file,
      keyOf(context),
      `${source} holds episodes of the task ${task}, this reward is for ${context.task.name}`,
    );
  checkObservationNames(file, observationNames(context.task.observation), observed.names, source);
  checkSameImages(file, 'task', images, imagesOf(observed, images), source);
}
