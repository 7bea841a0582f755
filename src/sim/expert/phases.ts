/** When a phase ends, and which one comes next. */
import { errorOf, frameOf, type Plan, type View } from './plan.js';
import type { HandName } from './hand-name.js';
import type { PhaseSpec, Until } from './spec.js';
import { difference, type PoseError } from './targets.js';

/** Where the plan goes: a phase, and whether it goes there because a grasp was lost; undefined if it stays. */
export type Transition = { readonly index: number; readonly lost: boolean };

/** Decides after the aims of a control step are known (`aim`). The last phase ends only by its `else`. */
export function transition(
  phases: readonly PhaseSpec[],
  hands: readonly HandName[],
  plan: Plan,
  view: View,
): Transition | undefined {
  const phase = phases[plan.index];
  if (isLost(phase, hands, plan, view))
    return { index: phases.findIndex(({ name }) => name === phase.else?.phase), lost: true };
  if (phase.until === undefined || plan.index === phases.length - 1) return undefined;
  const errors = plan.hands.flatMap((state, i) => errorOf(state, view, i) ?? []);
  return isOver(phase.until, plan.steps, errors) ? { index: plan.index + 1, lost: false } : undefined;
}

/** Whether a phase's end condition holds after `steps` control steps. */
export function isOver(until: Until, steps: number, errors: readonly PoseError[]): boolean {
  const { within_m = Infinity, within_rad = Infinity, timeout_steps = Infinity } = until;
  if (steps >= timeout_steps) return true;
  return steps >= until.steps && errors.every(({ m, rad }) => m < within_m && rad < within_rad);
}

function isLost(phase: PhaseSpec, hands: readonly HandName[], plan: Plan, view: View): boolean {
  const { else: otherwise } = phase;
  if (otherwise === undefined || plan.jumps[plan.index] >= otherwise.times) return false;
  const hand = view.measured[hands.indexOf(otherwise.hand)];
  return difference(frameOf(view, otherwise.frame), hand).m > otherwise.beyond_m;
}
