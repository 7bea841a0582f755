/** Asks a language model for a progress function until one passes the preference test (CARD, Eureka, Text2Reward). */
import type { Task } from '../../sim/task.js';
import type { TextMessage } from '../chat/chat.js';
import type { CompiledProgress, ProgressSettings } from '../critics/progress-function/compile.js';
import { ProgressFunction } from '../critics/progress-function/progress-function.js';
import { readAnswer } from './answer.js';
import type { Ask } from './ask.js';
import { environmentOf } from './environment.js';
import type { Criteria, Figures } from './preference-test.js';
import { firstMessages, refusalMessage } from './prompt.js';
import { preferenceTest, type Verdict } from './reasons.js';
import { trackOf, type DesignEpisode } from './tracks.js';

export type DesignRequest = {
  readonly task: Task;
  readonly instruction: string;
  /** at least one success and one failure */
  readonly episodes: readonly DesignEpisode[];
  readonly criteria: Criteria;
  /** answers that are asked for at most */
  readonly rounds: number;
};

/** An answer and what came of it. */
export type Round = {
  /** from 1 */
  readonly round: number;
  readonly answer: string;
  /** why it was refused; empty if it was accepted */
  readonly reasons: readonly string[];
  /** undefined where the answer is no progress function */
  readonly settings: ProgressSettings | undefined;
  readonly figures: Figures | undefined;
};

/**
 * One round after the other, the accepted one last.
 * Rejects if the endpoint does not answer, or `signal` stops it.
 */
export async function* designRounds(
  { task, instruction, episodes, criteria, rounds }: DesignRequest,
  ask: Ask,
  signal?: AbortSignal,
): AsyncGenerator<Round, void, void> {
  const environment = environmentOf(task, episodes);
  const messages: TextMessage[] = [...firstMessages({ task, instruction, environment, criteria })];
  for (let round = 1; round <= rounds; round++) {
    const answer = await ask(messages, signal);
    const verdict = judgeAnswer(answer, task, episodes, criteria);
    yield { round, answer, ...verdict };
    if (verdict.reasons.length === 0) return;
    messages.push({ role: 'assistant', content: answer }, refusalMessage(verdict.reasons));
  }
}

function judgeAnswer(
  answer: string,
  task: Task,
  episodes: readonly DesignEpisode[],
  criteria: Criteria,
): Omit<Round, 'round' | 'answer'> {
  const read = readAnswer(answer, task);
  if ('problem' in read) return { reasons: [read.problem], settings: undefined, figures: undefined };
  const { settings, compiled } = read;
  return { settings, ...testFunction(compiled, episodes, criteria) };
}

/** The preference test of a function on recorded episodes. */
export function testFunction(
  compiled: CompiledProgress,
  episodes: readonly DesignEpisode[],
  criteria: Criteria,
): Verdict {
  const judge = new ProgressFunction(compiled);
  return preferenceTest(
    episodes.map((episode) => trackOf(episode, judge)),
    criteria,
  );
}
