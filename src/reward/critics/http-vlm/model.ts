/** A vision-language model that is asked a question, once or several times. */
import { Unreadable } from './prompts/answer.js';
import type { ChatMessage, ChatRequest, Completion } from '../../chat/chat.js';
import { NoAnswer, type Answer, type ChatClient } from '../../chat/client.js';
import type { HttpVlmSettings } from './settings.js';

export type ModelSettings = Pick<
  HttpVlmSettings,
  'model' | 'temperature' | 'max_tokens' | 'top_logprobs' | 'samples' | 'request' | 'prompt'
>;

/** What came of a question. */
export type Poll<T> = {
  /** Those that could be read, if they are more than half; none otherwise. */
  readonly answers: readonly T[];
  /** why there are none; empty otherwise */
  readonly problem: string;
  /** what it took: money, tokens, whether all was known before */
  readonly components: Readonly<Record<string, number>>;
};

type Outcome<T> = { readonly paid?: Answer; readonly value?: T; readonly problem?: string };

export class Model {
  constructor(
    private readonly client: Pick<ChatClient, 'ask'>,
    private readonly settings: ModelSettings,
  ) {}

  /**
   * @param read throws Unreadable if the answer has another form than was agreed
   * @throws the signal's reason if it was aborted, and nothing else
   */
  async poll<T>(
    messages: readonly ChatMessage[],
    read: (completion: Completion) => T,
    signal?: AbortSignal,
  ): Promise<Poll<T>> {
    const request = chatRequest(this.settings, messages);
    const samples = Array.from({ length: this.settings.samples }, (_, i) => i);
    const outcomes = await Promise.all(samples.map((sample) => this.#sample(request, sample, read, signal)));
    const answers = outcomes.flatMap(({ value }) => (value === undefined ? [] : [value]));
    const components = costOf(outcomes.flatMap(({ paid }) => (paid === undefined ? [] : [paid])));
    if (2 * answers.length > samples.length) return { answers, problem: '', components };
    const problem = outcomes.find((outcome) => outcome.problem !== undefined)?.problem ?? '';
    return { answers: [], problem, components };
  }

  async #sample<T>(
    request: ChatRequest,
    sample: number,
    read: (completion: Completion) => T,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<T>> {
    try {
      const paid = await this.client.ask(request, sample, signal);
      return readOutcome(paid, read);
    } catch (error) {
      if (error instanceof NoAnswer) return { problem: error.message };
      throw error;
    }
  }
}

function readOutcome<T>(paid: Answer, read: (completion: Completion) => T): Outcome<T> {
  try {
    return { paid, value: read(paid) };
  } catch (error) {
    if (error instanceof Unreadable) return { paid, problem: `the reply ${error.message}` };
    throw error;
  }
}

/** The body of a request. What the settings add under `request` comes last; null takes a key away that the server does not know. */
export function chatRequest(settings: ModelSettings, messages: readonly ChatMessage[]): ChatRequest {
  const { model, temperature, max_tokens, top_logprobs, request, prompt } = settings;
  const asksProbabilities = prompt === 'question' && top_logprobs > 0;
  const body: ChatRequest = {
    ...{ model, messages, temperature, max_tokens },
    ...(asksProbabilities ? { logprobs: true, top_logprobs } : {}),
    ...request,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as ChatRequest;
}

function costOf(answers: readonly Answer[]): Record<string, number> {
  if (answers.length === 0) return {};
  const sum = (of: (answer: Answer) => number | undefined): number =>
    answers.reduce((total, answer) => total + (of(answer) ?? 0), 0);
  const counted = answers.every(({ usage }) => usage !== undefined);
  return {
    cached: answers.every(({ cached }) => cached) ? 1 : 0,
    cost_usd: sum(({ cost }) => cost),
    ...(counted ? { input_tokens: sum(({ usage }) => usage?.input) } : {}),
    ...(counted ? { output_tokens: sum(({ usage }) => usage?.output) } : {}),
  };
}
