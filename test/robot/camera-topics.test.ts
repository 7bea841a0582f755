import { test } from 'node:test';
import assert from 'node:assert/strict';
import sharp from 'sharp';
import { projectFile } from '../../src/config/paths.js';
import { observedImageTopic } from '../../src/robot/camera-topics.js';
import { decodeImage } from '../../src/robot/compressed-image.js';
import { loadRobotProfile } from '../../src/robot/profile.js';
import { cameraImage } from './observed-image.js';

test('colour comes on the topic of the profile or the usual one, depth raw on one of its own', () => {
  const profile = loadRobotProfile(projectFile('robots/graft_humanoid.yaml'));
  const [head, ...others] = profile.cameras;
  const robot = { ...profile, cameras: [{ ...head, image: 'front/colour' }, ...others] };
  const colour = { camera: 'head' };
  assert.deepEqual(observedImageTopic(robot, colour, 'raw'), { topic: 'front/colour', transport: 'raw' });
  assert.deepEqual(observedImageTopic(robot, colour, 'compressed'), {
    topic: 'front/colour/compressed',
    transport: 'compressed',
  });
  assert.equal(observedImageTopic(robot, { camera: 'scene' }, 'raw').topic, 'scene/image_raw');
  for (const [camera, topic] of [
    ['head', 'front/depth/image_rect_raw'],
    ['scene', 'scene/depth/image_rect_raw'],
  ])
    for (const transport of ['raw', 'compressed'] as const)
      assert.deepEqual(observedImageTopic(robot, { camera, range_m: [0, 1] }, transport), {
        topic,
        transport: 'raw',
      });
});

test('PNG and JPEG of colours and greys are decoded; what is broken is refused', async () => {
  const { width, height, data } = cameraImage('rgb8', 24, 16);
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  const decoded = await decodeImage(png);
  assert.deepEqual({ ...decoded, data: Uint8Array.from(decoded.data) }, cameraImage('rgb8', 24, 16));
  const transparent = await sharp(png).ensureAlpha(0.5).png().toBuffer();
  assert.equal((await decodeImage(transparent)).encoding, 'rgb8');
  const grey = await sharp(data.subarray(0, width * height), { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .jpeg()
    .toBuffer();
  assert.equal((await decodeImage(grey)).encoding, 'mono8');
  const jpeg = await sharp(png).jpeg().toBuffer();
  assert.equal((await decodeImage(jpeg)).step, 3 * width);
  await assert.rejects(decodeImage(jpeg.subarray(0, jpeg.length / 2)));
  await assert.rejects(decodeImage(Uint8Array.of(1, 2, 3)));
});
