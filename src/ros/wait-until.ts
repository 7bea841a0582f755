/** Waiting for what nobody announces. */

export type WaitOptions = {
  /** how long to wait at most, s */
  readonly timeout: number;
  /** between two questions, s; 0.05 unless given */
  readonly period?: number;
  /** ends the wait */
  readonly stopping?: AbortSignal | undefined;
};

/** Asks again and again until it is so, the time is over or the end is asked for. @returns whether it is so */
export async function waitUntil(
  isSo: () => boolean,
  { timeout, period = 0.05, stopping }: WaitOptions,
): Promise<boolean> {
  const deadline = performance.now() + timeout * 1000;
  while (!isSo()) {
    if (stopping?.aborted === true || performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, period * 1000));
  }
  return true;
}
