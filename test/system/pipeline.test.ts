import { before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BagReader } from '../../src/bag/reader.js';
import { readEpisodes as readLog, readJsonLines } from '../../src/episodes/log.js';
import { createCodec } from '../../src/interfaces/codec.js';
import { readEpisodes } from '../../src/learning/bag-episodes.js';
import { updatesDue, type Hyperparameters } from '../../src/learning/hyperparameters.js';
import { loadCheckpoint } from '../../src/learning/checkpoint.js';
import type { LearningRecord } from '../../src/learning/learning-log.js';
import {
  episodesOf,
  graft,
  launch,
  launched,
  prepareBase,
  progressOf,
  temporaryFolder,
  trainingArguments,
  until,
} from './project.js';
import { plain, readWithRosbags } from './rosbags-reader.js';

const root = temporaryFolder();
const policyHash = (): string =>
  createHash('sha256')
    .update(readFileSync(join(root, 'base', 'policy.onnx')))
    .digest('hex');
let frozen = '';

before(async () => {
  await prepareBase(root);
  frozen = policyHash();
});

test('graft doctor finds nothing wrong', () => {
  assert.match(graft('doctor'), /ROS/);
});

test('three demonstrations were collected, and rosbags reads their bag as graft does', async () => {
  const log = readLog(join(root, 'demos', 'episodes.jsonl'));
  assert.equal(log.filter(({ outcome }) => outcome === 'success').length, 3);
  assert.deepEqual(
    log.map(({ seed }) => seed),
    log.map((_, i) => i),
  );
  const bag = join(root, 'demos', 'bag');
  const { episodes, steps, incomplete } = await readEpisodes([bag], 'demo');
  assert.deepEqual(
    episodes.map(({ executed, observation, success }) => [executed.length, observation.length, success]),
    log.map((record) => [record.steps, record.steps + 1, record.outcome === 'success']),
  );
  assert.deepEqual([steps, incomplete], [log.at(-1)?.total_steps, 0]);
  const reader = await BagReader.open(bag);
  const foreign = readWithRosbags(bag);
  let count = 0;
  for await (const { topic, type, logTime, data } of reader.messages()) {
    const bytes = Buffer.from(data).toString('hex');
    const [theirTopic, theirType, time, theirBytes, fields] = foreign[count++];
    assert.deepEqual([theirTopic, theirType, time, theirBytes], [topic, type, logTime.toString(), bytes]);
    assert.deepEqual(fields, plain(createCodec(type).decode(data)), `${topic}, message ${count}`);
  }
  await reader.close();
  assert.equal(count, foreign.length);
  const types = new Set(foreign.map(([, type]) => type));
  for (const name of ['Observation', 'Action', 'ExecutedStep', 'Episode', 'TaskState'])
    assert.ok(types.has(`graft_msgs/msg/${name}`), name);
});

/** Control steps that may go unacknowledged by the learner (mujoco_sim's ack_window). */
const ackWindow = 32;

test('training makes exactly the updates that its steps owe; Ctrl-C and a second start keep that', async () => {
  const values = trainingArguments(root, 600);
  const first = launch('train_sim_launch.yaml', values);
  await until(first, 'three episodes', () => episodesOf(root).length >= 3);
  const { code, seconds } = await first.interrupt();
  assert.equal(code, 0, first.output().slice(-4000));
  assert.ok(seconds < 10, `${seconds} s until the launch ended`);
  const middle = progressOf(root);
  const begun = episodesOf(root);
  // The learner has a lower priority: Ctrl-C may find it behind by the steps that may go unacknowledged.
  const begunSteps = begun.at(-1)?.total_steps ?? 0;
  assert.ok(middle.steps >= begunSteps - ackWindow && middle.steps < 600, `${middle.steps} of ${begunSteps}`);
  assert.ok(middle.updates <= middle.due && middle.due - middle.updates <= ackWindow, JSON.stringify(middle));

  await launched('train_sim_launch.yaml', { ...values, session: 1, resume: 'require' });
  const log = episodesOf(root);
  assert.deepEqual(log.slice(0, begun.length), begun);
  assert.deepEqual(
    log.map(({ seed }) => seed),
    log.map((_, i) => i),
  );
  assert.ok((log.at(-1)?.total_steps ?? 0) >= 600);
  const end = progressOf(root);
  assert.equal(end.updates, end.due);
  // Both bags: the ended episodes, and the steps of the one that Ctrl-C cut short.
  const { episodes, steps } = await readEpisodes([join(root, 'train', 'bags')], 'rollout');
  // An episode that ends while Ctrl-C ends the recorder may be in the log only.
  assert.ok(log.length - episodes.length <= 1, `${episodes.length} of ${log.length} episodes in the bags`);
  assert.equal(end.steps, steps);
  const { settings } = loadCheckpoint(join(root, 'train', 'checkpoint'));
  const curve = readJsonLines<LearningRecord>(join(root, 'train', 'metrics.jsonl'));
  assert.ok(curve.length >= 4);
  for (const { step, updates } of curve) assert.equal(updates, updatesDue(step, settings as Hyperparameters));
});

test('an evaluation can be repeated: same seeds, same episodes, same JSON', () => {
  const evaluate = (
    policy: string,
    out: string,
    ...more: string[]
  ): { line: string; episodes: unknown[] } => {
    const place = join(root, 'evaluate', out);
    const options = ['--policy', policy, '--episodes', '3', '--seed', '10000', '--out', place, '--json'];
    const line = graft('evaluate', '--run', root, ...options, ...more)
      .trimEnd()
      .split('\n')
      .at(-1);
    const episodes = readLog(join(place, 'episodes.jsonl'));
    const kept = episodes.map(({ seed, kind, outcome, terminated, truncated, steps, policy_version }) => [
      seed,
      kind,
      outcome,
      terminated,
      truncated,
      steps,
      policy_version,
    ]);
    return { line: line ?? '', episodes: kept };
  };
  const first = evaluate('residual', 'a');
  assert.deepEqual(
    first.episodes.map((episode) => (episode as unknown[])[0]),
    [10000, 10001, 10002],
  );
  const successes = first.episodes.filter((episode) => (episode as unknown[])[2] === 'success').length;
  assert.equal(first.line, JSON.stringify({ successes, episodes: 3 }));
  assert.deepEqual(evaluate('residual', 'b'), first);
  // The same policy in simulations of this process, two at once: the same limits, the same physics.
  assert.deepEqual(evaluate('residual', 'c', '--worlds', '2'), first);
});

test('the frozen policy is the same file after all of this', () => {
  assert.equal(policyHash(), frozen);
});
