/** Recorded episodes as what a progress network learns from: what was seen, and how far it was, as far as anyone knows. */
import type { RecordedEpisode } from '../../reward/clip-assembler.js';
import type { Moment } from '../../reward/judgement.js';

/** Bounds of progress, both in [0, 1]; equal where it is known. */
export type Bounds = readonly [least: number, most: number];

/** What is known of a moment. */
export type Label = {
  readonly progress: Bounds;
  /** whether the task looks done in it; undefined where nobody can tell */
  readonly done: boolean | undefined;
  /** bounds of the number of stages that are over, success being the last */
  readonly stages: Bounds;
  /** stages that are over at the end of the clip; undefined for what was put together of several moments */
  readonly reached: number | undefined;
};

export type LabelledMoment = Label & { readonly moment: Moment };

export type LabelledClip = {
  readonly id: string;
  /** demonstration that succeeded: its moments are ordered by time */
  readonly shown: boolean;
  readonly success: boolean;
  readonly moments: readonly LabelledMoment[];
};

export type LabelSettings = {
  /** The last moments of a success, which look done, s. */
  readonly hold_s: number;
  /** No moment of a failed episode counts for more than this. */
  readonly most_of_failure: number;
  /** Stages of the task with success as the last; 1 where no stage is sensed. */
  readonly stages: number;
};

/** Slack of times that are compared, s: stamps are whole nanoseconds of periods that are not. */
const slack = 1e-6;

/** Stages with success as the last, where task_state tells them in every moment; else success alone. */
export function stagesOf(episodes: readonly RecordedEpisode[], stages: number): number {
  const sensed = episodes.every(({ clip }) => clip.moments.every((moment) => stageOf(moment) !== undefined));
  return sensed ? stages + 1 : 1;
}

/**
 * Labels of an episode. In a demonstration progress is the share of its time that is over; of what a policy did nobody knows more
 * than that it began at 0 and, if it succeeded, ended at 1. Nobody knows how failures went.
 */
export function labelClip(
  { id, kind, clip: { moments }, ended }: RecordedEpisode,
  settings: LabelSettings,
): LabelledClip {
  const success = ended.outcome === 'success' && ended.terminated;
  const shown = success && kind === 'demo';
  const end = moments[moments.length - 1].time;
  const levels = moments.map((moment) => (settings.stages === 1 ? 0 : (stageOf(moment) ?? 0)));
  const highest = Math.max(...levels);
  const reached = success ? settings.stages : highest;
  const rise = levels.indexOf(highest);
  const labelled = moments.map((moment, i): LabelledMoment => {
    const level = levels[i];
    // Stages stay as they are when what was reached is lost again, so after the last one a failure may be anywhere below.
    const below: Bounds = [i > rise ? 0 : level, level];
    if (!success)
      return { moment, progress: [0, settings.most_of_failure], done: false, stages: below, reached };
    const left = end - moment.time;
    const share = end === 0 ? 1 : moment.time / end;
    const progress = shown ? ([share, share] as const) : rolloutBounds(moment.time, left);
    return { moment, progress, ...ending(left, level, settings), reached };
  });
  return { id, shown, success, moments: labelled };
}

function stageOf({ signs }: Moment): number | undefined {
  return signs?.values.stage;
}

/** What is known of a moment of a success, @param left s before its end. */
function ending(
  left: number,
  level: number,
  { hold_s, stages }: LabelSettings,
): Pick<Label, 'done' | 'stages'> {
  if (left < hold_s - slack) return { done: true, stages: [stages, stages] };
  // It may look done already, but was not held for long enough.
  if (left < 2 * hold_s - slack) return { done: undefined, stages: [level, stages] };
  return { done: false, stages: [level, level] };
}

function rolloutBounds(time: number, left: number): Bounds {
  if (left === 0) return [1, 1];
  return time === 0 ? [0, 0] : [0, 1];
}
