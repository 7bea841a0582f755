/** The prompt `hops`: the share of the way from a before state to an after state (in the manner of Robo-Dopamine's GRM). */
import { answerOf, percent, tagged } from './answer.js';
import { textPart, type ChatMessage } from '../../../chat/chat.js';
import type { Shot } from '../pictures.js';
import { conversation, shotParts, taskParts } from './scene-prompt.js';

const question = [
  'Compare the AFTER state with the BEFORE state, knowing the start and the goal.',
  'If AFTER is nearer to the goal, give the share of the way from BEFORE to the goal that was covered: +100% if AFTER is the goal.',
  'If AFTER is farther from the goal, give the share of the way from the start to BEFORE that was lost, as a negative number: -100% if AFTER is back at the start.',
  'If nothing relevant changed, give 0%.',
  'Answer with this tag and nothing else, with your number in it:',
  '<score>+0%</score>',
].join('\n');

/** What GRM is shown. */
export type HopViews = {
  readonly instruction: string;
  readonly start: Shot;
  readonly goal: Shot;
  readonly before: Shot;
  readonly after: Shot;
};

export function hopPrompt({ instruction, start, goal, before, after }: HopViews): ChatMessage[] {
  return conversation([
    ...taskParts({ instruction, reference: [] }),
    ...shotParts('Start', start),
    ...shotParts('Goal', goal),
    ...shotParts('BEFORE', before),
    ...shotParts('AFTER', after),
    textPart(question),
  ]);
}

/** The hop, -1 to 1. @throws Unreadable if it is not there as agreed */
export function readHop(text: string): number {
  return percent(tagged(answerOf(text), 'score'), -100, 100);
}
