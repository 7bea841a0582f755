/** What the log of episodes keeps of an episode without ROS. */
import type { EpisodeRecord } from '../episodes/log.js';
import type { WorldEpisode } from './world-runner.js';

type OfEpisode =
  'seed' | 'outcome' | 'terminated' | 'truncated' | 'steps' | 'variant' | 'randomised' | 'fault';

/** The episode's own part of its record; the session adds id, kind and totals. */
export function recordOf(
  { seed, success, terminated, steps, variant, fault }: WorldEpisode,
  randomised: boolean,
): Pick<EpisodeRecord, OfEpisode> {
  return {
    ...{ seed, outcome: success ? 'success' : 'failure', terminated, truncated: !terminated, steps },
    ...(variant === '' ? {} : { variant }),
    ...(randomised ? { randomised: true } : {}),
    ...(fault === undefined ? {} : { fault }),
  };
}
