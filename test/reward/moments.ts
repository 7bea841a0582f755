/** Moments written by hand. */
import { observationNames } from '../../src/robot/observation-spec.js';
import type { Clip, Moment } from '../../src/reward/judgement.js';
import type { Task } from '../../src/sim/task.js';

/** Values by name; those with dots are observed, the others are of task_state. What is left out of the observation is 0. */
export type Values = Readonly<Record<string, number>>;

/** A moment of the task; without any value of task_state it has none. */
export function momentOf(task: Pick<Task, 'observation'>, values: Values, step: number): Moment {
  const state = Float32Array.from(observationNames(task.observation), (name) => values[name] ?? 0);
  const told = Object.entries(values).filter(([name]) => !name.includes('.'));
  const signs =
    told.length === 0 ? undefined : { success: false, failure: false, values: Object.fromEntries(told) };
  return { step, time: step * 0.08, observed: { state, images: [] }, signs };
}

export function clipOf(task: Pick<Task, 'observation'>, ...values: readonly Values[]): Clip {
  return { episode_id: 'e', moments: values.map((at, step) => momentOf(task, at, step)) };
}
