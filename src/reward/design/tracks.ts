/** What a progress function says of recorded episodes, and of the same episodes frozen and played forward and back. */
import type { ProgressFunction } from '../critics/progress-function/progress-function.js';
import { frozen, loops, type ChangedClip } from '../evaluation/clip-changes.js';
import { prefix, type Clip, type Judgement } from '../judgement.js';

/** An episode of which it is known how it ended; its moments need no images. */
export type DesignEpisode = {
  /** short, for people and for language models: `e3` */
  readonly name: string;
  readonly success: boolean;
  readonly clip: Clip;
};

export type Track = {
  readonly name: string;
  readonly success: boolean;
  /** of the moments, s */
  readonly times: readonly number[];
  readonly judgements: readonly Judgement[];
  /** progress gained by standing still, the most of two places */
  readonly idle_gain: number;
  /** progress gained by going forward and back, ending where it began */
  readonly loop_gain: number;
};

/** How often the episode is played forward and back. */
const loopCount = 3;

/** Judges an episode as a critic would, moment by moment. */
export function trackOf({ name, success, clip }: DesignEpisode, judge: ProgressFunction): Track {
  const { moments } = clip;
  const last = moments.length - 1;
  const gain = (played: ChangedClip): number => gainOf(judged(played.clip, judge));
  return {
    ...{ name, success },
    times: moments.map(({ time }) => time),
    judgements: judged(clip, judge),
    idle_gain: Math.max(gain(frozen(clip, 0)), gain(frozen(clip, Math.floor(last / 2)))),
    loop_gain: gain(loops(clip, last, loopCount)),
  };
}

function judged(clip: Clip, judge: ProgressFunction): readonly Judgement[] {
  return clip.moments.map((_, i) => judge.judge(prefix(clip, i)));
}

/** From the first moment to the last; 0 where either is unknown, which is counted elsewhere. */
function gainOf(judgements: readonly Judgement[]): number {
  const [first, last] = [judgements[0]?.progress, judgements.at(-1)?.progress];
  return first === undefined || last === undefined ? 0 : last - first;
}
