/** When an episode ends and what came of it: decided from the task's own sensors, never from anything that learns. */

export type Outcome = 'unknown' | 'success' | 'failure';

export type Ending = {
  readonly outcome: Outcome;
  /** The task ended: nothing can be earned after this step. */
  readonly terminated: boolean;
  /** The clock or an operator ended it: values go on after this step. */
  readonly truncated: boolean;
};

export type TaskSigns = { readonly success: boolean; readonly failure: boolean };

/**
 * The ending at an observation, or undefined while the episode goes on.
 * Success and failure terminate; the horizon truncates, and is a failure for the statistics only.
 * @param step step of the observation, 0 at the first
 */
export function endingAt(step: number, horizon: number, signs: TaskSigns): Ending | undefined {
  if (signs.success) return { outcome: 'success', terminated: true, truncated: false };
  if (signs.failure) return { outcome: 'failure', terminated: true, truncated: false };
  if (step >= horizon) return { outcome: 'failure', terminated: false, truncated: true };
  return undefined;
}

/** The ending that a person's label gives: success and failure end the task, anything else only stops the clock. */
export function endingOfLabel(outcome: Outcome): Ending {
  return { outcome, terminated: outcome !== 'unknown', truncated: outcome === 'unknown' };
}
