/** Work beside somebody who must not be slowed down, such as control: it is done in parts, and each waits for its turn. */

/** Who says when. */
export type Turns = {
  /** how long a part should be at most, s */
  readonly part: number;
  /** Resolves when work that lasts so long, s, may begin. */
  next(lasting: number): Promise<void>;
};

/** Share of the latest time in what is expected of the next. */
const latest = 0.1;

/** Work that is done again and again: how long it takes is known from the last times. */
export class PacedWork {
  #lasting: number | undefined;

  /** @param expected how long it will take the first time, s */
  constructor(private readonly expected = 0) {}

  /** Does it when its turn has come; at once without turns. */
  async do<T>(work: () => T | Promise<T>, turns: Turns | undefined): Promise<T> {
    await turns?.next(this.#lasting ?? this.expected);
    const began = performance.now();
    const result = await work();
    const took = (performance.now() - began) / 1000;
    const before = this.#lasting ?? took;
    this.#lasting = before + latest * (took - before);
    return result;
  }
}
