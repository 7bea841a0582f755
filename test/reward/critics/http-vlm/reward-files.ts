/** Reward files with one critic `vlm`, and reference bags, for the tests of the kind http_vlm. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { BagWriter } from '../../../../src/bag/writer.js';
import { createCodec } from '../../../../src/interfaces/codec.js';
import { createCritics } from '../../../../src/reward/create-critics.js';
import type { Critic } from '../../../../src/reward/critic.js';
import { clipTopics } from '../../../../src/reward/recorded-episodes.js';
import { loadReward } from '../../../../src/reward/reward-file.js';
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

export async function recordBag(bag: string, messages: ReturnType<typeof episodeMessages>): Promise<void> {
  const writer = await BagWriter.open(bag, { onError: ({ message }) => assert.fail(message) });
  const qos = { history: 'keep_last', depth: 10, reliability: 'reliable', durability: 'volatile' } as const;
  for (const topic of ['observation', 'episode'] as const) {
    const type = clipTopics[topic];
    const { text: schemaText, typeHash } = createCodec(type).definition;
    const hash = typeHash === undefined ? {} : { typeHash };
    writer.addTopic({ name: `/${topic}`, type, qos, schemaText, ...hash });
  }
  for (const [i, { topic, message }] of messages.entries()) {
    const codec: { encode(value: unknown): Uint8Array } = createCodec(clipTopics[topic]);
    const time = BigInt(i);
    writer.write(`/${topic}`, { logTime: time, publishTime: time, data: codec.encode(message) });
  }
  await writer.close();
}
