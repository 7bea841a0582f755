/** `graft bag relabel`: bags once more, with the opinions of other critics. */
import { relative } from 'node:path';
import type { Command } from 'commander';
import { chooseCritics } from '../../reward/choose-critics.js';
import { createCritics } from '../../reward/create-critics.js';
import { relabelBags, type RelabelCounts } from '../../reward/relabel.js';
import { findReward } from '../../reward/reward-file.js';
import { Interrupted } from '../launch-child.js';
import { ProgressDisplay } from '../progress.js';
import { existingFolder } from '../run-folder.js';

/** Adds `graft bag relabel`. */
export function addRelabel(bag: Command): void {
  bag
    .command('relabel')
    .description(
      'copy a bag, or a folder of bags, with the opinions of the critics of a reward file in place of theirs',
    )
    .argument('<in>', 'bag, or a folder with bags at any depth')
    .argument('<out>', 'the copy; must not exist')
    .requiredOption('--reward <file>', 'reward file, or a name under rewards/')
    .option('--critic <name>', 'only this critic of the file')
    .action(async (input: string, out: string, { reward, critic }: { reward: string; critic?: string }) => {
      const counts = await relabel(existingFolder(input, 'bags'), out, reward, critic);
      console.log(`${out}: ${describe(counts)}`);
    });
}

/** @throws Interrupted after Ctrl-C: there is no copy then */
async function relabel(
  input: string,
  out: string,
  rewardName: string,
  critic: string | undefined,
): Promise<RelabelCounts> {
  const reward = chooseCritics(findReward(rewardName), critic);
  const critics = await createCritics(reward);
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort(new Interrupted());
  process.once('SIGINT', onSignal);
  const display = new ProgressDisplay('relabel');
  try {
    const counts = await relabelBags(input, out, {
      ...{ reward, critics, signal: interrupt.signal },
      onProgress: (done, total, at) => display.update(done, total, relative(input, at)),
    });
    display.finish(counts.opinions, counts.opinions);
    return counts;
  } finally {
    display.abandon();
    process.off('SIGINT', onSignal);
    for (const made of critics) await made.dispose();
  }
}

function describe({ episodes, incomplete, opinions, replaced }: RelabelCounts): string {
  const skipped = incomplete === 0 ? '' : `, ${incomplete} unfinished ones left without`;
  return `${opinions} opinions on ${episodes} episodes${skipped}; ${replaced} earlier ones left out`;
}
