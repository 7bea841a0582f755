/** One request to an OpenAI-compatible endpoint, and everything that can come of it. */
import { retryAfter } from './backoff.js';
import { errorText, excerpt, readCompletion, type ChatRequest, type Completion } from './chat.js';

/** A request that brought no completion. */
export class EndpointError extends Error {
  /**
   * @param again whether the same request may do better in a while
   * @param computed whether the server may have computed, and charged for, an answer
   * @param status of HTTP, where it is what went wrong
   * @param pause what the server asked for in Retry-After, s
   */
  constructor(
    message: string,
    readonly again: boolean,
    readonly computed: boolean,
    readonly status?: number,
    readonly pause?: number,
  ) {
    super(message);
    this.name = 'EndpointError';
  }

  /** The same in other words. */
  saying(message: string): EndpointError {
    return new EndpointError(message, this.again, this.computed, this.status, this.pause);
  }
}

export type Reply = { readonly body: string; readonly completion: Completion };

export type EndpointSettings = {
  readonly url: URL;
  /** sent as a bearer token, and never said in an error */
  readonly key: string | undefined;
  readonly timeout_s: number;
  readonly max_reply_bytes: number;
};

/** Statuses after which the same request may do better: RFC 9110 and RFC 6585. */
function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Sends chat requests. Redirects are not followed: what is sent goes where the settings say and nowhere else. */
export class Endpoint {
  constructor(private readonly settings: EndpointSettings) {}

  /** The address without its query, which may hold a key. */
  get name(): string {
    const { origin, pathname } = this.settings.url;
    return `${origin}${pathname}`;
  }

  /**
   * @throws EndpointError if no completion came
   * @throws the signal's reason if it was aborted
   */
  async send(request: ChatRequest, signal?: AbortSignal): Promise<Reply> {
    const timeout = AbortSignal.timeout(1000 * this.settings.timeout_s);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      return await this.#exchange(request, either);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#explained(error, timeout.aborted);
    }
  }

  async #exchange(request: ChatRequest, signal: AbortSignal): Promise<Reply> {
    const { url, key, max_reply_bytes } = this.settings;
    const response = await fetch(url, {
      ...{ method: 'POST', body: JSON.stringify(request), redirect: 'manual', signal },
      headers: {
        ...{ 'content-type': 'application/json', accept: 'application/json' },
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    });
    const body = await bodyOf(response, max_reply_bytes);
    if (!response.ok) throw refused(response, body);
    try {
      return { body, completion: readCompletion(body) };
    } catch (error) {
      throw new EndpointError(`the reply ${(error as Error).message}`, false, true);
    }
  }

  #explained(error: unknown, timedOut: boolean): EndpointError {
    const { timeout_s, key } = this.settings;
    if (timedOut) return new EndpointError(`no reply within ${timeout_s} s`, true, true);
    const known = error instanceof EndpointError ? error : new EndpointError(causeOf(error), true, true);
    if (key === undefined || !known.message.includes(key)) return known;
    return known.saying(known.message.replaceAll(key, '(key)'));
  }
}

function refused({ status, statusText, headers }: Response, body: string): EndpointError {
  const place = headers.get('location');
  const said = place === null ? errorText(body) : `a redirect to ${excerpt(place)}, which is not followed`;
  const pause = mayPass(status) ? retryAfter(headers.get('retry-after'), Date.now()) : undefined;
  return new EndpointError(
    `HTTP ${`${status} ${statusText}`.trim()}: ${said}`,
    mayPass(status),
    false,
    status,
    pause,
  );
}

/** @throws EndpointError if the body is longer than `limit` bytes; what follows is not read */
async function bodyOf(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  const reader = response.body?.getReader();
  for (let size = 0; ;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return Buffer.concat(chunks).toString('utf8');
    size += value.byteLength;
    if (size > limit) {
      await reader?.cancel();
      throw new EndpointError(`the reply is longer than ${limit} bytes`, false, true);
    }
    chunks.push(value);
  }
}

/** What fetch says of a failed connection lies in the error's cause, with several addresses in the first of its errors. */
function causeOf(error: unknown): string {
  const { message, cause } = error as Error;
  const inner = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  return inner instanceof Error && inner.message !== '' ? inner.message : message;
}
