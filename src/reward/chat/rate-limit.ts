/** Requests a minute, evenly spaced. */
export class RateLimit {
  #next = -Infinity;

  /** @param perMinute 0: no limit */
  constructor(private readonly perMinute: number) {}

  /** Takes the next free place and tells how long to wait for it, s. */
  take(now: number): number {
    if (this.perMinute === 0) return 0;
    const at = Math.max(now, this.#next);
    this.#next = at + 60 / this.perMinute;
    return at - now;
  }
}
