import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { trainBase } from '../../src/cli/behaviour-cloning.js';
import { findTask } from '../../src/sim/task.js';
import { EpisodeBag } from '../../src/worlds/episode-bag.js';
import { runEpisodes } from '../../src/worlds/pool.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { seeingTask } from '../sim/seeing-task.js';

test('demonstrations of another task are refused: other numbers, or images that were not recorded', async (t) => {
  const folder = scratchFolder(t);
  const bag = await EpisodeBag.open(join(folder, 'bag'), findTask('lift'));
  const agent = { kind: 'expert', noise: true } as const;
  const request = { task: 'lift', agent, randomise: false, trace: true, worlds: 1, seed: 40, episodes: 1 };
  for await (const episode of runEpisodes(request)) await bag.append(episode);
  await bag.close();
  const clone = (task: string): Promise<unknown> =>
    trainBase({ bags: folder, out: join(folder, 'base'), task, iterations: 1 });
  await assert.rejects(clone('lift_pixels'), {
    name: 'ConfigError',
    message: /lift_pixels\.yaml: observation\.names\.\d+: is \S+, \S+bag sends \S+$/,
  });
  const seeing = seeingTask(t, ['camera: head, width: 84, height: 84']);
  await assert.rejects(clone(seeing), {
    name: 'ConfigError',
    message: /seeing\.yaml: images\.0: is head, which \S+bag does not send$/,
  });
  await clone('lift');
});
