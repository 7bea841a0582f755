/** A language model that is asked in text. */
import type { TextMessage } from '../chat/chat.js';
import { realTiming, type Timing } from '../chat/clock.js';
import { Endpoint, EndpointError, type EndpointSettings } from '../chat/endpoint.js';
import { withRetries } from '../chat/retries.js';

/** Answers a conversation. Rejects if no answer can be had, or with the signal's reason. */
export type Ask = (messages: readonly TextMessage[], signal?: AbortSignal) => Promise<string>;

export type ModelSettings = EndpointSettings & {
  /** what the endpoint calls it */
  readonly model: string;
  /** of a request, after what may pass */
  readonly retries: number;
};

/** A model that thinks before it writes takes minutes, and an answer is kept whole. */
export const patient = { timeout_s: 300, retries: 5, max_reply_bytes: 10_000_000 } as const;

/** Errors name the endpoint, and show no key. */
export function askOf(settings: ModelSettings, timing: Timing = realTiming): Ask {
  const { model } = settings;
  const endpoint = new Endpoint(settings);
  return async (messages, signal) => {
    const send = (): ReturnType<Endpoint['send']> => endpoint.send({ model, messages }, signal);
    try {
      const { completion } = await withRetries(send, settings, signal, timing);
      return completion.text;
    } catch (error) {
      throw error instanceof EndpointError ? error.saying(`${endpoint.name}: ${error.message}`) : error;
    }
  };
}
