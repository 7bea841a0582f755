import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { appendTo } from '../../src/bag/bag-file.js';
import { BagReader, type RecordedMessage } from '../../src/bag/reader.js';
import { BagWriter, type BagTopic } from '../../src/bag/writer.js';
import { createCodec } from '../../src/interfaces/codec.js';
import type { Observation, Reward } from '../../src/interfaces/graft-messages.js';
import { qosProfile } from '../../src/interfaces/qos-profiles.js';
import { createCritics } from '../../src/reward/create-critics.js';
import type { Critic } from '../../src/reward/critic.js';
import { recordedEpisodes } from '../../src/reward/recorded-episodes.js';
import { relabelBags, type RelabelCounts, type RelabelOptions } from '../../src/reward/relabel.js';
import { loadReward, type RewardFile } from '../../src/reward/reward-file.js';
import { judgementsOf } from '../../src/reward/reward-message.js';
import { findTask } from '../../src/sim/task.js';
import { EpisodeBag } from '../../src/worlds/episode-bag.js';
import { WorldRunner } from '../../src/worlds/world-runner.js';
import { readAll } from '../bag/recording.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { messageSamples } from '../interfaces/samples.js';
import { seeingTask } from '../sim/seeing-task.js';

/** A bag of two demonstrations of `lift`, as `graft demos` records them. */
const demos = join(mkdtempSync(join(tmpdir(), 'graft-relabel-')), 'bag');
after(() => rmSync(dirname(demos), { recursive: true }));
before(async () => {
  const task = findTask('lift');
  const bag = await EpisodeBag.open(demos, task);
  const agent = { kind: 'expert', noise: true } as const;
  const runner = await WorldRunner.create(task, { task: 'lift', agent, randomise: false, trace: true });
  for (const seed of [40, 41]) await bag.append(await runner.run(seed));
  await runner.dispose();
  await bag.close();
});

const rewardTopic: BagTopic = topicOf('/robot/reward', 'graft_msgs/msg/Reward');

function topicOf(name: string, type: 'graft_msgs/msg/Reward' | 'graft_msgs/msg/StepAck'): BagTopic {
  const { text: schemaText, typeHash } = createCodec(type).definition;
  return { name, type, qos: qosProfile('latched'), schemaText, typeHash };
}

/** An old opinion on an observation. */
function opinion(critic: string, { header, episode_id, step }: Observation): Uint8Array {
  const sample = messageSamples['graft_msgs/msg/Reward'];
  return createCodec('graft_msgs/msg/Reward').encode({ ...sample, header, episode_id, step, critic });
}

/**
 * Records the demonstrations once more as a robot's recorder would: under /robot, in several files, with a topic of another kind, and
 * with the opinions of two critics that come three messages late.
 */
async function recordRobot(folder: string, { close = true } = {}): Promise<BagWriter> {
  const onError = ({ message }: { message: string }): void => assert.fail(message);
  const writer = await BagWriter.open(folder, { onError, maxBytes: 60_000, chunkBytes: 5000 });
  const { messages, reader } = await readAll(demos);
  for (const topic of reader.declarations().slice(0, 3))
    writer.addTopic({ ...topic, name: `/robot${topic.name}` });
  writer.addTopic(rewardTopic);
  writer.addTopic(topicOf('/step_ack', 'graft_msgs/msg/StepAck'));
  for (const topic of reader.declarations().slice(3))
    writer.addTopic({ ...topic, name: `/robot${topic.name}` });
  const late: Observation[] = [];
  messages.forEach(({ topic, logTime, publishTime, data, type }, i) => {
    writer.write(`/robot${topic}`, { logTime, publishTime: publishTime - 5n, data });
    if (type === 'graft_msgs/msg/Observation')
      late.push(createCodec('graft_msgs/msg/Observation').decode(data.slice()));
    if (i % 3 !== 0) return;
    const ack = createCodec('graft_msgs/msg/StepAck').encode(messageSamples['graft_msgs/msg/StepAck']);
    writer.write('/step_ack', { logTime, publishTime, data: ack });
    for (const about of late.splice(0, late.length - 2))
      for (const critic of ['success', 'other'])
        writer.write('/robot/reward', { logTime, publishTime, data: opinion(critic, about) });
  });
  if (close) await writer.close();
  else await writer.flush();
  return writer;
}

