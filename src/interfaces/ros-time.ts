/** Moments and durations as ROS 2 writes them. */
import type { Time } from './graft-messages.js';

/** @param nanoseconds since the epoch; not negative */
export function timeFromNanoseconds(nanoseconds: bigint): Time {
  return { sec: Number(nanoseconds / 1_000_000_000n), nanosec: Number(nanoseconds % 1_000_000_000n) };
}

/** Nanoseconds since the epoch. */
export function nanosecondsFromTime(time: Time): bigint {
  return BigInt(time.sec) * 1_000_000_000n + BigInt(time.nanosec);
}

/** Seconds from `earlier` to `later`; exact to a microsecond over days. */
export function secondsBetween(earlier: Time, later: Time): number {
  return later.sec - earlier.sec + (later.nanosec - earlier.nanosec) * 1e-9;
}

/** Whether two stamps are the same instant. */
export function sameTime(a: Time, b: Time): boolean {
  return a.sec === b.sec && a.nanosec === b.nanosec;
}

const epoch = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** The host's clock: starts at system time and never steps back within a process. */
export function wallTime(): Time {
  return timeFromNanoseconds(epoch + process.hrtime.bigint());
}
