import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';

import { createCodec } from '../../src/interfaces/codec.js';
import { recoverBag } from '../../src/bag/recover.js';
import { messageSamples } from '../interfaces/samples.js';
import { openWriter, qos, readAll, temporaryDirectory } from './recording.js';

/** Prints each message that PyPI's rosbags reads as a line of JSON, deserialised with the definitions in the bag. */
const script = `
import json, sys
from pathlib import Path
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import Reader
with Reader(Path(sys.argv[1])) as bag:
    print(json.dumps({c.topic: [c.ext.offered_qos_profiles[0].durability.name, c.msgcount] for c in bag.connections}))
with AnyReader([Path(sys.argv[1])]) as bag:
    for connection, time, data in bag.messages():
        message = bag.deserialize(data, connection.msgtype)
        fields = {}
        if connection.msgtype == 'graft_msgs/msg/Action':
            fields = {'step': message.step, 'joints': message.joints, 'values': message.values.tolist(),
                      'frame_id': message.header.frame_id, 'nanosec': message.header.stamp.nanosec,
                      'policy_version': str(message.policy_version)}
        print(json.dumps([connection.topic, connection.msgtype, str(time), data.hex(), fields]))
`;

/** The interpreter of the project's ROS environment (.ros), found from the working directory upwards; else PATH's. */
function pythonOfProject(): string {
  for (let directory = process.cwd(); ; directory = path.dirname(directory)) {
    const candidate = path.join(directory, '.ros', 'bin', 'python');
    if (existsSync(candidate)) return candidate;
    if (directory === path.dirname(directory)) return 'python3';
  }
}

function readWithRosbags(bag: string): unknown[] {
  const python = pythonOfProject();
  const probe = spawnSync(python, ['-c', 'import rosbags']);
  assert.equal(
    probe.status,
    0,
    `${python} has no module rosbags: run the set-up (npm run setup), or pip install rosbags`,
  );
  const result = spawnSync(python, ['-c', script, bag], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  assert.equal(result.status, 0, result.stderr);
  return result.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

test('rosbags reads every message of a bag of two files, with the definitions and the QoS in the bag', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  const { writer, problems } = await openWriter(bag, { maxBytes: 30_000, chunkBytes: 4000 });
  const types = Object.keys(messageSamples) as (keyof typeof messageSamples)[];
  const expected: unknown[] = [];
  const epoch = 1_760_000_000_000_000_001n;
  types.forEach((type) => {
    const { definition } = createCodec(type);
    const { text: schemaText, typeHash } = definition;
    const durability = type === 'graft_msgs/msg/Episode' ? 'transient_local' : 'volatile';
    writer.addTopic({
      name: `/robot/${type.replaceAll('/', '_')}`,
      type,
      qos: { ...qos, durability },
      schemaText,
      typeHash,
    });
  });
  for (let count = 0; count < 200; count += 1) {
    const type = types[count % types.length];
    const action = { ...messageSamples['graft_msgs/msg/Action'], step: count };
    const isAction = type === 'graft_msgs/msg/Action';
    const data = isAction
      ? createCodec(type).encode(action)
      : createCodec(type as string).encode(messageSamples[type]);
    const logTime = epoch + BigInt(count) * 1_000_000n;
    const topic = `/robot/${type.replaceAll('/', '_')}`;
    writer.write(topic, { logTime, publishTime: logTime, data });
    const fields = {
      step: count,
      joints: action.joints,
      values: [...action.values],
      frame_id: action.header.frame_id,
      nanosec: action.header.stamp.nanosec,
      policy_version: action.policy_version.toString(),
    };
    expected.push([
      topic,
      type,
      logTime.toString(),
      Buffer.from(data).toString('hex'),
      isAction ? fields : {},
    ]);
    if (count % 20 === 0) await writer.flush();
  }
  await writer.close();
  assert.deepEqual(problems, []);
  const [connections, ...messages] = readWithRosbags(bag);
  assert.deepEqual(messages, expected);
  const countOf = (topic: string): number =>
    expected.filter((message) => (message as unknown[])[0] === topic).length;
  for (const [type, durability] of [
    ['Episode', 'TRANSIENT_LOCAL'],
    ['Action', 'VOLATILE'],
  ]) {
    const topic = `/robot/graft_msgs_msg_${type}`;
    assert.deepEqual((connections as Record<string, unknown>)[topic], [durability, countOf(topic)]);
  }
});

test('rosbags reads a bag that was cut in the middle of a record, once it is recovered', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  const { writer } = await openWriter(bag, { chunkBytes: 2000 });
  const codec = createCodec('rosgraph_msgs/msg/Clock');
  const { text: schemaText, typeHash } = codec.definition;
  writer.addTopic({ name: '/clock', type: codec.type, qos, schemaText, typeHash });
  for (let sec = 0; sec < 500; sec += 1) {
    const logTime = BigInt(sec) * 1_000_000_000n;
    writer.write('/clock', {
      logTime,
      publishTime: logTime,
      data: codec.encode({ clock: { sec, nanosec: 0 } }),
    });
  }
  await writer.close();
  const file = path.join(bag, 'run_0.mcap');
  truncateSync(file, Math.floor(statSync(file).size / 2));
  const warnings: string[] = [];
  const content = await recoverBag(bag, { onWarning: (message) => warnings.push(message) });
  assert.equal(warnings.length, 1);
  const recovered = await readAll(bag);
  assert.deepEqual(recovered.warnings, []);
  assert.ok(recovered.messages.length > 100, `${recovered.messages.length} messages`);
  assert.equal(content.files[0]?.messageCount, BigInt(recovered.messages.length));
  const [, ...messages] = readWithRosbags(bag) as [unknown, ...string[][]];
  assert.deepEqual(
    messages.map(([, , time, data]) => [time, data]),
    recovered.messages.map(({ logTime, data }) => [logTime.toString(), Buffer.from(data).toString('hex')]),
  );
});
