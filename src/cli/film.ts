/** Which held-out episode is filmed, and through what. */
import type { EpisodeRecord } from '../episodes/log.js';

/** Camera of the task that films; a task without it has no film. */
export const filmCamera = 'scene';

/**
 * A seed where the base failed and the residual succeeded; where there is none, one where the base failed, and else the
 * first. Among several the one in the middle, so that the choice is not ours.
 * @throws Error if no episode was evaluated
 */
export function chooseFilmSeed(base: readonly EpisodeRecord[], residual: readonly EpisodeRecord[]): number {
  const succeeded = new Set(residual.filter(({ outcome }) => outcome === 'success').map(({ seed }) => seed));
  const failed = base.filter(({ outcome }) => outcome !== 'success').map(({ seed }) => seed);
  const both = failed.filter((seed) => succeeded.has(seed));
  const choice = [both, failed, base.map(({ seed }) => seed)].find((seeds) => seeds.length > 0);
  if (choice === undefined) throw new Error('no evaluated episode to film');
  return choice[Math.floor(choice.length / 2)];
}
