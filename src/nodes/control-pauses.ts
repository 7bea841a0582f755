/** When others may work beside a robot that keeps its own time: between its commands, so that they do not slow one down. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Turns } from '../engine/index.js';
import { seconds } from './steady-clock.js';

/** Parts of a control period after an observation: from here on its command is out, and until there the next observation is not due. */
const [commandOut, nextDue] = [0.25, 0.8];
/** Work that fits into no pause begins in this first part of one. */
const beginning = 0.15;

/** Parts of work that one pause has place for. */
const partsOfPause = 3;

export class ControlPauses implements Turns {
  #observed = -Infinity;

  /**
   * @param period of control, s
   * @param now a clock, s
   */
  constructor(
    private readonly period: number,
    private readonly now = seconds,
  ) {}

  /** s */
  get part(): number {
    return ((nextDue - commandOut) / partsOfPause) * this.period;
  }

  /** An observation came, which control answers now. */
  observed(): void {
    this.#observed = this.now();
  }

  /**
   * Resolves in the next pause. Where no observation comes any more there is nothing to wait for.
   * @param lasting how long the work takes, s: it has to fit into what is left of the pause, or begins with one if it fits into none
   */
  async next(lasting = 0): Promise<void> {
    for (let wait = this.wait(lasting); wait > 0; wait = this.wait(lasting)) await pause(1000 * wait);
  }

  /** Seconds to the next pause for such work, if no observation comes meanwhile. */
  wait(lasting = 0): number {
    const phase = (this.now() - this.#observed) / this.period;
    const latest = Math.max(commandOut + beginning, nextDue - lasting / this.period);
    const [late, isPause] = [1 + commandOut, phase >= commandOut && phase < latest];
    if (isPause || phase >= late) return 0;
    return ((phase < commandOut ? commandOut : late) - phase) * this.period;
  }
}
