/** Some of the critics of a reward file. */
import { ConfigError } from '../config/config-error.js';
import { nearestName } from '../config/nearest.js';
import type { RewardFile } from './reward-file.js';

/**
 * The reward file with the critic of a name only.
 * @param name undefined: all of them
 * @throws ConfigError if it has none of that name
 */
export function chooseCritics(reward: RewardFile, name: string | undefined): RewardFile {
  if (name === undefined) return reward;
  const settings = reward.critics[name];
  if (settings !== undefined) return { ...reward, critics: { [name]: settings } };
  const names = Object.keys(reward.critics);
  const near = nearestName(name, names);
  const hint = near === undefined ? `critics are ${names.join(', ')}` : `did you mean ${near}?`;
  throw new ConfigError(reward.file, 'critics', `has no critic ${name}; ${hint}`);
}
