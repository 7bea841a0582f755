/** `graft reward collect`: episodes of many kinds for critics to learn from. */
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { suggestion } from '../../config/nearest.js';
import { defaultWorlds, wholeNumber, worldsOption } from '../options.js';
import { describeSuccess } from '../statistics.js';
import { collectEpisodes, sourceNames, type SourceName } from './collect-episodes.js';

/** Episodes of each source unless told otherwise: of the five without a base policy about half succeed. */
export const defaultEpisodes = 40;

/** Adds `graft reward collect`. */
export function addCollect(reward: Command): void {
  type Options = {
    task: string;
    out: string;
    base?: string;
    sources?: SourceName[];
    episodes: number;
    seed: number;
    worlds?: number;
    randomise?: boolean;
  };
  reward
    .command('collect')
    .description(
      'record episodes, good and bad, in several simulations at once: the expert without noise, with noise and with much of it, ' +
        'near misses, attempts that are undone, and the base policy',
    )
    .requiredOption('--out <dir>', 'gets a bag for each source and episodes.jsonl')
    .option('--task <name>', 'task', 'lift')
    .option('--base <dir>', 'folder of a base policy')
    .addOption(sourcesOption())
    .option('--episodes <n>', 'episodes of each source', wholeNumber(1), defaultEpisodes)
    .option('--seed <n>', 'seed of the first episode', wholeNumber(0), 0)
    .addOption(worldsOption())
    .option('--randomise', "with the task's randomisation")
    .action(async ({ out, base, worlds = defaultWorlds, randomise = false, ...rest }: Options) => {
      const folders = { out: resolve(out), base: base === undefined ? undefined : resolve(base) };
      const counts = await collectEpisodes({ ...rest, ...folders, worlds, randomise });
      for (const [source, count] of Object.entries(counts))
        console.log(`${source}: ${describeSuccess(count)}`);
    });
}

/** Which sources; all that there are unless given. */
export function sourcesOption(): Option {
  return new Option(
    '--sources <names>',
    `of ${sourceNames.join(',')} (default: all that there are)`,
  ).argParser((text): SourceName[] =>
    text.split(',').map((name) => {
      const known = sourceNames.find((source) => source === name);
      if (known !== undefined) return known;
      throw new InvalidArgumentError(`${name} is not a source${suggestion(name, sourceNames)}`);
    }),
  );
}
