import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { parse } from 'yaml';

import { formatQos, numberedQos, type BagQos } from '../../src/bag/metadata.js';
import { BagReader } from '../../src/bag/reader.js';
import { countData, countOf, countTopic, openWriter, qos, readAll, temporaryDirectory } from './recording.js';

type Metadata = {
  rosbag2_bagfile_information: {
    version: bigint;
    message_count: bigint;
    starting_time: { nanoseconds_since_epoch: bigint };
    duration: { nanoseconds: bigint };
    relative_file_paths: string[];
    files: { path: string; message_count: bigint }[];
    topics_with_message_count: {
      topic_metadata: { name: string; offered_qos_profiles: string };
      message_count: bigint;
    }[];
  };
};

function metadataOf(directory: string): Metadata['rosbag2_bagfile_information'] {
  const text = readFileSync(path.join(directory, 'metadata.yaml'), 'utf8');
  return (parse(text, { intAsBigInt: true }) as Metadata).rosbag2_bagfile_information;
}

const epoch = 1_760_000_000_123_456_789n;

test('what is written is read back, byte for byte, in order of log time', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  const { writer, problems } = await openWriter(bag, { chunkBytes: 2000 });
  writer.addTopic(countTopic('/a'));
  writer.addTopic({ ...countTopic('/b'), type: 'test_msgs/msg/Other' });
  writer.addTopic({ ...countTopic('/silent'), qos: { ...qos, durability: 'transient_local' } });
  const buffer = countData(0, 40);
  for (let count = 0; count < 1000; count += 1) {
    // Log times that do not grow steadily, over the borders of chunks; the caller's buffer is used again each time.
    const logTime = epoch + BigInt((count * 7919) % 1000);
    buffer.set(countData(count, 40));
    writer.write(count % 3 === 0 ? '/b' : '/a', { logTime, publishTime: logTime - 5n, data: buffer });
    if (count === 500) await writer.flush();
  }
  await writer.close();
  assert.deepEqual(problems, []);

  const { messages, warnings, reader } = await readAll(bag);
  assert.deepEqual(warnings, []);
  assert.equal(messages.length, 1000);
  messages.forEach((message, index) => {
    const count = countOf(message);
    assert.equal(message.logTime, epoch + BigInt(index));
    assert.equal((count * 7919) % 1000, index);
    assert.equal(message.publishTime, message.logTime - 5n);
    assert.equal(message.topic, count % 3 === 0 ? '/b' : '/a');
    assert.equal(message.type, count % 3 === 0 ? 'test_msgs/msg/Other' : 'test_msgs/msg/Count');
    assert.deepEqual(Buffer.from(message.data), countData(count, 40));
  });
  assert.deepEqual(reader.topics(), [
    { name: '/a', type: 'test_msgs/msg/Count', count: 666 },
    { name: '/b', type: 'test_msgs/msg/Other', count: 334 },
    { name: '/silent', type: 'test_msgs/msg/Count', count: 0 },
  ]);
  assert.equal(reader.schemas.get('test_msgs/msg/Count'), 'uint32 count\n');
  const metadata = metadataOf(bag);
  assert.equal(metadata.message_count, 1000n);
  assert.equal(metadata.starting_time.nanoseconds_since_epoch, epoch);
  assert.equal(metadata.duration.nanoseconds, 999n);
  assert.match(metadata.topics_with_message_count[2].topic_metadata.offered_qos_profiles, /durability: 1\n/);
  assert.deepEqual(readdirSync(bag).sort(), ['metadata.yaml', 'run_0.mcap']);
});

test('topics and times select messages, and a topic that is not there is an error that names those that are', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  const { writer } = await openWriter(bag);
  writer.addTopic(countTopic('/a'));
  writer.addTopic(countTopic('/b'));
  for (let count = 0; count < 20; count += 1) {
    const time = epoch + BigInt(count);
    writer.write(count % 2 === 0 ? '/a' : '/b', { logTime: time, publishTime: time, data: countData(count) });
  }
  await writer.close();
  const { messages } = await readAll(bag, { topics: ['/b'], start: epoch + 5n, end: epoch + 9n });
  assert.deepEqual(messages.map(countOf), [5, 7, 9]);
  await assert.rejects(readAll(bag, { topics: ['/b', '/c'] }), /has no topic \/c; it has \/a, \/b/);
});

test('a bag is split by size and read as one, also file by file', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  const { writer, problems } = await openWriter(bag, { maxBytes: 20_000, chunkBytes: 4000 });
  writer.addTopic(countTopic('/a'));
  for (let count = 0; count < 100; count += 1) {
    const time = epoch + BigInt(count);
    writer.write('/a', { logTime: time, publishTime: time, data: countData(count, 1000) });
  }
  await writer.close();
  assert.deepEqual(problems, []);
  const metadata = metadataOf(bag);
  assert.ok(metadata.files.length >= 4, `${metadata.files.length} files`);
  assert.deepEqual(
    metadata.relative_file_paths,
    metadata.files.map((_, index) => `run_${index}.mcap`),
  );
  assert.equal(
    metadata.files.reduce((sum, file) => sum + file.message_count, 0n),
    100n,
  );
  const whole = await readAll(bag);
  assert.deepEqual(
    whole.messages.map(countOf),
    Array.from({ length: 100 }, (_, index) => index),
  );
  const second = await readAll(path.join(bag, 'run_1.mcap'));
  assert.equal(BigInt(second.messages.length), metadata.files[1].message_count);
});

