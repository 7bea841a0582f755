import type { Clock } from '../../../src/reward/chat/clock.js';

/** Time that passes only by sleeping, at once. */
export class TestClock implements Clock {
  readonly slept: number[] = [];
  time = 0;

  now(): number {
    return this.time;
  }

  sleep(seconds: number): Promise<void> {
    this.slept.push(seconds);
    this.time += seconds;
    return Promise.resolve();
  }
}
