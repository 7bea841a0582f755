/** The prompt `frames`: one question about a whole episode. */
import { unknown, type Clip, type Judgement, type Moment } from '../../judgement.js';
import { meanAndSpread } from '../../statistics.js';
import type { Look } from './askers.js';
import { evenly, shuffled } from './frame-selection.js';
import { framesPrompt, readFrames } from './prompts/frames.js';
import type { Poll } from './model.js';

/**
 * Progress of all moments of an episode. At most `maxFrames` of them are shown, with the first and the last; a moment between two of
 * them has the progress of the earlier one, so that no moment is told what came after it. What the model says stands as it is:
 * stretching it to the episode's own smallest and largest would take a failure to 1 as well.
 */
export async function judgeFrames(
  { scene, pictures, model }: Look,
  maxFrames: number,
  { episode_id, moments }: Clip,
  signal?: AbortSignal,
): Promise<Judgement[]> {
  const shown = evenly([...moments.keys()], maxFrames);
  const problem = shown.map((index) => pictures.problem(moments[index])).find((found) => found !== undefined);
  if (problem !== undefined) return moments.map(() => unknown(problem));
  const order = shuffled(shown.slice(1), episode_id);
  if (order.length === 0) return moments.map(() => shownAs([0], {}));
  const shotOf = (index: number): ReturnType<typeof pictures.of> => pictures.of(moments[index]);
  const [first, ...frames] = await Promise.all([shotOf(0), ...order.map(shotOf)]);
  const messages = framesPrompt(scene, first, frames);
  const poll = await model.poll(messages, ({ text }) => readFrames(text, order.length), signal);
  return spreadOut(poll, order, moments);
}

function spreadOut(
  { answers, problem, components }: Poll<readonly number[]>,
  order: readonly number[],
  moments: readonly Moment[],
): Judgement[] {
  if (answers.length === 0) return moments.map((_, i) => withCost(unknown(problem), i, components));
  const opinions = new Map(order.map((index, place) => [index, answers.map((answer) => answer[place])]));
  let latest: readonly number[] = [0];
  return moments.map((_, i) => {
    const own = opinions.get(i);
    latest = own ?? latest;
    const held = own === undefined && i > 0;
    return withCost(shownAs(latest, held ? { held: 1 } : {}), i, components);
  });
}

/** What the one question took is said of the first moment. */
function withCost(judgement: Judgement, index: number, components: Poll<unknown>['components']): Judgement {
  return index === 0 ? { ...judgement, components: { ...judgement.components, ...components } } : judgement;
}

function shownAs(opinions: readonly number[], components: Judgement['components']): Judgement {
  const { mean, spread } = meanAndSpread(opinions);
  return {
    ...{ progress: mean, done: undefined, uncertainty: opinions.length > 1 ? spread : undefined },
    ...{ components, reason: 'a list of progress does not say whether the task is done' },
  };
}
