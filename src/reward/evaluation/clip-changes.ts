/** Recorded clips in another order or another time. Each moment shows what was recorded; only when it is shown is changed. */
import type { Clip, Moment } from '../judgement.js';

/** A clip that was made of others; `origin` is the index in the recorded clip of what each of its moments shows. */
export type ChangedClip = { readonly clip: Clip; readonly origin: readonly number[] };

/** Seconds from one moment to the next. */
function period({ moments }: Clip): number {
  const last = moments.at(-1);
  return last === undefined || moments.length < 2 ? 0 : last.time / (moments.length - 1);
}

/** The moments of a clip in another order, at the clip's own pace from step 0 on. The name keeps what was computed of the original apart. */
function played(clip: Clip, origin: readonly number[], name: string): ChangedClip {
  const pace = period(clip);
  const moments = origin.map((from, step): Moment => ({
    ...clip.moments[from],
    ...{ step, time: step * pace },
  }));
  return { clip: { episode_id: `${clip.episode_id}/${name}`, moments }, origin };
}

const upTo = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** The last moment first. */
export function reversed(clip: Clip): ChangedClip {
  return played(clip, upTo(clip.moments.length).reverse(), 'reversed');
}

/** The moment of an index for as long as the clip is. */
export function frozen(clip: Clip, index: number): ChangedClip {
  return played(
    clip,
    clip.moments.map(() => index),
    `frozen ${index}`,
  );
}

/** From the beginning to `turn` and back, `count` times. */
export function loops(clip: Clip, turn: number, count: number): ChangedClip {
  const there = upTo(turn + 1);
  const back = there.slice(0, -1).reverse();
  // A loop begins where the last one ended.
  const loop = [...there.slice(1), ...back];
  return played(clip, [0, ...upTo(count).flatMap(() => loop)], `loops ${count}`);
}

/** The clip, and then its last moment for so many steps more. */
export function hovering(clip: Clip, steps: number): ChangedClip {
  const last = clip.moments.length - 1;
  return played(clip, [...upTo(last + 1), ...upTo(steps).map(() => last)], 'hovering');
}

/** The clip without its last moments; at least the first is left. */
export function cutBefore(clip: Clip, missing: number): ChangedClip {
  const left = Math.max(1, clip.moments.length - missing);
  return {
    clip: { episode_id: `${clip.episode_id}/cut`, moments: clip.moments.slice(0, left) },
    origin: upTo(left),
  };
}

/** Every n-th moment is observed as the one before it was: a camera that is late. Steps, times and the task's own sensors go on. */
export function stale({ episode_id, moments }: Clip, every: number): ChangedClip {
  const isLate = (i: number): boolean => i % every === every - 1;
  const shown = moments.map((moment, i) =>
    isLate(i) ? { ...moment, observed: moments[i - 1].observed } : moment,
  );
  return {
    clip: { episode_id: `${episode_id}/stale ${every}`, moments: shown },
    origin: upTo(moments.length),
  };
}

/** Without every n-th moment; the others keep their steps and times. */
export function dropped({ episode_id, moments }: Clip, every: number): ChangedClip {
  const origin = upTo(moments.length).filter((i) => i % every !== every - 1);
  return {
    clip: { episode_id: `${episode_id}/dropped ${every}`, moments: origin.map((i) => moments[i]) },
    origin,
  };
}

/** The numbers and sensors of one clip with the images of another, as long as both last. */
export function mixed(numbers: Clip, images: Clip): ChangedClip {
  const length = Math.min(numbers.moments.length, images.moments.length);
  const moments = upTo(length).map((i): Moment => {
    const moment = numbers.moments[i];
    return {
      ...moment,
      observed: { state: moment.observed.state, images: images.moments[i].observed.images },
    };
  });
  return {
    clip: { episode_id: `${numbers.episode_id}/with ${images.episode_id}`, moments },
    origin: upTo(length),
  };
}
