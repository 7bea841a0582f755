/** The observer's images in the graph: raw and compressed, in lockstep and realtime, and what is wrong with cameras. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { Image, Time } from '../../src/interfaces/graft-messages.js';
import { imageMessage } from '../../src/interfaces/image-message.js';
import { observer } from '../../src/nodes/observer.js';
import { timeFromNanoseconds } from '../../src/ros/index.js';
import { eventually, type Peer, withNode, withPeer } from './running-node.js';
import { episode, handPose, jointState, odometry, stampOf } from './lift-messages.js';
import { seeingTask } from '../sim/seeing-task.js';

/** Small enough for one datagram, which is not lost in parts. */
const head = { width: 32, height: 24, encoding: 'rgb8' };

/** The right half of the head camera's image, and the wrist camera's in grey. */
const images = [
  'camera: head, width: 8, height: 8, crop: [0.5, 0, 1, 1]',
  'camera: right_wrist, width: 16, height: 12, encoding: mono8',
];

/** The left half is black, the right half red; `shade` makes one frame differ from the next. */
function redImage(stamp: Time, shade: number, changes: Partial<Image> = {}): Image {
  const data = new Uint8Array(3 * head.width * head.height);
  for (let y = 0; y < head.height; y++)
    for (let x = head.width / 2; x < head.width; x++) data[3 * (y * head.width + x)] = 100 + shade;
  return { ...imageMessage(head, data, { stamp, frame_id: 'head_optical_frame' }), ...changes };
}

/** The observer's inputs and output. */
function talkTo(peer: Peer) {
  const joints = peer.sends('joint_states', 'sensor_msgs/msg/JointState', 'reliable');
  const object = peer.sends('object/odometry', 'nav_msgs/msg/Odometry', 'reliable');
  const hand = peer.sends('hand/pose', 'geometry_msgs/msg/PoseStamped', 'reliable');
  return {
    episodes: peer.sends('episode', 'graft_msgs/msg/Episode', 'latched'),
    observations: peer.hears('observation', 'graft_msgs/msg/Observation', 'reliable'),
    sendState: (stamp: Time): void => {
      joints.publish(jointState(stamp));
      object.publish(odometry(stamp));
      hand.publish(handPose(stamp));
    },
  };
}

test('lockstep: raw images of the step, from best-effort and reliable cameras, before or after the joints', async (t) => {
  await withNode(observer, { task: seeingTask(t, images) }, (running) =>
    withPeer(async (peer) => {
      const { episodes, observations, sendState } = talkTo(peer);
      const first = peer.sends('head/image_raw', 'sensor_msgs/msg/Image', 'sensor');
      const second = peer.sends('right_wrist/image_raw', 'sensor_msgs/msg/Image', 'reliable');
      await peer.connected();
      episodes.publish(episode('a'));
      for (const step of [0, 1, 2]) {
        const stamp = stampOf(step);
        const sendings = [
          () => sendState(stamp),
          () => first.publish(redImage(stamp, step)),
          () => second.publish(redImage(stamp, 10 + step)),
        ];
        for (let i = 0; i < 3; i++) {
          assert.equal(observations.length, step);
          sendings[(i + step) % 3]();
        }
        await eventually(`observation ${step}`, () => observations.length === step + 1);
      }
      const { cameras, images: seen, stale } = observations[1];
      assert.deepEqual(cameras, ['head', 'right_wrist']);
      assert.equal(stale, false);
      const [colour, grey] = seen;
      const header = { stamp: stampOf(1), frame_id: 'head_optical_frame' };
      assert.deepEqual([colour.header, colour.width, colour.height, colour.step], [header, 8, 8, 24]);
      assert.deepEqual([...colour.data.subarray(0, 6)], [101, 0, 0, 101, 0, 0]);
      const [dark, red] = [0, Math.round(0.299 * 111)];
      assert.deepEqual([grey.encoding, grey.step, grey.data.length], ['mono8', 16, 192]);
      assert.deepEqual([grey.data[7], grey.data[8]], [dark, red]);
      assert.deepEqual([running.status('inputs')?.level, running.status('camera head')?.level], [0, 0]);
    }),
  );
});

