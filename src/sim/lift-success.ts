/** When a lift counts as done: the object stays high for a number of control steps, so that a bounce does not count. */
import type { LiftCriterion } from './task.js';

/** `held` counts the consecutive control steps that the object has been high. */
export type LiftState = { readonly held: number; readonly outcome: 'running' | 'success' | 'failure' };

export const initialLift: LiftState = { held: 0, outcome: 'running' };

/**
 * The state after one more control step. Success and failure are final.
 * @param height of the object's origin above its rest, m
 */
export function updateLift(state: LiftState, height: number, criterion: LiftCriterion): LiftState {
  if (state.outcome !== 'running') return state;
  if (height < -criterion.fallen_m) return { held: 0, outcome: 'failure' };
  const held = height >= criterion.height_m ? state.held + 1 : 0;
  return { held, outcome: held >= criterion.hold_steps ? 'success' : 'running' };
}
