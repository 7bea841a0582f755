import { before, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BagReader } from '../../src/bag/reader.js';
import type { ExecutedStep } from '../../src/interfaces/graft-messages.js';
import { withPeer } from '../nodes/running-node.js';
import {
  episodesOf,
  launch,
  pidsOf,
  prepareBase,
  progressOf,
  temporaryFolder,
  trainingArguments,
  until,
} from './project.js';

const root = temporaryFolder();
before(() => prepareBase(root));

test('killed learner: the robot goes on with the last residual, a new learner resumes; killed recorder: the bag is there', async () => {
  const training = launch('train_sim_launch.yaml', trainingArguments(root, 5000));
  await withPeer(async (peer) => {
    const steps: ExecutedStep[] = peer.hears('executed_step', 'graft_msgs/msg/ExecutedStep', 'history');
    const checkpoint = join(root, 'train', 'checkpoint', 'residual.safetensors');
    await until(training, 'a residual', () => existsSync(checkpoint) && steps.at(-1)?.source === 'residual');
    await until(training, 'some updates', () => (steps.at(-1)?.policy_version ?? 0n) > 5n);

    const [learner] = pidsOf(training, 'residual_learner');
    process.kill(learner, 'SIGKILL');
    const atDeath = steps.length;
    const before = progressOf(root);
    await until(training, 'a second learner', () => pidsOf(training, 'residual_learner').length === 2);
    await until(training, 'the robot to go on', () => steps.length > atDeath + 60);
    const alone = steps.slice(atDeath + 40, atDeath + 60);
    assert.deepEqual([...new Set(alone.map(({ source }) => source))], ['residual']);
    const [version] = new Set(alone.map(({ policy_version }) => policy_version));
    assert.ok(version > 0n, 'the last residual');

    await until(training, 'the new learner', () => progressOf(root).steps > before.steps + 100);
    assert.match(training.output(), /past episodes, checkpoint at step \d+/);
    await until(training, 'a new policy', () => (steps.at(-1)?.policy_version ?? 0n) > version);

    const [recorder] = pidsOf(training, 'recorder');
    process.kill(recorder, 'SIGKILL');
    const killed = BigInt(Date.now()) * 1_000_000n;
    await until(
      training,
      'the robot to go on',
      () => pidsOf(training, 'recorder').length === 1 && steps.length > atDeath + 200,
    );
    assert.equal(await training.ended(), 0, training.output().slice(-4000));

    const lost: string[] = [];
    const reader = await BagReader.open(join(root, 'train', 'bags', '0'), {
      onWarning: (message) => lost.push(message),
    });
    let last = 0n;
    for await (const { logTime } of reader.messages()) last = logTime;
    await reader.close();
    const missing = Number(killed - last) / 1e9;
    assert.ok(missing < 2, `the last ${missing} s before the kill are missing`);
  });
  const total = episodesOf(root).at(-1)?.total_steps ?? 0;
  const end = progressOf(root);
  assert.ok(total >= 5000);
  assert.equal(end.steps, total, `not every step of the session was learned from:\n${training.output()}`);
  assert.equal(end.updates, end.due);
});
