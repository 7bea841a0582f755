/** Keeps a dead endpoint from costing a time-out for every frame. */

/** Closed, open until some time, or trying: one request is let through to see whether the endpoint is back. */
export class CircuitBreaker {
  #failures = 0;
  #openUntil = -Infinity;
  #trying = false;
  #reason = '';

  /**
   * @param breakAfter failures in a row after which it opens
   * @param retryAfter how long it then stays open, s
   */
  constructor(
    private readonly breakAfter: number,
    private readonly retryAfter: number,
  ) {}

  /** Why no request may be sent at `now` (s), or undefined. */
  refusal(now: number): string | undefined {
    if (this.#openUntil === -Infinity) return undefined;
    if (now >= this.#openUntil && !this.#trying) return undefined;
    const left = Math.ceil(this.#openUntil - now);
    return `${this.#reason}; ${left > 0 ? `not asked again for ${left} s` : 'it is just being tried again'}`;
  }

  /** As `refusal`; where there is none, a request begins now. */
  begin(now: number): string | undefined {
    const refusal = this.refusal(now);
    if (refusal === undefined && this.#openUntil !== -Infinity) this.#trying = true;
    return refusal;
  }

  /** A request was answered as it should be. */
  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = -Infinity;
    this.#trying = false;
  }

  failed(now: number, reason: string): void {
    this.#failures++;
    if (this.#trying || this.#failures >= this.breakAfter) this.open(now, this.retryAfter, reason);
  }

  /** A request ended without showing anything about the endpoint. */
  undecided(): void {
    this.#trying = false;
  }

  /** Opens for so many seconds, for example because the server asked for a pause. */
  open(now: number, seconds: number, reason: string): void {
    this.#trying = false;
    this.#openUntil = Math.max(this.#openUntil, now + seconds);
    this.#reason = reason;
  }
}
