/** What pays the learner: success alone, or a reward file's mixer with the opinions that come over `reward`. */
import type { EpisodeData } from '../learning/episode.js';
import { judgeDemonstrations } from '../learning/judged-demonstrations.js';
import type { Paid } from '../learning/replay.js';
import type { Returns } from '../learning/residual-td3.js';
import { RewardLedger } from '../learning/reward-ledger.js';
import { criticsHeard } from '../reward/critics-heard.js';
import { Mixer } from '../reward/mixing/mixer.js';
import { returnBounds } from '../reward/mixing/return-bounds.js';
import { findReward } from '../reward/reward-file.js';
import type { NodeContext } from '../ros/index.js';

type Parameters = { readonly reward: string; readonly demos: readonly string[]; readonly gamma: number };

export type LearnerReward = {
  readonly ledger: RewardLedger;
  readonly returns: Returns;
  /** undefined for a demonstration that no critic was asked about: success alone */
  readonly payDemonstration: (demo: EpisodeData) => Paid | undefined;
};

/**
 * @returns undefined where success alone is paid
 * @throws ConfigError if the reward file, or a critic that has to judge the demonstrations, does not fit
 */
export async function learnerReward(
  { reward: name, demos, gamma }: Parameters,
  { node }: Pick<NodeContext, 'node'>,
): Promise<LearnerReward | undefined> {
  if (name === '') return undefined;
  const reward = findReward(name);
  for (const warning of reward.warnings) node.logger.warn(`${reward.file}: ${warning}`);
  const critics = criticsHeard(reward.mixer);
  const ledger = new RewardLedger(new Mixer(reward.mixer, { gamma }), critics);
  const judged = await judgeDemonstrations(reward, critics, demos);
  node.logger.info(
    `reward ${reward.file}: hears ${[...critics].join(', ') || 'no critic'}, which judged ${judged.size} demonstrations`,
  );
  return {
    ledger,
    returns: returnBounds(reward.mixer, { gamma }),
    payDemonstration: ({ id }) => {
      const opinions = judged.get(id);
      return opinions === undefined ? undefined : ledger.payDemonstration(opinions);
    },
  };
}

/** Says how many steps nothing is known of, and warns when pay rises and success does not. */
export function reportReward({ diagnostics }: Pick<NodeContext, 'diagnostics'>, ledger: RewardLedger): void {
  const { comparison, missing } = ledger;
  const values = { 'steps without an opinion': missing };
  if (comparison === undefined) return diagnostics.set('reward', 'OK', 'paying', values);
  const { paid_before, paid_now, success_before, success_now } = comparison;
  const compared = { ...values, paid_before, paid_now, success_before, success_now };
  if (!comparison.alarm) return diagnostics.set('reward', 'OK', 'paying', compared);
  const text = `pay rises (${paid_before.toFixed(3)} to ${paid_now.toFixed(3)} an episode) while success does not`;
  diagnostics.set('reward', 'ERROR', `${text}: critics may be exploited`, compared);
}
