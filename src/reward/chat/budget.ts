/** Calls and money that a client may spend while it lives. */
import { textPart, type ChatPart, type ChatRequest, type Completion } from './chat.js';
import type { BudgetSettings } from './settings.js';

/** Tokens that an image is taken for until the server has counted them. */
const tokensOfImage = 1500;
/** Characters that are taken for a token. */
const charactersOfToken = 3;

/** What a request may cost at most, taken off until it is known. */
export type Reserve = { readonly cost: number };

/**
 * Counts every request that is sent, retries included. Money is taken off by an estimate beforehand, so that requests on their way at
 * once do not overdraw it together; what was not used is put back.
 */
export class Budget {
  #calls = 0;
  #money = 0;

  constructor(private readonly settings: BudgetSettings) {}

  /** Requests so far. */
  get calls(): number {
    return this.#calls;
  }

  /** In the currency of the prices. */
  get money(): number {
    return this.#money;
  }

  /** What is taken off for a request, or why it may not be sent. */
  reserve(request: ChatRequest): Reserve | string {
    const { calls, money } = this.settings;
    if (this.#calls >= calls) return `${calls} calls are spent`;
    const cost = this.#estimate(request);
    if (money !== undefined && this.#money + cost > money)
      return `${round(this.#money)} of ${round(money)} are spent, and a call may cost ${round(cost)}`;
    this.#calls++;
    this.#money += cost;
    return { cost };
  }

  /**
   * A reply came.
   * @param usage undefined where the server does not count tokens: then the estimate is what it cost
   * @returns what it cost
   */
  pay({ cost }: Reserve, usage: Completion['usage']): number {
    const paid = this.#price(usage) ?? cost;
    this.#money += paid - cost;
    return paid;
  }

  /** The request was turned away before anything was computed. */
  refund({ cost }: Reserve): void {
    this.#money -= cost;
  }

  #price(usage: Completion['usage']): number | undefined {
    if (usage === undefined) return undefined;
    const { price_per_million_input_tokens: input, price_per_million_output_tokens: output } = this.settings;
    return (usage.input * input + usage.output * output) / 1e6;
  }

  #estimate({ messages, max_tokens, max_completion_tokens }: ChatRequest): number {
    const parts = messages.flatMap(({ content }): readonly ChatPart[] =>
      typeof content === 'string' ? [textPart(content)] : content,
    );
    const sizes = parts.map((part) =>
      part.type === 'image_url' ? tokensOfImage : part.text.length / charactersOfToken,
    );
    const input = sizes.reduce((sum, size) => sum + size, 0);
    return this.#price({ input, output: Number(max_tokens ?? max_completion_tokens ?? 0) }) ?? 0;
  }
}

function round(money: number): string {
  return String(Number(money.toPrecision(3)));
}
