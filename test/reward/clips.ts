/** Clips, critics and messages of short episodes, for the tests of what is made of them. */
import { Episode, type Observation, type TaskState } from '../../src/interfaces/graft-messages.js';
import type { EpisodeCritic, PrefixCritic } from '../../src/reward/critic.js';
import type { Clip, Ended, Judgement, Moment, Signs } from '../../src/reward/judgement.js';
import type { LiveClip } from '../../src/reward/live-clips.js';

/** Stamp of a step of an episode at 10 Hz. */
export const stampOf = (step: number) => ({ sec: 5, nanosec: step * 100_000_000 });

/** A moment whose only number is `value`. */
export function momentOf(step: number, value: number, signs?: Signs): Moment {
  return { step, time: step / 10, observed: { state: Float32Array.of(value), images: [] }, signs };
}

export function clipOf(values: readonly number[], episode_id = 'e'): Clip {
  return { episode_id, moments: values.map((value, step) => momentOf(step, value)) };
}

export function liveClipOf(values: readonly number[], episode_id = 'e'): LiveClip {
  const sightings = values.map((_, step) => ({ stamp: stampOf(step), image_stamps: [], received: step }));
  return { ...clipOf(values, episode_id), sightings };
}

/** An episode of which nobody has said how it ended. */
export const unlabelled: Ended = { outcome: 'unknown', terminated: false, grade: undefined };

/** What a critic says; undefined progress is unknown, and so is all that is not told. */
export function says(progress: number | undefined, rest: Partial<Judgement> = {}): Judgement {
  return { progress, done: undefined, uncertainty: undefined, components: {}, reason: '', ...rest };
}

/** An opinion without doubts. */
export function judged(progress: number): Judgement {
  return says(progress, { done: progress >= 1 ? 1 : 0, uncertainty: 0 });
}

const identity = { name: 'toy', model: 'toy', version: '1', done_threshold: 0.5 };

/** A critic of the present; by default it takes the moment's number for progress. */
export function toyCritic(
  judge: (clip: Clip, signal?: AbortSignal) => Promise<Judgement> = ({ moments }) =>
    Promise.resolve(judged(moments.at(-1)!.observed.state[0])),
): PrefixCritic {
  return { ...identity, sees: 'prefix', judge, dispose: () => Promise.resolve() };
}

export function toyEpisodeCritic(judgeEpisode: EpisodeCritic['judgeEpisode']): EpisodeCritic {
  return { ...identity, sees: 'episode', judgeEpisode, dispose: () => Promise.resolve() };
}

export function observationMessage(episode_id: string, step: number, value = step): Observation {
  const header = { stamp: stampOf(step), frame_id: '' };
  const seen = { names: ['x'], state: Float32Array.of(value), cameras: [], images: [] };
  return { header, episode_id, step, ...seen, stale: false, stale_inputs: [] };
}

export function taskStateMessage(episode_id: string, step: number, success = false): TaskState {
  const header = { stamp: stampOf(step), frame_id: '' };
  const values = Float32Array.of(step);
  return { header, episode_id, step, success, failure: false, names: ['height'], values };
}

export function episodeMessage(episode_id: string, changes: Partial<Episode> = {}): Episode {
  return {
    header: { stamp: stampOf(0), frame_id: '' },
    ...{ episode_id, seed: 3n, task: 'lift', phase: Episode.PHASE_ENDED, kind: Episode.KIND_ROLLOUT },
    ...{ outcome: Episode.OUTCOME_SUCCESS, terminated: true, truncated: false, final_step: 2 },
    start_stamp: stampOf(0),
    ...changes,
  };
}