function rewardFile(
  t: TestContext,
  text = 'task: lift\ncritics: { success: { kind: success_expression } }',
): RewardFile {
  const file = join(scratchFolder(t), 'reward.yaml');
  writeFileSync(file, text);
  return loadReward(file);
}

async function relabel(
  t: TestContext,
  folder: string,
  out: string,
  options: Partial<RelabelOptions> = {},
): Promise<RelabelCounts> {
  const reward = options.reward ?? rewardFile(t);
  return relabelBags(folder, out, { reward, critics: await createCritics(reward), ...options });
}

const decoded = ({ data }: RecordedMessage): Reward => createCodec('graft_msgs/msg/Reward').decode(data);

/** Whether a message is an opinion of the critic that is replaced. */
const isOfSuccess = (message: RecordedMessage): boolean =>
  message.type === 'graft_msgs/msg/Reward' && decoded(message).critic === 'success';

/** All of a message but where it lies. */
const content = ({ topic, type, logTime, publishTime, data }: RecordedMessage): unknown => [
  ...[topic, type, logTime, publishTime],
  Buffer.from(data).toString('hex'),
];

/** All but the replaced opinions must be the same, to the byte. */
async function assertSameButOpinions(input: string, out: string): Promise<RecordedMessage[]> {
  const [before, after] = [await readAll(input), await readAll(out)];
  assert.deepEqual(after.warnings, []);
  assert.deepEqual(
    after.messages.filter((message) => !isOfSuccess(message)).map(content),
    before.messages.filter((message) => !isOfSuccess(message)).map(content),
  );
  assert.deepEqual(after.reader.declarations(), before.reader.declarations(), 'topics, definitions, QoS');
  assert.deepEqual(
    after.reader.content().topics.map(({ name, type, offeredQos }) => [name, type, offeredQos]),
    before.reader.content().topics.map(({ name, type, offeredQos }) => [name, type, offeredQos]),
  );
  return after.messages;
}

test('a copy of a bag of several files has new opinions, and all else to the byte', async (t) => {
  const folder = scratchFolder(t);
  const [input, out] = [join(folder, 'in'), join(folder, 'out')];
  await recordRobot(input);
  assert.ok(readdirSync(input).length > 3, 'several files');
  const old = (await readAll(input)).messages.filter(isOfSuccess).length;
  const counts = await relabel(t, input, out);
  const messages = await assertSameButOpinions(input, out);
  const observations = messages.filter(({ type }) => type === 'graft_msgs/msg/Observation');
  assert.deepEqual(counts, { episodes: 2, incomplete: 0, opinions: observations.length, replaced: old });
  assert.ok(old > 0 && old < observations.length);
  messages.forEach((message, i) => {
    if (message.type !== 'graft_msgs/msg/Observation') return;
    const { header, episode_id, step } = createCodec('graft_msgs/msg/Observation').decode(message.data);
    const next = messages[i + 1];
    const said = decoded(next);
    assert.deepEqual([said.header.stamp, said.episode_id, said.step], [header.stamp, episode_id, step]);
    assert.deepEqual([next.logTime, next.publishTime], [message.logTime, message.publishTime]);
    assert.deepEqual([said.critic, said.model], ['success', 'success_expression']);
    assert.ok(said.latency >= 0 && said.latency < 10);
  });
  for await (const episode of recordedEpisodes([out])) {
    const progress = judgementsOf(episode, 'success').map((said) => said?.progress);
    assert.deepEqual(progress, [...episode.clip.moments.slice(1).map(() => 0), 1]);
    const changes = episode.rewards.filter(({ critic }) => critic === 'success').map(({ change }) => change);
    assert.deepEqual(changes, [NaN, ...episode.clip.moments.slice(2).map(() => 0), 1]);
  }
});

test('the bag of a recorder that was killed is copied as far as it goes; its unfinished episode has no opinions', async (t) => {
  const folder = scratchFolder(t);
  const [running, input, out] = [join(folder, 'running'), join(folder, 'in'), join(folder, 'out')];
  const writer = await recordRobot(running, { close: false });
  cpSync(running, input, { recursive: true });
  await writer.close();
  const last = readdirSync(input)
    .filter((name) => name.endsWith('.mcap'))
    .sort(byNumber)
    .at(-1)!;
  truncateSync(join(input, last), statSync(join(input, last)).size - 5000);
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  const counts = await relabel(t, input, out);
  assert.match((await warned).message, /bytes are lost/);
  await assertSameButOpinions(input, out);
  assert.deepEqual([counts.episodes, counts.incomplete], [1, 1]);
  const episodes = (await readAll(out)).messages
    .filter(isOfSuccess)
    .map((message) => decoded(message).episode_id);
  assert.equal(new Set(episodes).size, 1);
});

