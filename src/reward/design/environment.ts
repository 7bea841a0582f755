/** What a progress function can look at, with units and what recorded episodes show of it. */
import { observationNames, type ObservationFeature } from '../../robot/observation-spec.js';
import type { Task } from '../../sim/task.js';
import { signNames } from '../critics/progress-function/compile.js';
import type { Moment } from '../judgement.js';
import { mean } from '../statistics.js';
import type { DesignEpisode } from './tracks.js';

/** A value by name; means and bounds are over recorded episodes, undefined where none has it. */
export type EnvironmentValue = {
  readonly name: string;
  /** empty for pure numbers */
  readonly unit: string;
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** mean at the first moment, and at the last one of successes and of failures */
  readonly start: number | undefined;
  readonly end_success: number | undefined;
  readonly end_failure: number | undefined;
};

export type Environment = {
  readonly observed: readonly EnvironmentValue[];
  /** of task_state; empty if the episodes do not have it */
  readonly told: readonly EnvironmentValue[];
};

type Read = (moment: Moment) => number | undefined;

/** Describes the values of a task by what episodes show. */
export function environmentOf(
  task: Pick<Task, 'observation' | 'quantities'>,
  episodes: readonly DesignEpisode[],
): Environment {
  const units = task.observation.flatMap(unitsOf);
  const observed = observationNames(task.observation).map((name, i) =>
    describe(name, units[i], ({ observed: { state } }) => state[i], episodes),
  );
  const told = signNames(task).map((name) =>
    describe(
      name,
      '',
      ({ signs }) => (signs && Object.hasOwn(signs.values, name) ? signs.values[name] : undefined),
      episodes,
    ),
  );
  return { observed, told: told.filter(({ low }) => low !== undefined) };
}

function describe(
  name: string,
  unit: string,
  read: Read,
  episodes: readonly DesignEpisode[],
): EnvironmentValue {
  const at = (moments: readonly (Moment | undefined)[]): number[] =>
    moments.flatMap((moment) => (moment === undefined ? [] : (read(moment) ?? []))).filter(Number.isFinite);
  const all = at(episodes.flatMap(({ clip }) => clip.moments));
  const lasts = (success: boolean): number[] =>
    at(episodes.filter((episode) => episode.success === success).map(({ clip }) => clip.moments.at(-1)));
  return {
    ...{ name, unit },
    low: all.length === 0 ? undefined : all.reduce((a, b) => Math.min(a, b)),
    high: all.length === 0 ? undefined : all.reduce((a, b) => Math.max(a, b)),
    start: mean(at(episodes.map(({ clip }) => clip.moments[0]))),
    end_success: mean(lasts(true)),
    end_failure: mean(lasts(false)),
  };
}

/** One unit per element of a feature. */
function unitsOf(feature: ObservationFeature): string[] {
  const { length } = observationNames([feature]);
  const all = (unit: string): string[] => Array.from({ length }, () => unit);
  switch (feature.feature) {
    case 'joint_position':
      return all('rad');
    case 'joint_velocity':
      return all('rad/s');
    case 'position':
    case 'position_in':
      return all('m');
    case 'twist':
      return all('m/s').map((unit, i) => (i < length / 2 ? unit : 'rad/s'));
    case 'rotation_6d':
    case 'axes_xz':
      return all('');
  }
}
