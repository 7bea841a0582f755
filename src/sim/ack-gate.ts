/**
 * Keeps a lockstep simulation from running ahead of the learner, so that the update-to-data ratio is exact, and lets go of a
 * learner that died. Pure: the caller brings the time.
 */

/** A control step's identity. */
export type StepId = { readonly episode_id: string; readonly step: number };

export class AckGate {
  #outstanding: StepId[] = [];
  #lastHeard: number;
  #released = false;

  /**
   * @param window executed steps that may be unacknowledged; 0: never wait
   * @param timeout seconds of silence after which the gate lets go, until it hears an acknowledgement again
   * @param now seconds, any monotonic clock
   */
  constructor(
    private readonly window: number,
    private readonly timeout: number,
    now: number,
  ) {
    this.#lastHeard = now;
  }

  /** True while the simulation goes on without the learner. */
  get released(): boolean {
    return this.#released;
  }

  /** Notes a step that was executed and now waits for its acknowledgement. */
  executed(id: StepId, now: number): void {
    if (this.window === 0 || this.#released) return;
    if (this.#outstanding.length === 0) this.#lastHeard = now;
    this.#outstanding.push(id);
  }

  /** Notes an acknowledgement: it covers its step and all before it. One of an unknown step is only a sign of life. */
  acknowledged(id: StepId, now: number): void {
    this.#lastHeard = now;
    if (this.#released) this.#outstanding = [];
    this.#released = false;
    const index = this.#outstanding.findIndex(
      ({ episode_id, step }) => episode_id === id.episode_id && step === id.step,
    );
    if (index >= 0) this.#outstanding.splice(0, index + 1);
  }

  /** Whether the next step may run. */
  isOpen(now: number): boolean {
    if (this.window === 0 || this.#outstanding.length < this.window) return true;
    if (now - this.#lastHeard > this.timeout) {
      this.#released = true;
      this.#outstanding = [];
    }
    return this.#released;
  }
}
