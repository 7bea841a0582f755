/** A language model behind an OpenAI-compatible endpoint, text only. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../config/config-error.js';

export type ChatMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

/** Answers a conversation. Rejects if the endpoint cannot be reached or does not answer. */
export type Ask = (messages: readonly ChatMessage[], signal?: AbortSignal) => Promise<string>;

export type ChatSettings = {
  /** base address, such as http://localhost:8000/v1 */
  readonly endpoint: string;
  readonly model: string;
  readonly api_key?: string;
  /** of one call */
  readonly timeout_s: number;
  /** calls until the endpoint counts as down */
  readonly attempts: number;
  /** before the second call; doubles with each */
  readonly backoff_s: number;
};

export const defaultChat = { timeout_s: 300, attempts: 4, backoff_s: 2 } as const;

/** A call that may succeed if it is made again. */
class TransientError extends Error {}

const shownCharacters = 200;

/** @throws ConfigError if the endpoint is no http address, or the key cannot be sent */
export function chat(settings: ChatSettings): Ask {
  const url = chatUrl(settings.endpoint);
  const { api_key = '', attempts, backoff_s } = settings;
  // The error that fetch throws would show the key.
  if (!/^[\x21-\x7e]*$/.test(api_key))
    throw new ConfigError('endpoint', settings.endpoint, 'the key has characters that a header cannot have');
  return async (messages, signal) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call(url, settings, messages, signal);
      } catch (error) {
        if (!(error instanceof TransientError) || attempt >= attempts) throw error;
        // A wait that is stopped ends in the next call, which says why.
        const wait = 1000 * backoff_s * 2 ** (attempt - 1);
        await delay(wait, undefined, signal && { signal }).catch(() => undefined);
      }
    }
  };
}

function chatUrl(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new ConfigError('endpoint', endpoint, 'expected an address such as http://localhost:8000/v1');
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith('/chat/completions') ? path : `${path}/chat/completions`;
  return url;
}

async function call(
  url: URL,
  { model, api_key, timeout_s }: ChatSettings,
  messages: readonly ChatMessage[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const timeout = AbortSignal.timeout(1000 * timeout_s);
  // Without the query, which may hold a key.
  const name = `${url.origin}${url.pathname}`;
  const authorization = api_key === undefined ? {} : { authorization: `Bearer ${api_key}` };
  let status: number;
  let body: string;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ model, messages, stream: false }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    status = response.status;
    body = await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    const problem = timeout.aborted
      ? `did not answer within ${timeout_s} s`
      : `cannot be reached: ${causeOf(error)}`;
    throw new TransientError(`${name} ${problem}`);
  }
  const isTransient = status === 408 || status === 429 || status >= 500;
  if (status < 200 || status >= 300)
    throw new (isTransient ? TransientError : Error)(
      `${name} answers with status ${status}: ${beginning(body)}`,
    );
  return contentOf(body, name);
}

/** The text of the first choice. An answer without any text is an empty one. */
function contentOf(body: string, name: string): string {
  let reply: unknown;
  try {
    reply = JSON.parse(body);
  } catch {
    throw new Error(`${name} answers with something else than JSON: ${beginning(body)}`);
  }
  const choices = isMap(reply) && Array.isArray(reply.choices) ? (reply.choices as unknown[]) : [];
  const [choice] = choices;
  if (!isMap(choice) || !isMap(choice.message))
    throw new Error(`${name} answers without choices[0].message: ${beginning(body)}`);
  const { content } = choice.message;
  return typeof content === 'string' ? content : '';
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function beginning(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}...` : line;
}

/** fetch hides what went wrong in the error's cause. */
function causeOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
