/** Trials that nobody ran, for what is made of results. */
import type { SettingRecord, TaskRecord, TrialRecord } from '../../../src/cli/sweep/results.js';
import type { Setting, Sweep } from '../../../src/cli/sweep/sweep-file.js';
import { hyperparameters } from '../../../src/learning/hyperparameters.js';
import type { TrialPoint } from '../../../src/trial/trial.js';
import { findTask } from '../../../src/sim/task.js';

/** A trial whose evaluations of 100 episodes, 1000 steps apart, succeed as often as `successes` says. */
export function trialOf(
  seed: number,
  base: number,
  successes: readonly number[],
  held_out?: number,
): TrialRecord {
  const points = successes.map((count, i): TrialPoint => {
    const at = 1000 * (i + 1);
    return { at, steps: at + 7, successes: count, episodes: 100, train: 0.5, seconds: 60 * (i + 1) };
  });
  const held = held_out === undefined ? {} : { held_out: { successes: held_out, episodes: 200 } };
  const result = held_out === undefined ? undefined : { steps: 1000 * points.length, seconds: 120, ...held };
  return { seed, base: { evaluation: { successes: base, episodes: 100 }, cloning_loss: 0 }, points, result };
}

export function settingOf(name: string, changes: Partial<Setting> = {}): Setting {
  const learner = hyperparameters();
  return {
    name,
    label: name,
    group: 'settings',
    method: 'residual',
    steps: 3000,
    every: 1000,
    learner,
    ...changes,
  };
}

export function sweepOf(settings: readonly Setting[], changes: Partial<Sweep> = {}): Sweep {
  return {
    ...{ file: 'my.yaml', name: 'mine', seeds: [0, 1, 2], episodes: 100, held_out: 200, randomise: false },
    tasks: [{ place: 'lift', task: findTask('lift'), demos: 50, cloning: {} }],
    ...{ columns: [1000, 3000], reference: undefined, settings },
    ...changes,
  };
}

export function taskOf(settings: readonly SettingRecord[], trials: readonly TrialRecord[]): TaskRecord {
  const bases = trials.map(({ base }) => ({ ...base, held_out: { successes: 120, episodes: 200 } }));
  return { task: 'lift', bases, settings };
}
