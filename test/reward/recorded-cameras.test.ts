import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { BagWriter } from '../../src/bag/writer.js';
import { createCodec } from '../../src/interfaces/codec.js';
import { loadDefinition } from '../../src/interfaces/definition.js';
import { qosProfile } from '../../src/interfaces/qos-profiles.js';
import type { RecordedEpisode } from '../../src/reward/clip-assembler.js';
import { cameraViews } from '../../src/reward/camera-views.js';
import { recordedEpisodes } from '../../src/reward/recorded-episodes.js';
import { findTask } from '../../src/sim/task.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { episodeMessage, observationMessage, stampOf } from './clips.js';

const task = findTask('lift');
const images = [{ camera: 'head', width: 4, height: 3, encoding: 'mono8', crop: [0, 0, 1, 1] } as const];
const reward = { task, views: cameraViews(task, images) };

/** A bag of one episode of three observations, whose camera shows 20, 40 and 60. */
async function bagWith(folder: string, transport: 'raw' | 'compressed' | 'none'): Promise<string> {
  const bag = join(folder, transport);
  const writer = await BagWriter.open(bag, { onError: ({ message }) => assert.fail(message) });
  let time = 0n;
  const write = (name: string, type: string, message: object): void => {
    const { text: schemaText } = loadDefinition(type);
    writer.addTopic({ name, type, schemaText, qos: qosProfile('reliable') });
    const codec = createCodec(type) as { encode(message: object): Uint8Array };
    writer.write(name, { logTime: ++time, publishTime: time, data: codec.encode(message) });
  };
  for (const step of [0, 1, 2]) {
    write('/observation', 'graft_msgs/msg/Observation', observationMessage('e', step));
    const header = { stamp: stampOf(step), frame_id: 'head_optical_frame' };
    const data = new Uint8Array(8 * 6).fill(20 * (step + 1));
    if (transport === 'raw')
      write('/robot1/head/image_raw', 'sensor_msgs/msg/Image', {
        ...{ header, height: 6, width: 8, encoding: 'mono8', is_bigendian: 0, step: 8, data },
      });
    if (transport === 'compressed') {
      const png = await sharp(data, { raw: { width: 8, height: 6, channels: 1 } })
        .png()
        .toBuffer();
      const message = { header, format: 'png', data: new Uint8Array(png) };
      write('/head/image_raw/compressed', 'sensor_msgs/msg/CompressedImage', message);
    }
  }
  write('/episode', 'graft_msgs/msg/Episode', episodeMessage('e'));
  await writer.close();
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
        [12, 20],
        [12, 40],
        [12, 60],
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