const byNumber = new Intl.Collator('en', { numeric: true }).compare;

test('a bag without opinions gets the topic, beside its observations; a folder of bags is mirrored', async (t) => {
  const folder = scratchFolder(t);
  const [input, out] = [join(folder, 'in'), join(folder, 'out')];
  cpSync(demos, join(input, 'noisy', 'bag'), { recursive: true });
  cpSync(demos, join(input, 'bag'), { recursive: true });
  mkdirSync(join(input, 'empty'));
  await (await BagWriter.open(join(input, 'started'), { onError: () => undefined })).close();
  const counts = await relabel(t, input, out);
  assert.deepEqual([counts.episodes, counts.replaced], [4, 0]);
  assert.deepEqual(readdirSync(out).sort(), ['bag', 'noisy', 'started']);
  for (const bag of ['bag', 'noisy/bag']) {
    const reader = await BagReader.open(join(out, bag));
    const names = (await readAll(join(input, bag))).reader.topics().map(({ name }) => name);
    assert.deepEqual(
      reader.topics().map(({ name }) => name),
      [...names, '/reward'],
    );
    await reader.close();
    assert.deepEqual(readdirSync(join(out, bag)).sort(), ['bag_0.mcap', 'metadata.yaml']);
  }
  assert.deepEqual((await readAll(join(out, 'started'))).messages, []);
});

/** There is neither a copy nor a part of one. */
function assertNothing(out: string): void {
  assert.deepEqual(
    readdirSync(dirname(out)).filter((name) => name.startsWith('out')),
    [],
  );
}

test('what is there is never overwritten', async (t) => {
  const out = join(scratchFolder(t), 'out');
  mkdirSync(out);
  await assert.rejects(relabel(t, demos, out), /out exists already/);
  await assert.rejects(relabel(t, demos, demos), /exists already/);
  assert.deepEqual(readdirSync(out), []);
});

test('after an interrupt, a full disk or a critic that cannot judge there is no copy', async (t) => {
  const out = join(scratchFolder(t), 'out');
  const interrupt = new AbortController();
  const onProgress = (): void => interrupt.abort(new Error('interrupted'));
  await assert.rejects(relabel(t, demos, out, { signal: interrupt.signal, onProgress }), /interrupted/);
  assertNothing(out);
  const openFile: RelabelOptions['openFile'] = async (file) => {
    const disk = appendTo(await open(file, 'wx'));
    // The kernel's device that answers every write with ENOSPC.
    const full = appendTo(await open('/dev/full', 'w'));
    let written = 0;
    return {
      write: (bytes) => ((written += bytes.length) > 50_000 ? full : disk).write(bytes),
      sync: () => disk.sync(),
      close: async () => {
        await disk.close();
        await full.close();
      },
    };
  };
  await assert.rejects(relabel(t, demos, out, { openFile }), /recording stopped: ENOSPC/);
  assertNothing(out);
  const down: Critic = {
    ...{ name: 'down', model: 'down', version: '1', done_threshold: 0.5, sees: 'prefix' },
    judge: () => Promise.reject(new Error('no server at that address')),
    dispose: () => Promise.resolve(),
  };
  await assert.rejects(relabel(t, demos, out, { critics: [down] }), /no server at that address/);
  assertNothing(out);
});

test('an episode of another task, or observed otherwise, is refused', async (t) => {
  const out = join(scratchFolder(t), 'out');
  const critics = '\ncritics: { success: { kind: success_expression } }';
  const other = rewardFile(t, `task: pick_place${critics}`);
  await assert.rejects(relabel(t, demos, out, { reward: other }), {
    name: 'ConfigError',
    message: /reward\.yaml: task: is pick_place, episode demo-lift-40-000000 in \S+bag is of lift$/,
  });
  const seeing = seeingTask(t, ['camera: head, width: 24, height: 24']);
  const blind = rewardFile(t, `task: ${seeing}${critics}`);
  await assert.rejects(
    relabel(t, demos, out, { reward: blind }),
    /images\.0: is head, which episode demo-lift-40-000000 in \S+bag does not send$/,
  );
  assert.ok(!existsSync(out));
});
