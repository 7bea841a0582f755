/** What is remembered from one control step to the next, for `held_for`, `ever`, `first` and `max_so_far`. */
import type { BooleanCode, NumberCode, Run } from './code.js';

/** The memory of one occurrence of such a function. */
export type Cell = {
  reset(): void;
  /** Takes in one control step. @throws EvaluationError if what is remembered has no finite value; nothing is taken in then */
  update(run: Run): void;
};

/** One occurrence of `held_for` or `ever`. */
export class ConditionCell implements Cell {
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

  update(run: Run): void {
    if (this.condition.evaluate(run)) this.#steps++;
    else if (this.forgets) this.#steps = 0;
  }
}

/** One occurrence of `first` or `max_so_far`. */
export class NumberCell implements Cell {
  #kept: number | undefined;

  /** @param grows whether a larger number takes the place of the first one */
  constructor(
    private readonly number: NumberCode,
    private readonly grows: boolean,
  ) {}

  /** Before the first control step it is the present number. */
  value(run: Run): number {
    return this.#kept ?? this.number.evaluate(run);
  }

  reset(): void {
    this.#kept = undefined;
  }

  update(run: Run): void {
    if (this.#kept !== undefined && !this.grows) return;
    const present = this.number.evaluate(run);
    this.#kept = Math.max(this.#kept ?? present, present);
  }
}
