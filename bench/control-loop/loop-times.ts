/** When a robot asked for commands and got them, and what follows from it. */
import { quantile } from '../quantile.js';

export type LoopSummary = {
  /** commands that were measured */
  readonly samples: number;
  /** from asking to the command */
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  /** questions that got no command before a later one did */
  readonly missed: number;
  /** how far the time between two commands is from the period; without a period there is none */
  readonly off_beat_p99_ms?: number;
};

/** Times are milliseconds of one steady clock; a question and its command have the same stamp. */
export class LoopTimes {
  #open = new Map<bigint, number>();
  #latencies: number[] = [];
  #intervals: number[] = [];
  #missed = 0;
  #last: number | undefined;

  /** The robot asks: it sent sensors, or heard an observation of them. A question that is repeated counts from its first time. */
  asked(stamp: bigint, now: number): void {
    if (!this.#open.has(stamp)) this.#open.set(stamp, now);
  }

  /** A command came. @returns whether it answers an open question, which is closed by it, as are those before */
  answered(stamp: bigint, now: number): boolean {
    const asked = this.#open.get(stamp);
    if (asked === undefined) return false;
    for (const earlier of [...this.#open.keys()].filter((open) => open <= stamp)) {
      if (earlier < stamp) this.#missed++;
      this.#open.delete(earlier);
    }
    this.#latencies.push(now - asked);
    if (this.#last !== undefined) this.#intervals.push(now - this.#last);
    this.#last = now;
    return true;
  }

  /** An episode begins: the time since the last command says nothing about the beat. */
  pause(): void {
    this.#last = undefined;
    this.#open.clear();
  }

  /** Forgets what was measured so far. */
  begin(): void {
    this.#latencies = [];
    this.#intervals = [];
    this.#missed = 0;
  }

  /** @param period ms; 0 for a loop without one. @throws Error if nothing was measured */
  summary(period: number): LoopSummary {
    if (this.#latencies.length === 0) throw new Error('no command was measured');
    const offBeat = this.#intervals.map((interval) => Math.abs(interval - period));
    return {
      samples: this.#latencies.length,
      p50_ms: quantile(this.#latencies, 0.5),
      p99_ms: quantile(this.#latencies, 0.99),
      max_ms: Math.max(...this.#latencies),
      missed: this.#missed,
      ...(period > 0 && offBeat.length > 0 ? { off_beat_p99_ms: quantile(offBeat, 0.99) } : {}),
    };
  }
}
