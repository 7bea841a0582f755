/** Sends a request again that may do better in a while. */
import { backoff } from './backoff.js';
import { realTiming, type Timing } from './clock.js';
import { EndpointError } from './endpoint.js';
import type { ClientSettings } from './settings.js';

/**
 * What `send` brings, tried again after a wait (`backoff`). A server that asks for a longer pause than one waits for a reply is not
 * waited for.
 * @throws EndpointError of the last try, with the number of tries; whatever else `send` throws
 * @throws the signal's reason if it is aborted during a wait
 */
export async function withRetries<T>(
  send: () => Promise<T>,
  { retries, timeout_s }: Pick<ClientSettings, 'retries' | 'timeout_s'>,
  signal?: AbortSignal,
  { clock, random }: Timing = realTiming,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      const { message, again, pause = 0 } = error;
      if (!again || attempt >= retries || pause > timeout_s)
        throw attempt === 0 ? error : error.saying(`${message} (${attempt + 1} tries)`);
      await clock.sleep(backoff(attempt, random(), pause), signal);
    }
  }
}
