/** Periodic callbacks on the host's steady clock. */

export type Timer = { cancel(): void };

/**
 * Calls back every `period` seconds, first after one period. Ticks stay on the grid start + n period, so the average
 * rate is exact to the clock; ticks that were missed because the process was busy are dropped, not made up for.
 * A tick is up to about a millisecond late (Node's timers). The timer does not keep a process alive by itself.
 * @param period [s], positive
 * @throws RangeError for any other period
 */
export function startTimer(period: number, callback: () => void): Timer {
  if (!(period > 0) || !Number.isFinite(period)) {
    throw new RangeError(`a timer's period must be positive, got ${period} s`);
  }
  const period_ms = period * 1000;
  let next = performance.now() + period_ms;
  let handle: NodeJS.Timeout;
  const schedule = (): void => {
    handle = setTimeout(tick, Math.max(0, next - performance.now()));
    handle.unref();
  };
  const tick = (): void => {
    const now = performance.now();
    // Node may fire a fraction of a millisecond early.
    if (now < next - 0.5) return schedule();
    next += period_ms * Math.max(1, Math.ceil((now - next) / period_ms));
    schedule();
    callback();
  };
  schedule();
  return { cancel: () => clearTimeout(handle) };
}
