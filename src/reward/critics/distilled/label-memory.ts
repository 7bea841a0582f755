/** What a teacher said of moments: the newest first while the student is behind, then all that is remembered again and again. */
import type { Random } from '../../../engine/index.js';
import type { Judgement, Moment } from '../../judgement.js';

/** A moment that was judged; `undefined` where the teacher did not know. */
export type Labelled = {
  readonly moment: Moment;
  readonly progress: number | undefined;
  readonly done: number | undefined;
};

export class LabelMemory {
  /** a ring: once it is full the oldest gives way */
  readonly #all: Labelled[] = [];
  #oldest = 0;
  /** not learned from yet, the newest last */
  #fresh: Labelled[] = [];
  #count = 0;

  /** @param most moments that are remembered */
  constructor(private readonly most: number) {}

  /** Labels that came, also those that are forgotten. */
  get count(): number {
    return this.#count;
  }

  /** @returns whether the judgement says anything that can be learned */
  add(moment: Moment, { progress, done }: Judgement): boolean {
    if (progress === undefined && done === undefined) return false;
    const labelled = { moment, progress, done };
    this.#count++;
    if (this.#all.length < this.most) this.#all.push(labelled);
    else {
      this.#all[this.#oldest] = labelled;
      this.#oldest = (this.#oldest + 1) % this.most;
    }
    this.#fresh.push(labelled);
    if (this.#fresh.length > this.most) this.#fresh = this.#fresh.slice(-this.most);
    return true;
  }

  /** Half of the rows are the newest that were not learned from yet, as far as there are any; the others are drawn from all. */
  draw(size: number, random: Random): Labelled[] {
    const fresh = this.#fresh.splice(-Math.floor(size / 2));
    const others = Array.from(
      { length: size - fresh.length },
      () => this.#all[random.integer(this.#all.length)],
    );
    return [...fresh, ...others];
  }

  /** Remembered states, at most `count`, the newest ones. */
  states(count: number): Float32Array[] {
    return this.#all.slice(-count).map(({ moment }) => moment.observed.state);
  }
}
