/** How long to wait before a request is sent again. */

/** s */
const firstDelay = 0.5;
const longestDelay = 30;

/**
 * Doubles from half a second up to half a minute, with the upper half left to chance so that several clients do not come back at once.
 * @param attempt 0 after the first request
 * @param random uniform in [0, 1)
 * @param asked what the server asked for in Retry-After, s; it is waited at least as long
 * @returns s
 */
export function backoff(attempt: number, random: number, asked = 0): number {
  const delay = Math.min(longestDelay, firstDelay * 2 ** attempt);
  return Math.max(asked, delay * (0.5 + 0.5 * random));
}

/**
 * Seconds that a Retry-After header (RFC 9110, 10.2.3) asks for: a number of them, or a date.
 * @param now ms since 1970
 * @returns undefined where there is none, or it is neither
 */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
