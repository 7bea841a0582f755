/** Demonstrations without a mark of their own. */
import type { Random } from '../engine/index.js';
import type { Batch } from './replay.js';

/**
 * Draws anew how the actions of a batch's first rows are made up of base action and residual: residuals uniform within their bound, base
 * actions such that the sums, and so what happened, stay the same. The residuals of demonstrations are what the base policy gets wrong, larger than
 * any that it is corrected by, and demonstrations are successes: critics would take large residuals for a sign of success, in whatever direction.
 * @param width of an action
 * @param action_scale bound of the residual, normalised
 */
export function recompose(
  { base, action }: Pick<Batch, 'base' | 'action'>,
  rows: number,
  width: number,
  action_scale: number,
  random: Random,
): void {
  for (let i = 0; i < rows * width; i++) base[i] = action[i] - action_scale * (2 * random.uniform() - 1);
}
