/** A learner's replay filled from bags, one episode after the other: images of a whole run may not fit the memory. */
import { findBags } from '../bag/find-bags.js';
import type { BasePolicy } from '../policy/base-policy.js';
import { eachEpisode } from './bag-episodes.js';
import { withBaseActions } from './experience.js';
import type { ResidualLearner } from './residual-learner.js';
import type { StepTally } from './step-tally.js';

/**
 * Adds the successful demonstrations, with the base actions and features that the policy gives along them.
 * @returns how many there are
 * @throws ConfigError if a folder has no bag, or a bag lacks a topic
 */
export async function addDemonstrations(
  learner: ResidualLearner,
  policy: BasePolicy,
  folders: readonly string[],
): Promise<number> {
  if (folders.length === 0) return 0;
  let count = 0;
  await eachEpisode(
    folders,
    'demo',
    async (demo) => {
      if (!demo.success) return;
      learner.addDemo(await withBaseActions(demo, policy));
      count++;
    },
    { joints: policy.manifest.action.joints },
  );
  return count;
}

/**
 * Adds past rollouts and counts their steps, which `tally` knows from then on. Folders without a bag are left out.
 * @returns the episodes' ids
 * @throws ConfigError if a bag lacks a topic
 */
export async function addRollouts(
  learner: ResidualLearner,
  folders: readonly string[],
  tally: StepTally,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const withBags = folders.filter((folder) => findBags(folder).length > 0);
  if (withBags.length === 0) return ids;
  const { steps } = await eachEpisode(
    withBags,
    'rollout',
    (episode) => {
      learner.addRollout(episode);
      ids.add(episode.id);
    },
    { joints: learner.joints, tally, keepImages: learner.view === 'images' },
  );
  learner.countSteps(steps);
  return ids;
}
