/** Reading what a model wrote. What is not there in the agreed form is not guessed. */
import { excerpt } from '../../../chat/chat.js';

/** An answer that says nothing in the agreed form; the message is complete behind "the reply". */
export class Unreadable extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'Unreadable';
  }
}

/** The answer without what a reasoning model thought before it. @throws Unreadable if the thoughts have no end */
export function answerOf(text: string): string {
  const answer = text.slice(answerStart(text)).trim();
  if (answer.includes('<think>')) throw new Unreadable('ends in the middle of its thoughts');
  if (answer === '') throw new Unreadable('is empty');
  return answer;
}

const endOfThoughts = '</think>';

/** Where the answer begins, in characters. */
export function answerStart(text: string): number {
  const end = text.lastIndexOf(endOfThoughts);
  return end < 0 ? 0 : end + endOfThoughts.length;
}

/**
 * What stands between <tag> and </tag>. Elsewhere the model may have written what it liked.
 * @throws Unreadable if the tag is missing, not closed, or there several times with different contents
 */
export function tagged(answer: string, tag: string): string {
  const found = [...answer.matchAll(new RegExp(`<${tag}>([^<>]*)</${tag}>`, 'g'))].map(([, content]) =>
    content.trim(),
  );
  const [first] = found;
  if (first === undefined) throw new Unreadable(`has no <${tag}>: ${excerpt(answer)}`);
  const other = found.find((content) => content !== first);
  if (other !== undefined) throw new Unreadable(`has several <${tag}>: ${excerpt(`${first}, ${other}`)}`);
  return first;
}

/**
 * A number of percent as a share, e.g. 0.12 for "+12%". The sign may be the typographic minus as well.
 * @param from, to the range that it must lie in, %
 * @throws Unreadable if it is not a plain decimal number, or outside of the range
 */
export function percent(text: string, from: number, to: number): number {
  const plain = text.trim().replace(/^\u2212/, '-');
  if (!/^[+-]?\d{1,6}(\.\d+)?\s*%?$/.test(plain))
    throw new Unreadable(`is no number of percent: ${excerpt(text)}`);
  const value = Number(plain.replace('%', ''));
  if (value < from || value > to) throw new Unreadable(`is not from ${from} to ${to} %: ${excerpt(text)}`);
  return value / 100 + 0;
}

/** @returns 1 for yes, 0 for no, whatever their case and punctuation; undefined for anything else */
export function yesOrNo(text: string): 0 | 1 | undefined {
  const word = bare(text);
  return word === 'yes' ? 1 : word === 'no' ? 0 : undefined;
}

/** A word without case, punctuation and the marks that tokenisers put for a space. */
function bare(text: string): string {
  return text
    .replace(/^[\u0120\u2581]/, '')
    .replace(/[\s\p{P}\p{S}]/gu, '')
    .toLowerCase();
}
