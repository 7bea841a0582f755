/** Whether a critic's judgement of a moment leans on what came later. */
import type { Critic } from '../critic.js';
import { prefix, type Clip, type Ended } from '../judgement.js';
import { mean } from '../statistics.js';
import { judged, known } from './track.js';

/** Moments of a clip at which the future is removed. */
const cutCount = 6;

const open: Ended = { outcome: 'unknown', terminated: false, grade: undefined };

/**
 * How much judgements of a moment change when all frames after it, and the episode's outcome, are removed: mean |difference| of
 * progress over moments evenly apart. A critic of the present is never shown the future, so it has 0 by construction.
 * @returns undefined where nothing is known both with and without the future
 * @throws what aborted `signal`
 */
export async function lookAhead(
  critic: Critic,
  clips: readonly { readonly clip: Clip; readonly ended: Ended }[],
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (critic.sees === 'prefix') return 0;
  const differences: number[] = [];
  for (const { clip, ended } of clips) {
    const whole = await judged(critic, clip, ended, signal);
    for (const index of cutsOf(clip.moments.length)) {
      const past = { ...prefix(clip, index), episode_id: `${clip.episode_id}/until ${index}` };
      const cut = await judged(critic, past, open, signal);
      const [late, early] = [whole.judgements.at(index)?.progress, cut.judgements.at(-1)?.progress];
      if (known(late) && known(early)) differences.push(Math.abs(late - early));
    }
  }
  return mean(differences);
}

/** Indices inside a clip, evenly apart, without its end. */
function cutsOf(length: number): number[] {
  const cuts = Array.from({ length: cutCount }, (_, i) => Math.floor(((i + 1) * length) / (cutCount + 1)));
  return [...new Set(cuts)].filter((index) => index < length - 1);
}
