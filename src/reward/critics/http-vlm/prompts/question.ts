/** The prompt `question`: is the task done, yes or no, with the probability of the word where the server tells it. */
import { answerOf, answerStart, Unreadable, yesOrNo } from './answer.js';
import { excerpt, textPart, type ChatMessage, type Completion, type ReplyToken } from '../../../chat/chat.js';
import type { Shot } from '../pictures.js';
import { conversation, shotParts, taskParts, type Scene } from './scene-prompt.js';

const question = 'Is the task complete in the present frame? Answer with one word, yes or no.';

export function questionPrompt(scene: Scene, present: Shot): ChatMessage[] {
  return conversation([...taskParts(scene), ...shotParts('The present frame', present), textPart(question)]);
}

export type QuestionAnswer = {
  /** of yes, 0 to 1 */
  readonly probability: number;
  /** What yes and no have of the whole probability; undefined where the server tells none. */
  readonly mass: number | undefined;
};

/**
 * The probability of yes, p(yes) / (p(yes) + p(no)) over the likely tokens in the place of the answer; 1 or 0 as it is written where the
 * server tells no probabilities. An answer of the wrong form is not looked into for tokens that would fit.
 * @throws Unreadable if the answer is neither yes nor no
 */
export function readQuestion({ text, tokens }: Pick<Completion, 'text' | 'tokens'>): QuestionAnswer {
  const answer = answerOf(text);
  const written = yesOrNo(answer);
  if (written === undefined) throw new Unreadable(`is neither yes nor no: ${excerpt(answer)}`);
  const token = answerToken(tokens, text);
  if (token === undefined) return { probability: written, mass: undefined };
  const [no, yes] = masses(token);
  if (yes + no === 0) return { probability: written, mass: 0 };
  return { probability: yes / (yes + no), mass: Math.min(1, yes + no) };
}

/** The token that is the answer, if it is a whole word. */
function answerToken(tokens: readonly ReplyToken[], text: string): ReplyToken | undefined {
  const start = answerStart(text);
  let end = 0;
  const token = tokens.find((candidate) => {
    end += candidate.token.length;
    return end > start && /[\p{L}\p{N}]/u.test(candidate.token);
  });
  return token === undefined || yesOrNo(token.token) === undefined ? undefined : token;
}

/** Probability of all ways to write no, and yes. */
function masses(token: ReplyToken): [no: number, yes: number] {
  const sums: [number, number] = [0, 0];
  const listed = token.top.some((likely) => likely.token === token.token);
  for (const likely of listed ? token.top : [token, ...token.top]) {
    const word = yesOrNo(likely.token);
    if (word !== undefined) sums[word] += Math.exp(likely.logprob);
  }
  return sums;
}

/** Of a yes or no, bit: 0 when it is sure, 1 when it is a coin toss. */
export function entropy(probability: number): number {
  const terms = [probability, 1 - probability].map((p) => (p === 0 ? 0 : -p * Math.log2(p)));
  return terms[0] + terms[1];
}
