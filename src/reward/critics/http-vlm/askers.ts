/** The prompts that are about one frame at a time, from pictures to a verdict. */
import { unknown, type Judgement, type Moment } from '../../judgement.js';
import { meanAndSpread } from '../../statistics.js';
import { grmBackward, grmForward, grmProgress, outsideDeadZone, vlacProgress } from './accumulation.js';
import type { Ask, Step, Verdict } from './frame-walk.js';
import { hopPrompt, readHop } from './prompts/hops.js';
import type { Model, Poll } from './model.js';
import { pairwisePrompt, readPairwise, type PairwiseAnswer } from './prompts/pairwise.js';
import type { Pictures, Shot } from './pictures.js';
import { entropy, questionPrompt, readQuestion, type QuestionAnswer } from './prompts/question.js';
import type { Scene } from './prompts/scene-prompt.js';
import type { HopsFrom } from './settings.js';

/** What an asker looks with. */
export type Look = { readonly scene: Scene; readonly pictures: Pictures; readonly model: Model };

/** Progress between the frame judged last and the present one, added up by VLAC's rule. */
export function pairwiseAsk({ scene, pictures, model }: Look, deadZone: number): Ask {
  const compare = async ({ first, now }: Step, before: Moment, signal?: AbortSignal): Promise<Verdict> => {
    const [start, earlier, later] = await Promise.all([first, before, now].map((seen) => pictures.of(seen)));
    const messages = pairwisePrompt(scene, start, earlier, later);
    const poll = await model.poll(messages, ({ text }) => readPairwise(text), signal);
    return (last) => pairwiseJudgement(poll, last?.progress, deadZone);
  };
  return steppingAsk(pictures, compare);
}

function pairwiseJudgement(
  poll: Poll<PairwiseAnswer>,
  before: number | undefined,
  deadZone: number,
): Judgement {
  if (poll.answers.length === 0) return unanswered(poll);
  if (before === undefined) return notFromStart();
  const changes = poll.answers.map(({ change }) => outsideDeadZone(change, deadZone));
  const { mean, spread } = meanAndSpread(changes.map((change) => vlacProgress(before, change)));
  const dones = poll.answers.flatMap(({ done }) => (done === undefined ? [] : [done]));
  const done = dones.length === 0 ? undefined : meanAndSpread(dones).mean;
  return {
    ...{ progress: mean, done, uncertainty: changes.length > 1 ? spread : undefined },
    components: { change: meanAndSpread(changes).mean, ...poll.components },
    reason: done === undefined ? 'the reply does not say whether the task is done' : '',
  };
}

/** Hops from the frames that `from` names, taken together as GRM does; progress by several of them is their mean. */
export function hopsAsk({ scene, pictures, model }: Look, goal: Shot, from: HopsFrom, deadZone: number): Ask {
  const { instruction } = scene;
  const compare = async ({ first, now }: Step, before: Moment, signal?: AbortSignal): Promise<Verdict> => {
    const [start, previous, after] = await Promise.all([first, before, now].map((seen) => pictures.of(seen)));
    const hop = (origin: Shot): Promise<Poll<number>> => {
      const messages = hopPrompt({ instruction, start, goal, before: origin, after });
      return model.poll(messages, ({ text }) => outsideDeadZone(readHop(text), deadZone), signal);
    };
    const origins = { previous, start, goal };
    const asked = from === 'all' ? (['previous', 'start', 'goal'] as const) : [from];
    const polls = await Promise.all(asked.map(async (name) => ({ name, poll: await hop(origins[name]) })));
    return (last) => hopsJudgement(polls, last?.progress);
  };
  return steppingAsk(pictures, compare);
}

type HopPoll = { readonly name: Exclude<HopsFrom, 'all'>; readonly poll: Poll<number> };

