/** Conditions that are remembered from one control step to the next, for `held_for` and `ever`. */
import type { BooleanCode, Run } from './code.js';

/** One occurrence of `held_for` or `ever`. */
export class Cell {
  #steps = 0;

  /** @param forgets whether a step on which the condition is false ends what was remembered */
  constructor(
    private readonly condition: BooleanCode,
    private readonly forgets: boolean,
  ) {}

  /** Consecutive control steps on which the condition was true; if it never forgets, all of them. */
  get steps(): number {
    return this.#steps;
  }

  reset(): void {
    this.#steps = 0;
  }

  /** Takes in one control step. */
  update(run: Run): void {
    if (this.condition.evaluate(run)) this.#steps++;
    else if (this.forgets) this.#steps = 0;
  }
}
