/** Recorded successes and failures as a progress function sees them. */
import { ConfigError } from '../../config/config-error.js';
import { checkObservationNames } from '../../policy/manifest.js';
import { observationNames } from '../../robot/observation-spec.js';
import type { Task } from '../../sim/task.js';
import { recordedEpisodes } from '../recorded-episodes.js';
import type { DesignEpisode } from './tracks.js';

/**
 * Episodes of a folder's bags that ended with success or failure, named e1, e2, ... in the order in which they ended.
 * @throws ConfigError if there is no bag, something else than the task was observed, or successes or failures are lacking
 */
export async function designEpisodes(folder: string, task: Task): Promise<DesignEpisode[]> {
  const names = observationNames(task.observation);
  const episodes: DesignEpisode[] = [];
  for await (const { id, clip, ended, observed } of recordedEpisodes([folder])) {
    if (ended.outcome === 'unknown') continue;
    checkObservationNames(task.file, names, observed.names, `episode ${id} in ${folder}`);
    const name = `e${episodes.length + 1}`;
    // Images would fill the memory, and no expression can look at them.
    const moments = clip.moments.map((moment) => ({
      ...moment,
      observed: { state: moment.observed.state, images: [] },
    }));
    episodes.push({
      ...{ name, success: ended.outcome === 'success' },
      clip: { episode_id: id, moments },
    });
  }
  for (const [success, what] of [
    [true, 'successful'],
    [false, 'failed'],
  ] as const)
    if (!episodes.some((episode) => episode.success === success))
      throw new ConfigError(folder, '', `holds no ${what} episode: without any there is nothing to prefer`);
  return episodes;
}
