/** A program that runs in one go, or in parts between which others have their turn. */
import { PacedWork, type Turns } from '../turns.js';
import type { Library, Machine } from './library.js';
import { encodePlan } from './planner.js';
import type { Step } from './step.js';

/** How often steps run one by one, so that it is known what each takes. */
const timings = 3;

type Part = { readonly plan: number; readonly work: PacedWork };

export class PartedProgram {
  readonly #whole: number;
  /** The parts, and for what length they were made. */
  #parts: { readonly of: number; readonly all: readonly Part[] } | undefined;
  /** What each step took at least, s. */
  readonly #times: number[];
  /** The plan of each step; none before they are timed. */
  #single: readonly number[] = [];
  #timed = 0;

  /** @param steps whose blocks have their places */
  constructor(
    private readonly library: Library,
    private readonly machine: Machine,
    private readonly steps: readonly Step[],
  ) {
    this.#whole = this.#plan(steps);
    this.#times = steps.map(() => Infinity);
  }

  /** Runs it to its end. With turns the first few times are step by step, to know how to cut it. */
  async run(turns: Turns | undefined): Promise<void> {
    if (turns === undefined) return this.library.run(this.machine, this.#whole);
    if (this.#timed < timings) return this.#runTimed(turns);
    if (this.#parts?.of !== turns.part) this.#parts = { of: turns.part, all: this.#cut(turns.part) };
    for (const { plan, work } of this.#parts.all)
      await work.do(() => this.library.run(this.machine, plan), turns);
  }

  async #runTimed(turns: Turns): Promise<void> {
    if (this.#single.length === 0) this.#single = this.steps.map((step) => this.#plan([step]));
    for (const [i, plan] of this.#single.entries()) {
      await turns.next(0);
      const began = performance.now();
      await this.library.run(this.machine, plan);
      this.#times[i] = Math.min(this.#times[i], (performance.now() - began) / 1000);
    }
    this.#timed++;
  }

  /** Parts that take no longer than `longest`, s, if no single step does. */
  #cut(longest: number): Part[] {
    return cutByTime(this.#times, longest).map(({ from, to, time }) => ({
      plan: this.#plan(this.steps.slice(from, to)),
      work: new PacedWork(time),
    }));
  }

  #plan(steps: readonly Step[]): number {
    return this.library.plan(this.machine, encodePlan(steps));
  }
}

export type Cut = { readonly from: number; readonly to: number; readonly time: number };

/**
 * The fewest runs of neighbours that take at most `longest` each, and about as long as one another.
 * @param times of each, s; one that is longer is a part of its own
 */
export function cutByTime(times: readonly number[], longest: number): Cut[] {
  const parts = cutAtMost(times, longest);
  const total = times.reduce((sum, time) => sum + time, 0);
  // As few parts with less in the longest: the smallest limit, from an equal share up, that does not need more of them.
  for (let limit = total / parts.length; limit < longest; limit *= 1.05) {
    const even = cutAtMost(times, limit);
    if (even.length <= parts.length) return even;
  }
  return parts;
}

function cutAtMost(times: readonly number[], longest: number): Cut[] {
  const parts: Cut[] = [];
  let [from, time] = [0, 0];
  times.forEach((one, i) => {
    if (i > from && time + one > longest) {
      parts.push({ from, to: i, time });
      [from, time] = [i, 0];
    }
    time += one;
  });
  return [...parts, { from, to: times.length, time }];
}
