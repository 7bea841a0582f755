/** When a critic's opinion ends an episode: only after it said "done" several times in a row. */

/** What is needed of an opinion (graft_msgs/Reward). */
export type DoneOpinion = { readonly episode_id: string; readonly step: number; readonly done: boolean };

export class DoneStreak {
  #episode = '';
  #steps: number[] = [];

  /** @param needed opinions in a row */
  constructor(private readonly needed: number) {}

  /**
   * Takes in an opinion, in whatever order they come; one that is late counts for the step it is about.
   * @returns the step at which the task was done: that of the last opinion of the streak; undefined while there is none
   */
  hear({ episode_id, step, done }: DoneOpinion): number | undefined {
    if (episode_id !== this.#episode) {
      this.#episode = episode_id;
      this.#steps = [];
    }
    // What was said of later steps cannot be part of a streak with an earlier "not done" between.
    if (done) this.#steps.push(step);
    else this.#steps = this.#steps.filter((later) => later > step);
    if (this.#steps.length < this.needed) return undefined;
    return this.#steps.sort((a, b) => a - b)[this.needed - 1];
  }
}
