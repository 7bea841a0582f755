import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { stringify } from 'yaml';
import type { RecordedEpisode } from '../../src/reward/clip-assembler.js';
import { createCritics } from '../../src/reward/create-critics.js';
import { judgeAll } from '../../src/reward/critic.js';
import { cameraViews } from '../../src/reward/camera-views.js';
import { clipTopics, recordedEpisodes } from '../../src/reward/recorded-episodes.js';
import { loadReward } from '../../src/reward/reward-file.js';
import { observationNames } from '../../src/robot/observation-spec.js';
import { findTask } from '../../src/sim/task.js';
import { openMessageBag } from '../bag/message-bag.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { episodeMessage, observationMessage, stampOf } from './clips.js';

const task = findTask('lift');
const images = [{ camera: 'head', width: 12, height: 9, encoding: 'mono8', crop: [0, 0, 1, 1] } as const];
const reward = { task, views: cameraViews(task, images) };

const names = observationNames(task.observation);
const state = new Float32Array(names.length);
const { observation, episode } = clipTopics;
const topics = {
  raw: { 'robot1/head/image_raw': 'sensor_msgs/msg/Image' },
  compressed: { 'head/image_raw/compressed': 'sensor_msgs/msg/CompressedImage' },
  none: {},
} as const;

/** A bag of one episode of three observations, whose camera shows 20, 40 and 60. */
async function bagWith(folder: string, transport: 'raw' | 'compressed' | 'none'): Promise<string> {
  const bag = join(folder, transport);
  const opened = await openMessageBag(bag, { observation, episode, ...topics[transport] });
  for (const step of [0, 1, 2]) {
    opened.write('observation', { ...observationMessage('e', step), names, state });
    const header = { stamp: stampOf(step), frame_id: 'head_optical_frame' };
    const data = new Uint8Array(24 * 18).fill(20 * (step + 1));
    if (transport === 'raw')
      opened.write('robot1/head/image_raw', {
        ...{ header, height: 18, width: 24, encoding: 'mono8', is_bigendian: 0, step: 24, data },
      });
    if (transport === 'compressed') {
      const png = await sharp(data, { raw: { width: 24, height: 18, channels: 1 } })
        .png()
        .toBuffer();
      const message = { header, format: 'png', data: new Uint8Array(png) };
      opened.write('head/image_raw/compressed', message);
    }
  }
  opened.write('episode', episodeMessage('e'));
  await opened.close();
  return bag;
}

for (const transport of ['raw', 'compressed'] as const) {
  test(`critics see a camera's own topic of a bag, ${transport}, fitted as the reward file says`, async (t) => {
    const bag = await bagWith(scratchFolder(t), transport);
    const found: RecordedEpisode[] = [];
    for await (const episode of recordedEpisodes([bag], { reward })) found.push(episode);
    assert.deepEqual(
      found[0].clip.moments.map(({ observed }) => [observed.images[0].length, observed.images[0][0]]),
      [
        [108, 20],
        [108, 40],
        [108, 60],
      ],
    );
  });
}

test('a bag without the camera is an error that names its topic', async (t) => {
  const bag = await bagWith(scratchFolder(t), 'none');
  const read = async (): Promise<void> => {
    for await (const { id } of recordedEpisodes([bag], { reward })) assert.fail(id);
  };
  await assert.rejects(
    read(),
    /head\/image_raw: topic is missing: the reward file names its camera under images/,
  );
});

test('a critic looks at its demonstrations through the cameras that it looks through itself', async (t) => {
  const folder = scratchFolder(t);
  const bags = [await bagWith(folder, 'raw'), await bagWith(folder, 'compressed')];
  const file = join(folder, 'reward.yaml');
  const match = { kind: 'reference_match', reference: bags, features: { kind: 'pixels', size: 2 } };
  writeFileSync(file, stringify({ task: 'lift', images, critics: { match } }));
  const [critic] = await createCritics(loadReward(file));
  t.after(() => critic.dispose());
  for await (const { clip, ended } of recordedEpisodes(bags, { reward })) {
    const progress = (await judgeAll(critic, clip, ended)).map((judgement) => judgement.progress);
    assert.deepEqual([progress.at(0), progress.at(-1)], [0, 1]);
  }
});