test('lockstep: a missing camera, a wrong encoding and a black image are named', async (t) => {
  await withNode(observer, { task: seeingTask(t, images) }, (running) =>
    withPeer(async (peer) => {
      const { episodes, observations, sendState } = talkTo(peer);
      const first = peer.sends('head/image_raw', 'sensor_msgs/msg/Image', 'sensor');
      const second = peer.sends('right_wrist/image_raw', 'sensor_msgs/msg/Image', 'sensor');
      await peer.connected();
      episodes.publish(episode('a'));
      sendState(stampOf(0));
      first.publish(redImage(stampOf(0), 0, { encoding: 'yuv422' }));
      await eventually(
        'both cameras to be named',
        () => running.status('inputs')?.message === 'waiting for head/image_raw, right_wrist/image_raw',
      );
      assert.match(running.status('camera head')?.message ?? '', /^encoding yuv422, expected rgb8/);
      assert.equal(running.status('camera right_wrist')?.message, 'no image yet');
      first.publish(redImage(stampOf(0), 0));
      await eventually(
        'the missing camera to be named',
        () => running.status('inputs')?.message === 'waiting for right_wrist/image_raw',
      );
      assert.equal(observations.length, 0);
      const black = redImage(stampOf(0), 0);
      second.publish({ ...black, data: black.data.fill(0) });
      const observation = await eventually('an observation', () => observations[0]);
      assert.deepEqual([observation.stale, observation.stale_inputs], [true, ['right_wrist/image_raw']]);
      assert.equal(running.status('camera right_wrist')?.message, 'black: no pixel above 16 of 255');
    }),
  );
});

test('realtime: compressed images; a camera that breaks is bridged, then stale, then back', async (t) => {
  const task = seeingTask(t, images);
  const parameters = { task, clock: 'realtime', image_transport: 'compressed', max_image_age: 0.3 };
  await withNode(observer, parameters, (running) =>
    withPeer(async (peer) => {
      const { episodes, observations, sendState } = talkTo(peer);
      const type = 'sensor_msgs/msg/CompressedImage';
      const first = peer.sends('head/image_raw/compressed', type, 'reliable');
      const second = peer.sends('right_wrist/image_raw/compressed', type, 'sensor');
      const raw = { raw: { width: head.width, height: head.height, channels: 3 as const } };
      const files = await Promise.all(
        [0, 1, 2].map((shade) => {
          const { data } = redImage(stampOf(0), shade);
          return Promise.all([sharp(data, raw).jpeg().toBuffer(), sharp(data, raw).png().toBuffer()]);
        }),
      );
      await peer.connected();
      let [tick, broken] = [0, false];
      let offset = 0n;
      peer.node.timer(0.02, () => {
        const now = 5_000_000_000n + BigInt(tick) * 20_000_000n;
        const stamp = timeFromNanoseconds(now);
        sendState(stamp);
        const [jpeg, png] = files[tick++ % 3];
        const header = { stamp: timeFromNanoseconds(now + offset), frame_id: 'optical' };
        const data = broken ? jpeg.subarray(0, 200) : jpeg;
        first.publish({ header, format: 'jpeg', data: Uint8Array.from(data) });
        second.publish({ header: { ...header, stamp }, format: 'png', data: Uint8Array.from(png) });
      });
      episodes.publish(episode('a'));
      const isFresh = (): boolean => observations.at(-1)?.stale === false;
      await eventually('fresh observations', isFresh);
      const { images: seen } = observations.at(-1)!;
      assert.ok(Math.abs(seen[0].data[93] - 101) < 8, `red ${seen[0].data[93]}`);
      assert.ok([30, 31].includes(seen[1].data[15]), `grey ${seen[1].data[15]}`);
      const hasStale = (): boolean =>
        observations.at(-1)?.stale_inputs.includes('head/image_raw/compressed') === true;
      broken = true;
      const from = observations.length;
      await eventually('stale', hasStale);
      assert.ok(
        observations.slice(from).some(({ stale }) => !stale),
        'the last good image is used at first',
      );
      assert.match(running.status('camera head')?.message ?? '', /^cannot be decoded/);
      broken = false;
      await eventually('fresh again', isFresh);
      offset = 1_700_000_000_000_000_000n;
      await eventually('stale by its clock', hasStale);
      assert.match(
        running.status('camera head')?.message ?? '',
        /^stamps of another clock: 1700000\d+\.\d+ s, joint_states \d\.\d+ s/,
      );
    }),
  );
});
