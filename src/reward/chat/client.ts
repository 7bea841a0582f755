/** Asks an endpoint with everything that keeps this affordable: cache, budget, limits, retries and a circuit breaker. */
import { createHash } from 'node:crypto';
import { Budget, type Reserve } from './budget.js';
import type { ChatRequest, Completion } from './chat.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { realTiming, type Timing } from './clock.js';
import { EndpointError, type Endpoint, type Reply } from './endpoint.js';
import { RateLimit } from './rate-limit.js';
import { ReplyCache } from './reply-cache.js';
import { withRetries } from './retries.js';
import type { ClientSettings } from './settings.js';
import { Slots } from './slots.js';

/** There is no answer, and why: the endpoint, the budget. */
export class NoAnswer extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'NoAnswer';
  }
}

export type Answer = Completion & {
  /** whether it was known before and cost nothing */
  readonly cached: boolean;
  /** in the currency of the prices */
  readonly cost: number;
};

/** However long a server asks to be left alone, it is tried again after this; s. */
const longestPause = 3600;

export class ChatClient {
  readonly budget: Budget;
  readonly #cache: ReplyCache;
  readonly #slots: Slots;
  readonly #rate: RateLimit;
  readonly #breaker: CircuitBreaker;
  readonly #closing = new AbortController();

  /** @param settings `cache` is an absolute path */
  constructor(
    private readonly endpoint: Pick<Endpoint, 'send'>,
    private readonly settings: ClientSettings,
    private readonly timing: Timing = realTiming,
  ) {
    this.budget = new Budget(settings.budget);
    this.#cache = new ReplyCache(settings.cache);
    this.#slots = new Slots(settings.concurrency);
    this.#rate = new RateLimit(settings.requests_per_minute);
    this.#breaker = new CircuitBreaker(settings.break_after, settings.retry_after_s);
  }

  /**
   * The answer to a request, from the cache where it was asked before.
   * @param sample tells requests apart that are the same but should be answered anew, each by a draw of its own
   * @throws NoAnswer with the reason if none can be had
   * @throws the signal's reason if it was aborted
   */
  async ask(request: ChatRequest, sample = 0, caller?: AbortSignal): Promise<Answer> {
    // A signal for each request: a thousand that wait for one signal are taken for a leak.
    const signal = AbortSignal.any([this.#closing.signal, ...(caller === undefined ? [] : [caller])]);
    const key = this.#keyOf(request, sample);
    const known = this.#cache.get(key);
    if (known !== undefined) return { ...known, cached: true, cost: 0 };
    return this.#slots.run(async () => {
      // A request like this one may have been on its way.
      const late = this.#cache.get(key);
      if (late !== undefined) return { ...late, cached: true, cost: 0 };
      const { body, completion, cost } = await this.#answer(request, signal);
      this.#cache.set(key, body, completion);
      return { ...completion, cached: false, cost };
    }, signal);
  }

  /** Aborts what is on its way; nothing can be asked afterwards. */
  close(): void {
    this.#closing.abort();
  }

  #keyOf(request: ChatRequest, sample: number): string {
    const asked = JSON.stringify([this.settings.base_url, sample, request]);
    return createHash('sha256').update(asked).digest('hex');
  }

  async #answer(request: ChatRequest, signal: AbortSignal): Promise<Reply & { cost: number }> {
    const { retries, timeout_s } = this.settings;
    try {
      return await withRetries(
        () => this.#send(request, signal),
        { retries, timeout_s },
        signal,
        this.timing,
      );
    } catch (error) {
      throw error instanceof EndpointError ? new NoAnswer(`endpoint: ${error.message}`) : error;
    }
  }

  /** @throws EndpointError, NoAnswer */
  async #send(request: ChatRequest, signal: AbortSignal): Promise<Reply & { cost: number }> {
    const { clock } = this.timing;
    allowed(this.#breaker.refusal(clock.now()));
    const wait = this.#rate.take(clock.now());
    if (wait > 0) await clock.sleep(wait, signal);
    allowed(this.#breaker.begin(clock.now()));
    const reserve = this.budget.reserve(request);
    if (typeof reserve === 'string') {
      this.#breaker.undecided();
      throw new NoAnswer(`budget: ${reserve}`);
    }
    try {
      const reply = await this.endpoint.send(request, signal);
      this.#breaker.succeeded();
      return { ...reply, cost: this.budget.pay(reserve, reply.completion.usage) };
    } catch (error) {
      this.#failed(error, reserve);
      throw error;
    }
  }

  #failed(error: unknown, reserve: Reserve): void {
    if (!(error instanceof EndpointError)) return this.#breaker.undecided();
    const { message, computed, status, pause = 0 } = error;
    if (!computed) this.budget.refund(reserve);
    const now = this.timing.clock.now();
    if (pause > this.settings.timeout_s) this.#breaker.open(now, Math.min(pause, longestPause), message);
    // A server that has too much to do is there.
    else if (status === 429) this.#breaker.undecided();
    else this.#breaker.failed(now, message);
  }
}

/** @param refusal the breaker's */
function allowed(refusal: string | undefined): void {
  if (refusal !== undefined) throw new NoAnswer(`endpoint: ${refusal}`);
}
