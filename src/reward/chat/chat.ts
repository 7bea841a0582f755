/** Chat completions as OpenAI's API has them and vLLM, SGLang and llama.cpp's server repeat it: what is sent, what comes back. */

export type TextPart = { readonly type: 'text'; readonly text: string };
/** `url` is a data URL: the image itself, base64. */
export type ImagePart = { readonly type: 'image_url'; readonly image_url: { readonly url: string } };
export type ChatPart = TextPart | ImagePart;
export type TextMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };
export type ChatMessage = TextMessage | { readonly role: 'user'; readonly content: readonly ChatPart[] };

/** The body of a request. */
export type ChatRequest = {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly [key: string]: unknown;
};

/** A token and its natural logarithm of probability. */
export type TokenProbability = { readonly token: string; readonly logprob: number };
/** A token of the reply, and those that were likely in its place. */
export type ReplyToken = TokenProbability & { readonly top: readonly TokenProbability[] };

/** What a model answered. */
export type Completion = {
  /** empty where it said nothing, such as one that thought until its tokens were spent */
  readonly text: string;
  /** empty where the server gives no log-probabilities */
  readonly tokens: readonly ReplyToken[];
  /** tokens that were paid for; undefined where the server does not count them */
  readonly usage: { readonly input: number; readonly output: number } | undefined;
};

export function textPart(text: string): TextPart {
  return { type: 'text', text };
}

export function imagePart(url: string): ImagePart {
  return { type: 'image_url', image_url: { url } };
}

/** Tokens whose probabilities are kept; answers that are read by their probabilities are a word long. */
const tokensKept = 64;

/**
 * The completion in the body of a reply.
 * @throws Error saying what is wrong with the body; its message is complete behind "the reply"
 */
export function readCompletion(body: string): Completion {
  let reply: unknown;
  try {
    reply = JSON.parse(body);
  } catch {
    throw new Error(`is not JSON: ${excerpt(body)}`);
  }
  const choices = field(reply, 'choices');
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const message = field(choice, 'message');
  const content = field(message, 'content');
  const refusal = field(message, 'refusal');
  if (typeof content !== 'string' && typeof refusal === 'string')
    throw new Error(`is a refusal: ${excerpt(refusal)}`);
  const text = content === null ? '' : content;
  if (typeof text !== 'string')
    throw new Error(`holds no text in choices[0].message.content: ${excerpt(body)}`);
  return { text, tokens: tokensOf(choice), usage: usageOf(reply) };
}

/** What a server says of an error, or the beginning of whatever it sent. */
export function errorText(body: string): string {
  let reply: unknown;
  try {
    reply = JSON.parse(body);
  } catch {
    return excerpt(body);
  }
  const error = field(reply, 'error');
  const said = field(error, 'message') ?? field(reply, 'message') ?? error;
  return excerpt(typeof said === 'string' ? said : body);
}

const shownCharacters = 160;

/** The beginning of a text in one line that can be printed. */
export function excerpt(text: string): string {
  const line = text
    .slice(0, 4 * shownCharacters)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  if (line === '') return '(nothing)';
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}...` : line;
}

function tokensOf(choice: unknown): ReplyToken[] {
  const content = field(field(choice, 'logprobs'), 'content');
  if (!Array.isArray(content)) return [];
  const tokens: ReplyToken[] = [];
  for (const entry of content.slice(0, tokensKept) as unknown[]) {
    const own = probabilityOf(entry);
    // Without its neighbours in order a token says nothing.
    if (own === undefined) return [];
    const top = field(entry, 'top_logprobs');
    const listed = Array.isArray(top) ? top.map(probabilityOf) : [];
    tokens.push({ ...own, top: listed.filter((known) => known !== undefined) });
  }
  return tokens;
}

function probabilityOf(entry: unknown): TokenProbability | undefined {
  const [token, logprob] = [field(entry, 'token'), field(entry, 'logprob')];
  if (typeof token !== 'string' || typeof logprob !== 'number') return undefined;
  return Number.isFinite(logprob) && logprob <= 1e-6 ? { token, logprob: Math.min(0, logprob) } : undefined;
}

function usageOf(reply: unknown): Completion['usage'] {
  const usage = field(reply, 'usage');
  const [input, output] = [field(usage, 'prompt_tokens'), field(usage, 'completion_tokens')];
  return isCount(input) && isCount(output) ? { input, output } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
