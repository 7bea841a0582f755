/** Opening and closing a hand over several control steps. */
import type { HandSpec, JointPose } from './spec.js';

/** Grips of a hand as joint positions, rad, in the order of `joints`. */
export type Grips = {
  readonly joints: readonly string[];
  readonly open: Float64Array;
  readonly closed: Float64Array;
  readonly named: ReadonlyMap<string, Float64Array>;
};

/** A grip on its way: from a share or joint positions to a share or a named grip, `elapsed` of `steps` control steps. */
export type GripMotion = {
  readonly from: number | Float64Array;
  readonly to: number | string;
  readonly steps: number;
  readonly elapsed: number;
};

/** The grips of a hand, in the order of the joints of `open`. */
export function gripsOf({ open, closed, grips }: HandSpec): Grips {
  const joints = Object.keys(open);
  const vector = (pose: JointPose): Float64Array => Float64Array.from(joints, (name) => pose[name]);
  const named = new Map(Object.entries(grips).map(([name, pose]) => [name, vector(pose)]));
  return { joints, open: vector(open), closed: vector(closed), named };
}

/** A hand that rests at a grip. */
export function restingGrip(grips: Grips, to: number | string): GripMotion {
  return { from: typeof to === 'number' ? to : positions(grips, to), to, steps: 1, elapsed: 0 };
}

/** Sets out for another grip from where the last one is now; a grip already aimed at goes on as it was. */
export function changeGrip(grips: Grips, motion: GripMotion, to: number | string, steps: number): GripMotion {
  if (to === motion.to) return motion;
  return { from: valueAt(grips, motion, motion.elapsed), to, steps, elapsed: 0 };
}

/** Joint targets of the present control step, rad. */
export function gripTargets(grips: Grips, motion: GripMotion): Float64Array {
  return positions(grips, valueAt(grips, motion, motion.elapsed + 1));
}

/** Whether a change from one grip to another closes the hand; every named grip counts as closed. */
export function closes(from: number | string, to: number | string): boolean {
  const share = (grip: number | string): number => (typeof grip === 'number' ? grip : 1);
  return share(to) > share(from);
}

function valueAt(grips: Grips, { from, to, steps }: GripMotion, elapsed: number): number | Float64Array {
  const part = Math.min(1, elapsed / steps);
  if (typeof from === 'number' && typeof to === 'number') return from + part * (to - from);
  const end = positions(grips, to);
  return positions(grips, from).map((start, i) => start + part * (end[i] - start));
}

function positions(grips: Grips, grip: number | string | Float64Array): Float64Array {
  if (grip instanceof Float64Array) return grip;
  if (typeof grip === 'number') return grips.open.map((open, i) => open + grip * (grips.closed[i] - open));
  const named = grips.named.get(grip);
  if (named === undefined) throw new RangeError(`the hand has no grip ${grip}`);
  return named;
}
