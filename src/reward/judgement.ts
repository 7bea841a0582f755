/** What critics look at, and what they say of it. */
import type { Observed } from '../robot/image-spec.js';

/** What the task's own sensors say at one step (graft_msgs/TaskState); quantities and the stage by name. */
export type Signs = {
  readonly success: boolean;
  readonly failure: boolean;
  readonly values: Readonly<Record<string, number>>;
};

/** One control step as critics see it. A moment is never changed: what is computed of it can be kept by its identity. */
export type Moment = {
  readonly step: number;
  /** since the first moment of the episode, s */
  readonly time: number;
  readonly observed: Observed;
  /** undefined where nothing senses the task, as on most robots */
  readonly signs: Signs | undefined;
  /** inputs that were too old to rely on, by name: such a moment is not judged */
  readonly stale?: readonly string[];
};

/** The moments of an episode in order, from its beginning up to now. Steps may be missing where frames were dropped. */
export type Clip = { readonly episode_id: string; readonly moments: readonly Moment[] };

/** How an episode ended, as the episode manager or a person said. */
export type Ended = {
  readonly outcome: 'unknown' | 'success' | 'failure';
  readonly terminated: boolean;
  /** a person's, 1 (worst) to 5; undefined where none was given */
  readonly grade: number | undefined;
};

/** What a critic says of one moment. `undefined` is "unknown", which is not 0. */
export type Judgement = {
  /** how far the task is, 0 to 1 */
  readonly progress: number | undefined;
  /** probability that the task is done */
  readonly done: number | undefined;
  /** of progress, 0 to 1 */
  readonly uncertainty: number | undefined;
  readonly components: Readonly<Record<string, number>>;
  /** why something is unknown; empty otherwise */
  readonly reason: string;
};

/** The judgement of a critic that cannot say. */
export function unknown(reason: string): Judgement {
  return { progress: undefined, done: undefined, uncertainty: undefined, components: {}, reason };
}

/** The clip as it was when `moments[index]` was the present. */
export function prefix({ episode_id, moments }: Clip, index: number): Clip {
  return { episode_id, moments: moments.slice(0, index + 1) };
}

/** The present moment of a clip. @throws Error if it is empty */
export function present({ episode_id, moments }: Clip): Moment {
  const last = moments.at(-1);
  if (last === undefined) throw new Error(`the clip of ${episode_id} is empty`);
  return last;
}
