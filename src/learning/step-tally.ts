/** Which executed commands count as control steps, the unit in which updates are owed. */

/** A control step's identity. */
export type StepId = { readonly episode_id: string; readonly step: number };

type EpisodeSteps = { observed: number; executed: number; waiting: number[] };

/**
 * A command counts once a later observation of its episode is there: the one that answers an episode's last observation
 * leads nowhere. Each counts once, whether it comes from a bag, from a live topic or from both.
 */
export class StepTally {
  readonly #episodes = new Map<string, EpisodeSteps>();

  /** Notes an executed command; those of an episode come in order. @returns the steps that count from now on */
  executed({ episode_id, step }: StepId): StepId[] {
    const steps = this.#of(episode_id);
    if (step <= steps.executed) return [];
    steps.executed = step;
    steps.waiting.push(step);
    return complete(episode_id, steps);
  }

  /** Notes an observation. @returns the steps that count from now on */
  observed({ episode_id, step }: StepId): StepId[] {
    const steps = this.#of(episode_id);
    steps.observed = Math.max(steps.observed, step);
    return complete(episode_id, steps);
  }

  /** Whether all is there of an episode that ended with the observation `step`, or nothing was heard of it at all. */
  isWhole({ episode_id, step }: StepId): boolean {
    const steps = this.#episodes.get(episode_id);
    return steps === undefined || (steps.observed >= step && steps.executed >= step - 1);
  }

  #of(episode_id: string): EpisodeSteps {
    const steps = this.#episodes.get(episode_id) ?? { observed: -1, executed: -1, waiting: [] };
    this.#episodes.set(episode_id, steps);
    return steps;
  }
}

function complete(episode_id: string, steps: EpisodeSteps): StepId[] {
  const done = steps.waiting.filter((step) => step < steps.observed);
  steps.waiting = steps.waiting.filter((step) => step >= steps.observed);
  return done.map((step) => ({ episode_id, step }));
}