function hopsJudgement(polls: readonly HopPoll[], before: number | undefined): Judgement {
  const components = addedUp(polls.map(({ poll }) => poll.components));
  const open = polls.find(({ poll }) => poll.answers.length === 0);
  if (open !== undefined) return unanswered({ problem: open.poll.problem, components });
  if (before === undefined) return notFromStart();
  const rules = { previous: (hop: number) => grmProgress(before, hop), start: grmForward, goal: grmBackward };
  const opinions = polls.flatMap(({ name, poll }) => poll.answers.map(rules[name]));
  const { mean, spread } = meanAndSpread(opinions);
  const hops = polls.map(({ name, poll }) => [`hop_${name}`, meanAndSpread(poll.answers).mean] as const);
  return {
    ...{ progress: mean, done: undefined, uncertainty: opinions.length > 1 ? spread : undefined },
    components: { ...Object.fromEntries(hops), ...components },
    reason: 'a hop does not say whether the task is done',
  };
}

/**
 * What pairwise and hops share: progress is 0 in the first frame without asking, and a frame that is the same as the one before, byte for
 * byte, is judged the same.
 */
function steppingAsk(
  pictures: Pictures,
  compare: (step: Step, before: Moment, signal?: AbortSignal) => Promise<Verdict>,
): Ask {
  return (step, signal) => {
    const { first, before, now } = step;
    const problem = pictures.problem(now);
    if (problem !== undefined) return Promise.resolve(() => unknown(problem));
    if (before === undefined && now === first) return Promise.resolve(atStart);
    // The request would show them.
    const unseen = [first, before].some((seen) => seen === undefined || pictures.problem(seen) !== undefined);
    if (before === undefined || unseen) return Promise.resolve(notFromStart);
    if (pictures.same(before, now)) return Promise.resolve(unchanged);
    return compare(step, before, signal);
  };
}

function atStart(): Judgement {
  const reason = 'nobody looked whether the task is done before it begins';
  return { progress: 0, done: undefined, uncertainty: undefined, components: {}, reason };
}

function notFromStart(): Judgement {
  return unknown('the first frame could not be seen, so there is nothing to compare with');
}

function unchanged(before: Judgement | undefined): Judgement {
  return before === undefined ? notFromStart() : { ...before, components: { unchanged: 1 } };
}

/** @param asProgress whether the probability counts as progress as well */
export function questionAsk({ scene, pictures, model }: Look, asProgress: boolean): Ask {
  return async ({ now }, signal) => {
    const problem = pictures.problem(now);
    if (problem !== undefined) return () => unknown(problem);
    const poll = await model.poll(questionPrompt(scene, await pictures.of(now)), readQuestion, signal);
    return () => questionJudgement(poll, asProgress);
  };
}

function questionJudgement(poll: Poll<QuestionAnswer>, asProgress: boolean): Judgement {
  if (poll.answers.length === 0) return unanswered(poll);
  const done = meanAndSpread(poll.answers.map(({ probability }) => probability)).mean;
  const masses = poll.answers.flatMap(({ mass }) => (mass === undefined ? [] : [mass]));
  // A word alone, said once, does not tell how sure the model is.
  const tells = masses.length > 0 || poll.answers.length > 1;
  return {
    ...{ progress: asProgress ? done : undefined, done, uncertainty: tells ? entropy(done) : undefined },
    components: {
      ...(masses.length > 0 ? { answer_mass: meanAndSpread(masses).mean } : {}),
      ...(masses.length > 0 && done > 0 ? { logprob: Math.log(done) } : {}),
      ...poll.components,
    },
    reason: asProgress ? '' : 'the question is about success, not about progress',
  };
}

/** No number, but what was paid. */
function unanswered({ problem, components }: Pick<Poll<unknown>, 'problem' | 'components'>): Judgement {
  return { ...unknown(problem), components };
}

function addedUp(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const part of parts)
    for (const [name, value] of Object.entries(part)) sums[name] = (sums[name] ?? 0) + value;
  if (sums['cached'] !== undefined) sums['cached'] = parts.every(({ cached }) => cached === 1) ? 1 : 0;
  return sums;
}
