import { before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { BagReader } from '../../src/bag/reader.js';
import { projectFile } from '../../src/config/paths.js';
import { createCodec } from '../../src/interfaces/codec.js';
import type { Messages } from '../../src/interfaces/graft-messages.js';
import { readEpisodes } from '../../src/learning/bag-episodes.js';
import { checkpointExists, loadCheckpoint } from '../../src/learning/checkpoint.js';
import { experienceTopics } from '../../src/learning/episode-stream.js';
import { imageBytes } from '../../src/robot/image-spec.js';
import { findTask } from '../../src/sim/task.js';
import { runEpisodes } from '../../src/worlds/pool.js';
import type { WorldEpisode } from '../../src/worlds/world-runner.js';
import {
  episodesOf,
  launch,
  launched,
  pidsOf,
  prepareBase,
  progressOf,
  temporaryFolder,
  trainingArguments,
  until,
} from './project.js';

const task = 'lift_pixels';
const root = temporaryFolder();
const settings = projectFile('test', 'system', 'pixels.yaml');
const sizes = findTask(task).images.map(imageBytes);
before(() => prepareBase(root, task, 2));

/** Arguments of a training whose residual has the given view. */
function seeingArguments(view: string, steps: number): ReturnType<typeof trainingArguments> {
  return { ...trainingArguments(root, steps), task, settings, view };
}

test('view images: a killed learner resumes with the images of the bag; checkpoint and bag are whole', async () => {
  const training = launch('train_sim_launch.yaml', seeingArguments('images', 500));
  const checkpoint = join(root, 'train', 'checkpoint');
  await until(
    training,
    'a checkpoint after the warm-up',
    () => checkpointExists(checkpoint) && progressOf(root).updates > 5,
  );
  const [first] = pidsOf(training, 'residual_learner');
  process.kill(first, 'SIGKILL');
  const atDeath = progressOf(root);
  assert.equal(await training.ended(), 0, training.output().slice(-4000));

  const resumed = /, ([1-9]\d*) past episodes, checkpoint at step (\d+)/.exec(training.output());
  assert.ok(resumed !== null && Number(resumed[2]) >= atDeath.steps, training.output().slice(-4000));
  const end = progressOf(root);
  assert.equal(end.steps, episodesOf(root).at(-1)?.total_steps, 'every step was learned from');
  assert.equal(end.updates, end.due);
  assert.ok(end.updates > atDeath.updates);
  assert.equal(loadCheckpoint(checkpoint).settings['view'], 'images');

  const { episodes, incomplete } = await readEpisodes([join(root, 'train', 'bags')], 'rollout');
  assert.deepEqual(
    episodes.map(({ id }) => id),
    episodesOf(root).map(({ episode_id }) => episode_id),
  );
  assert.equal(incomplete, 0);
  for (const { observation } of episodes) {
    for (const { images } of observation)
      assert.deepEqual(
        images.map(({ length }) => length),
        sizes,
      );
    const [begin, last] = [observation[0], observation[observation.length - 1]];
    begin.images.forEach((image, i) => assert.notDeepEqual(image, last.images[i], 'the arm moves'));
  }
});

/** What an episode's bag holds of a topic, by step: a simulation that waits long for an answer sends its sensors again. */
async function recorded<T extends 'observation' | 'base_action' | 'executed_step'>(
  bag: string,
  topic: T,
): Promise<Messages[(typeof experienceTopics)[T]][]> {
  const reader = await BagReader.open(bag);
  const codec = createCodec(experienceTopics[topic]);
  const messages: Messages[(typeof experienceTopics)[T]][] = [];
  for await (const { data } of reader.messages({ topics: [`/${topic}`] })) {
    const message = codec.decode(data);
    messages[message.step] = message;
  }
  await reader.close();
  return messages;
}

async function inOneWorld(agent: Parameters<typeof runEpisodes>[0]['agent']): Promise<WorldEpisode> {
  const request = { task, agent, randomise: false, trace: true, worlds: 1, seed: 10_000, episodes: 1 };
  for await (const episode of runEpisodes(request)) return episode;
  throw new Error('no episode was run');
}

test('the same answer in the graph and without ROS: the same pictures, features, proposals and commands', async () => {
  const [base, checkpoint] = [join(root, 'base'), join(root, 'train', 'checkpoint')];
  const out = join(root, 'evaluate');
  const values = { task, base, checkpoint, out, episodes: 1, seed: 10_000, record: true };
  await launched('evaluate_sim_launch.yaml', values);
  const { trace, steps } = await inOneWorld({ kind: 'residual', policy: base, checkpoint });
  const bag = join(out, 'bag');
  const [observations, proposals, executed] = [
    await recorded(bag, 'observation'),
    await recorded(bag, 'base_action'),
    await recorded(bag, 'executed_step'),
  ];
  assert.ok(observations.length > steps && steps > 10);
  trace.forEach(({ observed, base: proposed, features, limited }, step) => {
    const { state, images } = observations[step];
    assert.deepEqual({ state, images: images.map(({ data }) => data) }, observed, `step ${step}`);
    assert.deepEqual([proposals[step].values, proposals[step].features], [proposed, features]);
    if (step < steps) assert.deepEqual(executed[step].executed, limited, `step ${step}`);
  });
  assert.ok(trace[0].features.length > 0);
  assert.ok(executed.slice(0, steps).every(({ source }) => source === 'residual'));
});

test('view features: learned from what the frozen encoder sees, without an image in the replay', async () => {
  const run = join(root, 'features');
  const training = launch('train_sim_launch.yaml', { ...seeingArguments('features', 110), run });
  assert.equal(await training.ended(), 0, training.output().slice(-4000));
  const { settings: learned, progress } = loadCheckpoint(join(run, 'checkpoint'));
  assert.equal(learned['view'], 'features');
  assert.ok(progress.updates > 5);
  const [, kilobytes] = /([\d.]+) kB per transition/.exec(training.output()) ?? [];
  assert.ok(Number(kilobytes) < 2, `${kilobytes} kB per transition`);
});
