/** A few of many, each as likely as any other, without knowing how many there will be. */
import type { Random } from '../../engine/index.js';

/** Algorithm R (Vitter 1985): keeps `size` of the things that it is offered. */
export class Reservoir<T> {
  readonly #kept: T[] = [];
  #offered = 0;

  constructor(
    private readonly size: number,
    private readonly random: Random,
  ) {}

  get kept(): readonly T[] {
    return this.#kept;
  }

  offer(thing: T): void {
    this.#offered++;
    if (this.#kept.length < this.size) this.#kept.push(thing);
    else {
      const place = this.random.integer(this.#offered);
      if (place < this.size) this.#kept[place] = thing;
    }
  }
}