test('a bag is never overwritten', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  const { writer } = await openWriter(bag);
  await writer.close();
  await assert.rejects(openWriter(bag), /exists already: a bag is never overwritten/);
});

test('an empty bag and an empty directory', async (t) => {
  const directory = temporaryDirectory(t);
  const bag = path.join(directory, 'run');
  const { writer } = await openWriter(bag);
  writer.addTopic(countTopic('/a'));
  await writer.close();
  const { messages, reader, warnings } = await readAll(bag);
  assert.deepEqual([messages.length, warnings.length, reader.topics().length], [0, 0, 1]);
  await assert.rejects(BagReader.open(directory), /has no \.mcap file/);
  await assert.rejects(BagReader.open(path.join(directory, 'none')), /no bag at/);
});

test('misuse is an error: unknown topic, topic of two types, write after close', async (t) => {
  const { writer } = await openWriter(path.join(temporaryDirectory(t), 'run'));
  const message = { logTime: 1n, publishTime: 1n, data: countData(1) };
  writer.addTopic(countTopic('/a'));
  writer.addTopic(countTopic('/a'));
  assert.throws(
    () => writer.addTopic({ ...countTopic('/a'), type: 'x_msgs/msg/X' }),
    /recorded as test_msgs\/msg\/Count/,
  );
  assert.throws(() => writer.write('/b', message), /\/b was not added/);
  await writer.close();
  assert.throws(() => writer.write('/a', message), /closed/);
});

test('a disk that is too slow costs messages, not memory, and is reported', async (t) => {
  const bag = path.join(temporaryDirectory(t), 'run');
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const { openNewFile } = await import('../../src/bag/bag-file.js');
  let writes = 0;
  const { writer, problems } = await openWriter(bag, {
    chunkBytes: 10_000,
    maxQueuedBytes: 50_000,
    openFile: async (file) => {
      const real = await openNewFile(file);
      // Header and metadata pass, then the disk stands still.
      const write = async (bytes: Uint8Array): Promise<void> => {
        if ((writes += 1) > 2) await gate;
        await real.write(bytes);
      };
      return { ...real, write };
    },
  });
  writer.addTopic(countTopic('/a'));
  for (let count = 0; count < 200; count += 1)
    writer.write('/a', { logTime: BigInt(count), publishTime: 0n, data: countData(count, 1000) });
  assert.ok(writer.dropped > 140 && writer.dropped < 160, `${writer.dropped} dropped`);
  assert.equal(problems[0]?.kind, 'back_pressure');
  release();
  await writer.flush();
  writer.write('/a', { logTime: 500n, publishTime: 0n, data: countData(500) });
  await writer.close();
  assert.deepEqual(problems.at(-1), { ...problems.at(-1), kind: 'back_pressure', dropped: writer.dropped });
  const counts = (await readAll(bag)).messages.map(countOf);
  const kept = 200 - writer.dropped;
  assert.deepEqual(counts, [...Array.from({ length: kept }, (_, index) => index), 500]);
});

test('a bag says how its topics were declared, so that a copy can be declared the same', async (t) => {
  const directory = temporaryDirectory(t);
  const { writer } = await openWriter(path.join(directory, 'run'));
  const latched: BagQos = { ...qos, durability: 'transient_local' };
  const topics = [
    { ...countTopic('/a'), qos },
    { ...countTopic('/b'), qos: latched },
    { ...countTopic('/c'), qos, typeHash: undefined },
  ];
  for (const topic of topics) writer.addTopic(topic);
  await writer.close();
  const { reader } = await readAll(path.join(directory, 'run'));
  const declared = reader.declarations();
  assert.deepEqual(
    declared,
    topics.map((topic) => ({ ...topic, qos: formatQos(topic.qos) })),
  );
  const copy = await openWriter(path.join(directory, 'copy'));
  for (const topic of declared) copy.writer.addTopic(topic);
  await copy.writer.close();
  assert.deepEqual((await readAll(path.join(directory, 'copy'))).reader.declarations(), declared);
});

test('policies that a newer rosbag2 wrote with names become numbers; numbers stay as they are written', () => {
  const named = [
    '- history: keep_last',
    '  depth: 1',
    '  reliability: best_effort',
    '  durability: transient_local',
    '  deadline: {sec: 9223372036, nsec: 854775807}',
    '  liveliness: automatic',
  ].join('\n');
  assert.deepEqual(parse(numberedQos(named)), [
    {
      ...{ history: 1, depth: 1, reliability: 2, durability: 1, liveliness: 1 },
      deadline: { sec: 9223372036, nsec: 854775807 },
    },
  ]);
  const numbers = '- {history: 1,   depth: 3, reliability: 1, durability: 2} # as it came';
  assert.equal(numberedQos(numbers), numbers);
  assert.equal(numberedQos(''), '');
});
