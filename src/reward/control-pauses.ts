/** When critics may think beside a robot that keeps its own time: between its commands, so that they do not slow one down. */
import { setTimeout as pause } from 'node:timers/promises';

/** Parts of a control period after an observation: from here on its command is out, and until there the next observation is not due. */
const [commandOut, nextDue] = [0.25, 0.8];

export class ControlPauses {
  #observed = -Infinity;

  /**
   * @param period of control, s
   * @param now a clock, s
   */
  constructor(
    private readonly period: number,
    private readonly now = (): number => performance.now() / 1000,
  ) {}

  /** An observation came, which control answers now. */
  observed(): void {
    this.#observed = this.now();
  }

  /** Resolves in the next pause. Where no observation comes any more there is nothing to wait for. */
  async next(): Promise<void> {
    for (let wait = this.wait(); wait > 0; wait = this.wait()) await pause(1000 * wait);
  }

  /** Seconds to the next pause, if no observation comes meanwhile. */
  wait(): number {
    const phase = (this.now() - this.#observed) / this.period;
    const [late, isPause] = [1 + commandOut, phase >= commandOut && phase < nextDue];
    if (isPause || phase >= late) return 0;
    return ((phase < commandOut ? commandOut : late) - phase) * this.period;
  }
}
