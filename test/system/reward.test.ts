import { before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { projectFile } from '../../src/config/paths.js';
import type { DiagnosticStatus, Reward } from '../../src/interfaces/graft-messages.js';
import { createCritics } from '../../src/reward/create-critics.js';
import { judgeAll } from '../../src/reward/critic.js';
import { recordedEpisodes } from '../../src/reward/recorded-episodes.js';
import { loadReward } from '../../src/reward/reward-file.js';
import { judgementsOf } from '../../src/reward/reward-message.js';
import { withPeer } from '../nodes/running-node.js';
import {
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

/** Progress of lift and a term that pays for it, as shipped. */
const rewardFile = projectFile('rewards', 'lift_progress.yaml');

test('critics that are killed in the middle: the robot and the learner go on, and the bag shows what is missing', async () => {
  const training = launch('train_sim_launch.yaml', {
    ...trainingArguments(root, 20000),
    reward: rewardFile,
  });
  const ledger: DiagnosticStatus[] = [];
  await withPeer(async (peer) => {
    const steps = peer.hears('executed_step', 'graft_msgs/msg/ExecutedStep', 'history');
    const rewards: Reward[] = peer.hears('reward', 'graft_msgs/msg/Reward', 'history');
    const diagnostics = peer.hears('/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray', 'reliable');
    await until(training, 'opinions', () => rewards.length > 100);
    assert.match(training.output(), /hears progress, which judged \d+ demonstrations/);

    const [critics] = pidsOf(training, 'progress_reward');
    process.kill(critics, 'SIGKILL');
    const [heard, atDeath] = [rewards.length, steps.length];
    await until(training, 'the robot to go on', () => steps.length > atDeath + 100);
    await until(training, 'new critics', () => rewards.length > heard + 700);
    await until(training, 'steps', () => steps.length > 2200);
    assert.equal(pidsOf(training, 'progress_reward').length, 2);
    assert.equal((await training.interrupt()).code, 0, training.output().slice(-4000));
    for (const { status } of diagnostics)
      ledger.push(...status.filter(({ name }) => name === 'residual_learner: reward'));
  });
  const { steps, updates, due } = progressOf(root);
  assert.ok(steps >= 2000 && updates > 0 && updates <= due, JSON.stringify({ steps, updates, due }));
  const missing = ledger.at(-1)?.values.find(({ key }) => key === 'steps without an opinion');
  assert.ok(Number(missing?.value) > 0, JSON.stringify(ledger.at(-1)));
  await checkBag();
});

/** Opinions are those of the shipped function on the very moments that they name. */
async function checkBag(): Promise<void> {
  const reward = loadReward(rewardFile);
  const [critic] = await createCritics(reward);
  let [judged, unjudged] = [0, 0];
  for await (const episode of recordedEpisodes([join(root, 'train', 'bags')])) {
    const expected = await judgeAll(critic, episode.clip, episode.ended);
    const recorded = judgementsOf(episode, critic.name, critic.version);
    episode.clip.moments.forEach((_, i) => {
      const said = recorded[i];
      if (said === undefined) unjudged++;
      else {
        judged++;
        assert.ok(
          Math.abs((said.progress ?? NaN) - (expected[i].progress ?? NaN)) < 1e-5,
          `${episode.id}: ${i}`,
        );
      }
    });
  }
  // Of 800 that were heard: episodes that were cut short are not here, nor what new critics said before the recorder found them.
  assert.ok(judged > 300 && unjudged > 0, `${judged} moments were judged, ${unjudged} were not`);
}
