import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createCodec } from '../../src/interfaces/codec.js';
import { Episode, type Observation } from '../../src/interfaces/graft-messages.js';
import { imageMessage } from '../../src/interfaces/image-message.js';
import { ServiceTimeoutError } from '../../src/ros/index.js';
import { eventually, sleep, withGraph } from './graph.js';

const header = { stamp: { sec: 12, nanosec: 345_678_901 }, frame_id: 'base_link' };
const observation: Observation = {
  header,
  episode_id: 'épisode 7',
  step: 4_000_000_000,
  names: ['right_elbow_joint.position', ''],
  state: Float32Array.of(0.1, -Infinity, 3.4e38, Number.NaN),
  cameras: ['head'],
  images: [imageMessage({ width: 2, height: 1, encoding: 'mono8' }, Uint8Array.of(0, 255), header)],
  stale: true,
  stale_inputs: ['joint_states'],
};
const episode = {
  header,
  episode_id: 'e',
  seed: 2n ** 64n - 1n,
  task: 'lift',
  phase: Episode.PHASE_RUNNING,
  kind: Episode.KIND_ROLLOUT,
  outcome: Episode.OUTCOME_UNKNOWN,
  terminated: false,
  truncated: false,
  final_step: 0,
  start_stamp: { sec: 0, nanosec: 0 },
};

test('typed messages arrive as they were sent, and their bytes too', async () => {
  await withGraph(async (_graph, spinning) => {
    const sender = spinning('sender');
    const receiver = spinning('receiver');
    const heard: Observation[] = [];
    const raw: Uint8Array[] = [];
    const type = 'graft_msgs/msg/Observation';
    receiver.subscription('observation', type, 'reliable', (message) => void heard.push(message));
    receiver.rawSubscription('observation', type, 'reliable', (bytes) => void raw.push(bytes));
    const publisher = sender.publisher('observation', type, 'reliable');
    await eventually('match', () => publisher.subscriptionCount === 2);
    publisher.publish(observation);
    await eventually('both', () => heard.length === 1 && raw.length === 1);
    assert.deepEqual(heard[0], observation);
    assert.deepEqual(Buffer.from(raw[0]), Buffer.from(createCodec(type).encode(observation)));
    assert.throws(() => publisher.publish({ ...observation, step: -1 }), /step/);
  });
});

test('a latched topic gives a late joiner the last message only, 64-bit integers whole', async () => {
  await withGraph(async (_graph, spinning) => {
    const type = 'graft_msgs/msg/Episode';
    const publisher = spinning('manager').publisher('episode', type, 'latched');
    publisher.publish({ ...episode, episode_id: 'first' });
    publisher.publish(episode);
    const heard: unknown[] = [];
    spinning('late').subscription('episode', type, 'latched', (message) => void heard.push(message));
    await eventually('latched', () => heard.length > 0);
    await sleep(100);
    assert.deepEqual(heard, [episode]);
  });
});

test('what a callback throws is reported, now or later, and the next message still arrives', async () => {
  await withGraph(async (_graph, spinning) => {
    const node = spinning('listener');
    const errors: string[] = [];
    node.onError((error, where) => errors.push(`${where}: ${error.message}`));
    const heard: string[] = [];
    node.subscription('word', 'std_msgs/msg/Header', 'reliable', ({ frame_id }) => {
      heard.push(frame_id);
      if (frame_id === 'sync') throw new Error('thrown');
      return frame_id === 'async' ? Promise.reject(new Error('rejected')) : undefined;
    });
    const publisher = node.publisher('word', 'std_msgs/msg/Header', 'reliable');
    await eventually('match', () => publisher.subscriptionCount === 1);
    for (const frame_id of ['sync', 'async']) publisher.publish({ ...header, frame_id });
    publisher.publishRaw(Uint8Array.of(0, 1, 0, 0, 1));
    publisher.publish({ ...header, frame_id: 'last' });
    await eventually('last word', () => heard.at(-1) === 'last');
    assert.deepEqual(errors.slice(0, 2).sort(), ['subscription word: rejected', 'subscription word: thrown']);
    assert.deepEqual(heard, ['sync', 'async', 'last']);
    assert.equal(errors.length, 3);
  });
});

test('services keep field names and number types; silence and absence are told apart', async () => {
  await withGraph(async (_graph, spinning) => {
    const server = spinning('server');
    const type = 'graft_msgs/srv/ResetTask';
    server.service('reset_task', type, async ({ seed, episode_id }) => {
      await sleep(10);
      if (episode_id === 'broken') throw new Error('broken');
      return { success: true, message: `${episode_id} ${seed}`, stamp: header.stamp };
    });
    const node = spinning('caller');
    const client = node.client('reset_task', type);
    const answer = await client.call({ seed: 2n ** 63n, episode_id: 'a' }, { timeout_ms: 10_000 });
    assert.deepEqual(answer, { success: true, message: `a ${2n ** 63n}`, stamp: header.stamp });
    const silent = client.call({ seed: 1n, episode_id: 'broken' }, { timeout_ms: 300 });
    await assert.rejects(silent, { name: ServiceTimeoutError.name, message: /reset_task .* silent/ });
    const absent = node.client('nobody', type).call({ seed: 1n, episode_id: '' }, { timeout_ms: 100 });
    await assert.rejects(absent, /no server/);
  });
});

test('the graph tells topics, types and what publishers offer', async () => {
  await withGraph(async (_graph, spinning) => {
    const node = spinning('looker');
    spinning('camera').publisher('head/image_raw', 'sensor_msgs/msg/Image', 'sensor');
    const found = await eventually('topic', () =>
      node.topics().find((topic) => topic.name === '/head/image_raw'),
    );
    assert.deepEqual(found.types, ['sensor_msgs/msg/Image']);
    const [offer] = node.publishersOf('/head/image_raw');
    assert.equal(offer.node, 'camera');
    assert.equal(offer.qos.reliability, 'best_effort');
    assert.ok(node.nodeNames().includes('/camera'));
  });
});

test('simulated time comes from /clock, whoever publishes it', async () => {
  await withGraph(async (_graph, spinning) => {
    const node = spinning('dreamer');
    assert.ok(Math.abs(node.now().sec - Date.now() / 1000) < 2);
    node.useSimulatedTime(true);
    assert.equal(node.nowNanoseconds(), 0n);
    const clock = spinning('sim').publisher('/clock', 'rosgraph_msgs/msg/Clock', 'sensor');
    await eventually('match', () => clock.subscriptionCount > 0);
    clock.publish({ clock: { sec: 5, nanosec: 6 } });
    await eventually('clock', () => node.nowNanoseconds() === 5_000_000_006n);
  });
});

test('a timer keeps its rate and ends when it is cancelled', async () => {
  await withGraph(async (_graph, spinning) => {
    let ticks = 0;
    const start = performance.now();
    const timer = spinning('ticker').timer(0.02, () => {
      ticks++;
    });
    await eventually('ticks', () => ticks >= 10);
    assert.ok(performance.now() - start >= 195);
    timer.cancel();
    const then = ticks;
    await sleep(60);
    assert.equal(ticks, then);
  });
});
