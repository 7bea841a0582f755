/** Time as the client sees it, so that tests need not wait. */
import { setTimeout as sleep } from 'node:timers/promises';

export type Clock = {
  /** s, never goes back */
  now(): number;
  /** @throws AbortError once `signal` is aborted */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
};

export const steadyClock: Clock = {
  now: () => performance.now() / 1000,
  sleep: (seconds, signal) => sleep(1000 * seconds, undefined, signal === undefined ? {} : { signal }),
};
