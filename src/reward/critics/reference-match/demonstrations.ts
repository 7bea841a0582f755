/** Successful episodes that others are compared with. */
import { ConfigError } from '../../../config/config-error.js';
import { resolveBeside } from '../../../config/paths.js';
import { checkEpisode } from '../../check-episode.js';
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
  const source = folders.join(', ');
  let found = 0;
  for await (const episode of recordedEpisodes(folders, { reward: context })) {
    checkEpisode(context, episode, source);
    if (episode.ended.outcome !== 'success') continue;
    yield episode;
    if (++found === most) return;
  }
  if (found === 0)
    throw new ConfigError(file, `critics.${context.name}.reference`, `${source} holds no successful episode`);
}
