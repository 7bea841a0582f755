/** Time and chance as requests see them, so that tests need not wait. */
import { setTimeout as sleep } from 'node:timers/promises';

export type Clock = {
  /** s, never goes back */
  now(): number;
  /** @throws the signal's reason once it is aborted */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
};

/** What waits between requests are measured and drawn with. */
export type Timing = {
  readonly clock: Clock;
  /** uniform in [0, 1) */
  readonly random: () => number;
};

export const steadyClock: Clock = {
  now: () => performance.now() / 1000,
  sleep: (seconds, signal) =>
    sleep(1000 * seconds, undefined, { ...(signal && { signal }) }).catch(() => signal?.throwIfAborted()),
};

export const realTiming: Timing = { clock: steadyClock, random: Math.random };
