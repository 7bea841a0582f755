import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { trainCritic, type TrainRecord } from '../../../src/cli/reward/train.js';
import { createCritics } from '../../../src/reward/create-critics.js';
import { judgeAll } from '../../../src/reward/critic.js';
import { recordedEpisodes } from '../../../src/reward/recorded-episodes.js';
import { loadReward } from '../../../src/reward/reward-file.js';
import { findTask } from '../../../src/sim/task.js';
import { EpisodeBag } from '../../../src/worlds/episode-bag.js';
import { runEpisodes } from '../../../src/worlds/pool.js';
import { scratchFolder } from '../../config/scratch-folder.js';

/** A bag of two demonstrations. */
async function record(folder: string, task: string): Promise<void> {
  const bag = await EpisodeBag.open(folder, findTask(task));
  const agent = { kind: 'expert', noise: true } as const;
  const request = { task, agent, randomise: false, trace: true, worlds: 1, seed: 40, episodes: 2 };
  for await (const episode of runEpisodes(request)) await bag.append(episode);
  await bag.close();
}

test('what was trained from bags is used by the reward file that comes with it', async (t) => {
  const folder = scratchFolder(t);
  await record(join(folder, 'bag'), 'lift_pixels');
  const quick = { iterations: 2, batch_size: 16, points: 4 };
  const train = (out: string, kind: 'pairwise' | 'stages'): Promise<TrainRecord> =>
    trainCritic({ bags: [folder], out: join(folder, out), task: 'lift_pixels', kind, ...quick });
  const { training_data } = await train('pairwise', 'pairwise');
  assert.deepEqual([training_data?.demonstrations, training_data?.others], [2, 0]);
  await train('stages', 'stages');
  for (const kind of ['pairwise', 'stages']) {
    const critics = await createCritics(loadReward(join(folder, kind, 'reward.yaml')));
    for await (const { clip, ended } of recordedEpisodes([join(folder, 'bag')])) {
      for (const { progress = NaN, done = NaN } of await judgeAll(critics[0], clip, ended)) {
        assert.ok(progress >= 0 && progress <= 1);
        assert.ok(done >= 0 && done <= 1);
      }
    }
    for (const critic of critics) await critic.dispose();
  }
});

test('bags of another task are refused before anything is written', async (t) => {
  const folder = scratchFolder(t);
  await record(join(folder, 'bag'), 'lift');
  const train = (task: string): Promise<unknown> =>
    trainCritic({ bags: [folder], out: join(folder, 'model'), task, kind: 'pairwise', iterations: 1 });
  await assert.rejects(train('lift_pixels'), {
    name: 'ConfigError',
    message: /demo-lift-40-000000: is of the task lift, expected lift_pixels$/,
  });
  await assert.rejects(train('lift'), { name: 'ConfigError', message: /lift\.yaml: images: are needed/ });
  assert.ok(!existsSync(join(folder, 'model')));
});
