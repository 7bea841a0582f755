/** The prompt `pairwise`: signed progress between two frames, beside a demonstration (in the manner of VLAC). */
import { answerOf, percent, tagged, Unreadable, yesOrNo } from './answer.js';
import { textPart, type ChatMessage } from '../../../chat/chat.js';
import type { Shot } from '../pictures.js';
import { conversation, shotParts, taskParts, type Scene } from './scene-prompt.js';

const question = [
  'By how much did the later frame bring the task closer to its end, compared with the earlier frame?',
  'Give percent of what was still to do in the earlier frame: +100% if all of it was done, 0% if nothing changed.',
  'If the task went backwards give a negative number, in percent of what had been done: -100% if all of it was undone.',
  'Then say whether the task is complete in the later frame.',
  'Answer with these two tags and nothing else:',
  '<progress>+0%</progress><done>yes or no</done>',
].join('\n');

/** @param first the first frame of the episode */
export function pairwisePrompt(scene: Scene, first: Shot, earlier: Shot, later: Shot): ChatMessage[] {
  return conversation([
    ...taskParts(scene),
    ...shotParts('The attempt to judge, at its start', first),
    ...shotParts('Earlier frame', earlier),
    ...shotParts('Later frame', later),
    textPart(question),
  ]);
}

export type PairwiseAnswer = {
  /** -1 to 1 */
  readonly change: number;
  /** undefined where the answer leaves it open */
  readonly done: 0 | 1 | undefined;
};

/** @throws Unreadable if the change is not there as agreed */
export function readPairwise(text: string): PairwiseAnswer {
  const answer = answerOf(text);
  const change = percent(tagged(answer, 'progress'), -100, 100);
  return { change, done: doneOf(answer) };
}

function doneOf(answer: string): 0 | 1 | undefined {
  try {
    return yesOrNo(tagged(answer, 'done'));
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}
