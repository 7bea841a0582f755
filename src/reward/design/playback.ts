/** Recorded clips played otherwise: what earns something there can be had without doing the task. */
import type { Clip, Moment } from '../judgement.js';

/** The moments of the given indices, one control step apart from step 0 on. */
function played(clip: Clip, order: readonly number[], name: string): Clip {
  const { moments } = clip;
  const period = (moments.at(-1)?.time ?? 0) / Math.max(1, moments.length - 1);
  const shown = order.map((index, step): Moment => ({ ...moments[index], step, time: step * period }));
  return { episode_id: `${clip.episode_id}/${name}`, moments: shown };
}

/** One moment for as long as the clip is. */
export function frozen(clip: Clip, index: number): Clip {
  return played(
    clip,
    clip.moments.map(() => index),
    'frozen',
  );
}

/** From the beginning to `turn` and back again, `count` times; it ends with the moment it began with. */
export function loops(clip: Clip, turn: number, count: number): Clip {
  const there = Array.from({ length: turn }, (_, i) => i + 1);
  const back = Array.from({ length: turn }, (_, i) => turn - 1 - i);
  const all = Array.from({ length: count }, () => [...there, ...back]).flat();
  return played(clip, [0, ...all], 'loops');
}
