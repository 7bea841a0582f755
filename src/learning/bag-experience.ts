/** A learner's replay filled from bags, one episode after the other: images of a whole run may not fit the memory. */
import { findBags } from '../bag/find-bags.js';
import type { BasePolicy } from '../policy/base-policy.js';
import { eachEpisode } from './bag-episodes.js';
import { withBaseActions } from './experience.js';
import type { EpisodeData } from './episode.js';
import type { Paid } from './replay.js';
import type { ResidualLearner } from './residual-learner.js';
import type { RewardLedger } from './reward-ledger.js';
import type { StepTally } from './step-tally.js';

/**
 * Adds the successful demonstrations, with the base actions and features that the policy gives along them.
 * @param payOf what the steps of one are paid; undefined: success alone
 * @returns how many there are
 * @throws ConfigError if a folder has no bag, or a bag lacks a topic
 */
export async function addDemonstrations(
  learner: ResidualLearner,
  policy: BasePolicy,
  folders: readonly string[],
  payOf: (demo: EpisodeData) => Paid | undefined = () => undefined,
): Promise<number> {
  if (folders.length === 0) return 0;
  let count = 0;
  await eachEpisode(
    folders,
    'demo',
    async (demo) => {
      if (!demo.success) return;
      learner.addDemo(await withBaseActions(demo, policy), payOf(demo));
      count++;
    },
    { joints: policy.manifest.action.joints },
  );
  return count;
}

/**
 * Adds past rollouts and counts their steps, which `tally` knows from then on. Folders without a bag are left out.
 * @param ledger hears what was said of them, and pays them; undefined: success alone
 * @returns the episodes' ids
 * @throws ConfigError if a bag lacks a topic
 */
export async function addRollouts(
  learner: ResidualLearner,
  folders: readonly string[],
  tally: StepTally,
  ledger?: RewardLedger,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const withBags = folders.filter((folder) => findBags(folder).length > 0);
  if (withBags.length === 0) return ids;
  let before = learner.steps;
  const { steps } = await eachEpisode(
    withBags,
    'rollout',
    (episode) => {
      addRollout(learner, episode, before, ledger);
      before += episode.executed.length;
      ids.add(episode.id);
    },
    {
      ...{ joints: learner.joints, tally, keepImages: learner.view === 'images' },
      ...(ledger === undefined ? {} : { opinions: ledger }),
    },
  );
  learner.countSteps(steps);
  return ids;
}

/** Adds a rollout, paid by what is known of it now. @param steps that were learned from before */
export function addRollout(
  learner: ResidualLearner,
  episode: EpisodeData,
  steps: number,
  ledger: RewardLedger | undefined,
): void {
  const handle = learner.addRollout(episode, ledger?.settle(episode, steps));
  ledger?.entered(episode.id, handle);
}
