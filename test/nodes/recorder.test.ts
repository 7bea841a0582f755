import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BagReader, type RecordedMessage } from '../../src/bag/reader.js';
import { createCodec } from '../../src/interfaces/codec.js';
import { recorder } from '../../src/nodes/recorder.js';
import { eventually, sleep, startNode, withNode, withPeer, type Peer } from './running-node.js';
import { action, episode, home, homeState, observation, stampOf, temporaryFolder } from './lift-messages.js';

/** Publishers of what every recording waits for, and of one more topic. */
function experience(peer: Peer) {
  return {
    observations: peer.sends('observation', 'graft_msgs/msg/Observation', 'reliable'),
    proposals: peer.sends('base_action', 'graft_msgs/msg/Action', 'reliable'),
    executed: peer.sends('executed_step', 'graft_msgs/msg/ExecutedStep', 'history'),
    episodes: peer.sends('episode', 'graft_msgs/msg/Episode', 'latched'),
    sensors: peer.sends('joint_states', 'sensor_msgs/msg/JointState', 'reliable'),
  };
}

async function readAll(bag: string): Promise<RecordedMessage[]> {
  const reader = await BagReader.open(bag);
  const messages: RecordedMessage[] = [];
  for await (const message of reader.messages()) messages.push(message);
  await reader.close();
  return messages;
}

test('records every topic byte for byte; an existing folder is never written to', async (t) => {
  const out = join(temporaryFolder(t), 'bag');
  await withPeer(async (peer) => {
    const { observations, proposals, episodes, sensors } = experience(peer);
    // Published before the recorder is there: latched.
    episodes.publish(episode('a'));
    await withNode(recorder, { out }, async (running) => {
      await peer.connected();
      for (let step = 0; step < 50; step++) {
        observations.publish(observation('a', step));
        proposals.publish(action('a', step, home));
        sensors.publish(homeState(stampOf(step)));
        if (step % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await eventually('the count', () => {
        const messages = running.status('bag')?.values.find(({ key }) => key === 'messages')?.value;
        return Number(messages) >= 151;
      });
    });
  });
  const messages = await readAll(out);
  const bytesOf = (topic: string): Buffer[] =>
    messages.filter((message) => message.topic === topic).map(({ data }) => Buffer.from(data));
  const steps = Array.from({ length: 50 }, (_, step) => step);
  const encode = <T>(encoder: { encode(message: T): Uint8Array }, all: T[]): Buffer[] =>
    all.map((message) => Buffer.from(encoder.encode(message)));
  assert.deepEqual(
    bytesOf('/observation'),
    encode(
      createCodec('graft_msgs/msg/Observation'),
      steps.map((step) => observation('a', step)),
    ),
  );
  assert.deepEqual(
    bytesOf('/base_action'),
    encode(
      createCodec('graft_msgs/msg/Action'),
      steps.map((step) => action('a', step, home)),
    ),
  );
  assert.deepEqual(
    bytesOf('/joint_states'),
    encode(
      createCodec('sensor_msgs/msg/JointState'),
      steps.map((step) => homeState(stampOf(step))),
    ),
  );
  assert.deepEqual(bytesOf('/episode'), encode(createCodec('graft_msgs/msg/Episode'), [episode('a')]));

  const print = t.mock.method(console, 'error', () => undefined);
  assert.equal(await startNode(recorder, { out }).exit, 1);
  const output = print.mock.calls.map(({ arguments: [text] }) => String(text)).join('\n');
  assert.match(output, /exists already: a bag is never overwritten/);
  assert.equal((await readAll(out)).length, messages.length);
});

test('opinions are heard before anybody has one, unless they are excluded', async (t) => {
  const out = join(temporaryFolder(t), 'bag');
  await withPeer(async (peer) => {
    experience(peer);
    await withNode(recorder, { out, exclude: ['/la*'] }, () => peer.connected());
  });
  const reader = await BagReader.open(out);
  const topics = reader.topics().map(({ name }) => name);
  await reader.close();
  assert.ok(topics.includes('/reward') && !topics.includes('/label'), topics.join(', '));
});

test('an episode that ends and the next one that begins at once are both recorded', async (t) => {
  const out = join(temporaryFolder(t), 'bag');
  const ids = Array.from({ length: 20 }, (_, i) => `episode ${i}`);
  await withPeer(async (peer) => {
    const { episodes } = experience(peer);
    await withNode(recorder, { out }, async () => {
      await peer.connected();
      for (const id of ids) episodes.publish(episode(id));
    });
  });
  const codec = createCodec('graft_msgs/msg/Episode');
  const recorded = (await readAll(out)).filter(({ topic }) => topic === '/episode');
  assert.deepEqual(
    recorded.map(({ data }) => codec.decode(data).episode_id),
    ids,
  );
});

test('what is still under way when the recorder is told to stop is in the bag', async (t) => {
  const out = join(temporaryFolder(t), 'bag');
  await withPeer(async (peer) => {
    const { observations } = experience(peer);
    const running = startNode(recorder, { out });
    await eventually('a recording', () => running.isActive());
    await peer.connected();
    const stopped = running.stop();
    for (let step = 0; step < 12; step++) {
      observations.publish(observation('a', step));
      await sleep(100);
    }
    assert.equal(await stopped, 0);
  });
  const recorded = (await readAll(out)).filter(({ topic }) => topic === '/observation');
  assert.equal(recorded.length, 12);
});

/** A disk of 1 MiB; undefined where this user may not mount one. */
function smallDisk(t: TestContext): string | undefined {
  let disk: string | undefined;
  // Ended before the folder around it is removed.
  t.after(() => disk !== undefined && spawnSync('umount', ['-l', disk]));
  const folder = join(temporaryFolder(t), 'disk');
  mkdirSync(folder);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  if (status === 0) disk = folder;
  return disk;
}

test('a full disk: ERROR in diagnostics, the graph goes on, the bag is readable up to there', async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return t.skip('no right to mount a small disk; test/bag covers the writer');
  const out = join(disk, 'bag');
  await withPeer(async (peer) => {
    const { observations } = experience(peer);
    const heard = peer.hears('observation', 'graft_msgs/msg/Observation', 'history');
    await withNode(recorder, { out, flush_period: 0.1 }, async (running) => {
      await peer.connected();
      let step = 0;
      peer.node.timer(0.005, () => {
        for (let i = 0; i < 5; i++) observations.publish(observation('a', step++));
      });
      await eventually('an error', () => running.status('bag')?.level === 2);
      assert.match(running.status('bag')?.message ?? '', /recording stopped: .*ENOSPC/);
      const then = heard.length;
      await eventually('more messages', () => heard.length > then + 20);
      assert.ok(running.isActive());
    });
  });
  assert.ok((await readAll(out)).length > 100);
});
