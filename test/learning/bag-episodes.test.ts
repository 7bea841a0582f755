import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Episode } from '../../src/interfaces/graft-messages.js';
import { findBags } from '../../src/bag/find-bags.js';
import { bagSpec, eachEpisode, readEpisodes } from '../../src/learning/bag-episodes.js';
import { experienceTopics } from '../../src/learning/episode-stream.js';
import { openMessageBag, type MessageBag } from '../bag/message-bag.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { episodeMessages, observedAt, type ExperienceMessage, type ExperienceTopic } from './messages.js';

const topics = Object.keys(experienceTopics) as ExperienceTopic[];

/** Records the messages under /robot, as the recorder does; messages of other topics are left out. */
async function record(
  bag: string,
  messages: readonly ExperienceMessage[],
  recorded: readonly ExperienceTopic[] = topics,
  close = true,
): Promise<MessageBag> {
  const types = Object.fromEntries(recorded.map((topic) => [topic, experienceTopics[topic]]));
  const opened = await openMessageBag(bag, types, { namespace: '/robot', chunkBytes: 600 });
  for (const { topic, message } of messages) if (recorded.includes(topic)) opened.write(topic, message);
  await (close ? opened.close() : opened.flush());
  return opened;
}

const ids = (episodes: readonly { id: string }[]): string[] => episodes.map(({ id }) => id);

test('episodes come back out of bags, with steps counted and evaluation left out', async (t) => {
  const folder = scratchFolder(t);
  await record(join(folder, 'bags', 'one'), [
    ...episodeMessages('e0', { steps: 3 }),
    ...episodeMessages('e1', { steps: 2, outcome: Episode.OUTCOME_FAILURE, terminated: false }),
  ]);
  await record(join(folder, 'bags', 'two'), episodeMessages('e2', { steps: 4, joints: ['b', 'a'] }));
  assert.deepEqual(findBags(folder), [join(folder, 'bags', 'one'), join(folder, 'bags', 'two')]);
  const { episodes, steps, incomplete } = await readEpisodes([folder], 'rollout');
  assert.deepEqual([ids(episodes), steps, incomplete], [['e0', 'e1', 'e2'], 9, 0]);
  assert.deepEqual(
    episodes.map(({ success, terminated }) => [success, terminated]),
    [
      [true, true],
      [false, false],
      [true, true],
    ],
  );
  assert.deepEqual(Array.from(episodes[2].executed[1]), [1, 10], 'joints in the order of the first bag');
  assert.deepEqual(episodes[0].observation[3], observedAt(3));
  const reordered = await readEpisodes([folder], 'rollout', { joints: ['b', 'a'] });
  assert.deepEqual(Array.from(reordered.episodes[0].executed[1]), [10, 1]);
  const { observed, joints } = await bagSpec(join(folder, 'bags', 'one'));
  assert.deepEqual([observed.names, observed.cameras, joints], [['x', 'y', 'z'], ['head'], ['a', 'b']]);
});

test('episodes are handed over one by one: the next one is not read before the first is taken', async (t) => {
  const bag = join(scratchFolder(t), 'one');
  await record(
    bag,
    [0, 1, 2].flatMap((i) => episodeMessages(`e${i}`, { steps: 2 })),
  );
  const events: string[] = [];
  const take = async ({ id }: { id: string }): Promise<void> => {
    events.push(`${id} begun`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    events.push(`${id} done`);
  };
  assert.deepEqual(await eachEpisode([bag], 'rollout', take), { steps: 6, incomplete: 0 });
  assert.deepEqual(
    events,
    [0, 1, 2].flatMap((i) => [`e${i} begun`, `e${i} done`]),
  );
});

test('without images, episodes hold nothing of the bag but their numbers', async (t) => {
  const bag = join(scratchFolder(t), 'one');
  await record(bag, episodeMessages('e0', { steps: 2 }));
  const [{ observation, base, features, executed }] = (
    await readEpisodes([bag], 'rollout', { keepImages: false })
  ).episodes;
  assert.deepEqual(
    observation.map(({ images }) => images),
    [[], [], []],
  );
  for (const values of [...observation.map(({ state }) => state), ...base, ...features, ...executed])
    assert.equal(values.buffer.byteLength, values.byteLength, 'a view of something larger');
});

test('a bag that is named twice counts once', async (t) => {
  const folder = scratchFolder(t);
  await record(join(folder, 'one'), episodeMessages('e0', { steps: 3 }));
  const { episodes, steps } = await readEpisodes([folder, join(folder, 'one'), `${folder}/one/`], 'rollout');
  assert.deepEqual([ids(episodes), steps], [['e0'], 3]);
});

test('a bag that lacks a topic is refused with what is missing and what is there', async (t) => {
  const folder = scratchFolder(t);
  const bag = join(folder, 'one');
  await record(bag, episodeMessages('e0', { steps: 2 }), ['observation', 'executed_step', 'episode']);
  await assert.rejects(readEpisodes([bag], 'rollout'), {
    name: 'ConfigError',
    file: bag,
    key: 'base_action',
    problem: 'topic is missing; the bag has /robot/observation, /robot/executed_step, /robot/episode',
  });
  assert.deepEqual(
    ids((await readEpisodes([bag], 'demo')).episodes),
    [],
    'demonstrations need no base action',
  );
  mkdirSync(join(folder, 'empty'));
  await assert.rejects(readEpisodes([join(folder, 'empty')], 'demo'), /empty: holds no bag/);
  await assert.rejects(readEpisodes([join(folder, 'none')], 'demo'), /none: holds no bag/);
  const silent = join(folder, 'silent');
  await record(silent, []);
  await assert.rejects(bagSpec(silent), /silent: holds no executed step/);
});

test('a row that is missing in the bag drops its episode and says so', async (t) => {
  const bag = join(scratchFolder(t), 'one');
  const cut = episodeMessages('cut', { steps: 2 }).filter((_, i) => i !== 4);
  await record(bag, [...episodeMessages('e0', { steps: 2 }), ...cut]);
  const { episodes, incomplete } = await readEpisodes([bag], 'rollout');
  assert.deepEqual([ids(episodes), incomplete], [['e0'], 1]);
});

test('the bag of a recorder that was killed still yields its whole episodes, and all steps count', async (t) => {
  const folder = scratchFolder(t);
  const [running, bag] = [join(folder, 'running'), join(folder, 'killed')];
  const unfinished = episodeMessages('e1', { steps: 6 }).slice(0, 12);
  const writer = await record(
    running,
    [...episodeMessages('e0', { steps: 3 }), ...unfinished],
    topics,
    false,
  );
  const open = await readEpisodes([running], 'rollout');
  assert.deepEqual([ids(open.episodes), open.steps, open.incomplete], [['e0'], 3 + 3, 1]);
  cpSync(running, bag, { recursive: true });
  await writer.close();
  const [file] = readdirSync(bag).filter((name) => name.endsWith('.mcap'));
  truncateSync(join(bag, file), statSync(join(bag, file)).size - 20);
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  assert.deepEqual(ids((await readEpisodes([bag], 'rollout')).episodes), ['e0']);
  assert.match((await warned).message, /the last \d+ bytes are lost/);
});
