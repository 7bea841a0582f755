/** The prompt `frames`: progress of every frame of an episode, shown in random order (in the manner of GVL). */
import { answerOf, percent, Unreadable } from './answer.js';
import { excerpt, textPart, type ChatMessage } from '../../../chat/chat.js';
import type { Shot } from '../pictures.js';
import { conversation, shotParts, taskParts, type Scene } from './scene-prompt.js';

const shuffled = [
  'The frames that follow are from the same attempt, in random order: their order says nothing about progress.',
  'The attempt may have failed, so perhaps no frame reaches 100%, and several may show the same progress.',
].join(' ');

const question = [
  'For every frame give the progress of the task in percent: 0 at the start of the attempt, 100 when the task is complete.',
  'Answer with a JSON list and nothing else, with one entry for each frame:',
  '[{"frame": 1, "progress": 0}, ...]',
].join('\n');

/**
 * @param first the first frame of the episode, which is declared to be 0 %
 * @param frames the others, shuffled; they are numbered from 1 on
 */
export function framesPrompt(scene: Scene, first: Shot, frames: readonly Shot[]): ChatMessage[] {
  return conversation([
    ...referenceParts(scene),
    ...shotParts('The attempt to judge, at its start (progress 0%)', first),
    textPart(shuffled),
    ...frames.flatMap((shot, i) => shotParts(`Frame ${i + 1}`, shot)),
    textPart(question),
  ]);
}

/** A demonstration with its progress, which is taken to be steady. */
function referenceParts({ instruction, reference }: Scene): ReturnType<typeof taskParts> {
  const task = taskParts({ instruction, reference: [] });
  const last = reference.length - 1;
  if (last < 0) return task;
  const shown = reference.flatMap((shot, i) =>
    shotParts(`Demonstration (progress ${last === 0 ? 100 : Math.round((100 * i) / last)}%)`, shot),
  );
  return [...task, textPart('A demonstration of the same task, which succeeds:'), ...shown];
}

/**
 * Progress by frame, 0 to 1, in the order of the prompt. All or nothing: a list with a frame too many, too few or twice was not made with
 * care.
 * @param count frames that were asked about
 * @throws Unreadable if the list is not there as agreed
 */
export function readFrames(text: string, count: number): number[] {
  const entries = listIn(answerOf(text));
  const progress = new Map<number, number>();
  for (const entry of entries) {
    const { frame, progress: value } = (typeof entry === 'object' && entry !== null ? entry : {}) as {
      frame?: unknown;
      progress?: unknown;
    };
    if (typeof frame !== 'number' || !Number.isInteger(frame) || frame < 1 || frame > count)
      throw new Unreadable(`lists a frame that was not shown: ${excerpt(JSON.stringify(entry))}`);
    if (progress.has(frame)) throw new Unreadable(`lists frame ${frame} twice`);
    progress.set(frame, shareOf(value, frame));
  }
  if (progress.size !== count) throw new Unreadable(`lists ${progress.size} of ${count} frames`);
  return Array.from({ length: count }, (_, i) => progress.get(i + 1) ?? NaN);
}

function shareOf(value: unknown, frame: number): number {
  if (typeof value !== 'number' && typeof value !== 'string')
    throw new Unreadable(`gives frame ${frame} no progress`);
  return percent(String(value), 0, 100);
}

function listIn(answer: string): unknown[] {
  const [from, to] = [answer.indexOf('['), answer.lastIndexOf(']')];
  if (from < 0 || to < from) throw new Unreadable(`has no JSON list: ${excerpt(answer)}`);
  let list: unknown;
  try {
    list = JSON.parse(answer.slice(from, to + 1));
  } catch {
    throw new Unreadable(`has a list that is not JSON: ${excerpt(answer)}`);
  }
  return list as unknown[];
}
