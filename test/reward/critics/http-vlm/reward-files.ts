/** Reward files with one critic `vlm`, and reference bags, for the tests of the kind http_vlm. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createCritics } from '../../../../src/reward/create-critics.js';
import type { Critic } from '../../../../src/reward/critic.js';
import { clipTopics } from '../../../../src/reward/recorded-episodes.js';
import { loadReward } from '../../../../src/reward/reward-file.js';
import { openMessageBag } from '../../../bag/message-bag.js';
import type { episodeMessages } from './clips.js';

export type Settings = Readonly<Record<string, unknown>>;

/** The critic that a reward file in the folder makes of the settings. */
export async function criticFrom(
  folder: string,
  settings: Settings,
  reward: Settings = { task: 'lift_pixels' },
): Promise<Critic> {
  const file = join(folder, 'reward.yaml');
  const vlm = { kind: 'http_vlm', base_url: 'http://127.0.0.1:9/v1', model: 'test', ...settings };
  writeFileSync(file, stringify({ ...reward, critics: { vlm } }));
  const [critic] = await createCritics(loadReward(file));
  return critic;
}

export async function recordBag(folder: string, messages: ReturnType<typeof episodeMessages>): Promise<void> {
  const { observation, episode } = clipTopics;
  const bag = await openMessageBag(folder, { observation, episode });
  for (const { topic, message } of messages) bag.write(topic, message);
  await bag.close();
}
