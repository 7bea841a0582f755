/** `graft reward holdout`: a reward file judged by episodes that nothing has learned from. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { ConfigError } from '../../config/config-error.js';
import { createCritics } from '../../reward/create-critics.js';
import { findReward } from '../../reward/reward-file.js';
import { findTask } from '../../sim/task.js';
import { defaultWorlds, wholeNumber, worldsOption } from '../options.js';
import { collectEpisodes, type SourceName } from './collect-episodes.js';
import { defaultEpisodes, sourcesOption } from './collect.js';
import { evaluateEpisodes, probeClipsOption } from './evaluate.js';

type Options = {
  task: string;
  reward: string;
  seed: number;
  episodes: number;
  probeClips: number;
  sources?: SourceName[];
  base?: string;
  out?: string;
  worlds?: number;
  randomise?: boolean;
  json?: true;
};

/** Adds `graft reward holdout`. */
export function addHoldout(reward: Command): void {
  reward
    .command('holdout')
    .description('record fresh successes and failures, and evaluate a reward file on them')
    .requiredOption('--task <name>', 'task; the reward file must be for it')
    .requiredOption('--reward <file>', 'reward file, or a name under rewards/')
    .requiredOption(
      '--seed <n>',
      'seed of the first episode; not one that critics were trained on',
      wholeNumber(0),
    )
    .option('--episodes <n>', 'episodes of each source', wholeNumber(1), defaultEpisodes)
    .addOption(sourcesOption())
    .option('--base <dir>', 'folder of a base policy, which is then a source as well')
    .option('--out <dir>', 'keeps the bags (default: they are removed)')
    .addOption(probeClipsOption())
    .addOption(worldsOption())
    .option('--randomise', "with the task's randomisation")
    .option('--json', 'print all figures as JSON on the last line')
    .action(holdOut);
}

async function holdOut(options: Options): Promise<void> {
  const { task, seed, episodes, worlds = defaultWorlds, randomise = false } = options;
  const request = { task, episodes, seed, worlds, randomise, sources: options.sources };
  const reward = findReward(options.reward);
  const { name } = findTask(task);
  if (name !== reward.task.name)
    throw new ConfigError(reward.file, 'task', `is ${reward.task.name}, --task is ${name}`);
  // A model that is missing or does not fit should be known before episodes are waited for.
  for (const critic of await createCritics(reward)) await critic.dispose();
  const out =
    options.out === undefined ? mkdtempSync(join(tmpdir(), 'graft-holdout-')) : resolve(options.out);
  const base = options.base === undefined ? undefined : resolve(options.base);
  try {
    const sources = await collectEpisodes({ ...request, out, base });
    const { text, json } = await evaluateEpisodes(reward, [out], { probe_clips: options.probeClips });
    console.log(text);
    if (options.json === true) console.log(JSON.stringify({ ...json, seed, sources }));
  } finally {
    if (options.out === undefined) rmSync(out, { recursive: true, force: true });
  }
}
