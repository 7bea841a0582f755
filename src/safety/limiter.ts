/** The last word before the robot: whatever is asked for, what leaves here is finite, bounded and slow enough. */
import type { JointSpec } from '../robot/profile.js';

/** Bits of ExecutedStep.limiter_flags (graft_msgs/ExecutedStep). */
export const Limit = { position: 1, velocity: 2, residual: 4, nonFinite: 8, stale: 16, hold: 32 } as const;

export type LimiterSettings = {
  readonly joints: readonly JointSpec[];
  /** Control period, s. */
  readonly period: number;
  /** Bound of |commanded - base| per joint, rad. */
  readonly max_residual: number;
  /** Share of each joint's velocity limit that commands may use, (0, 1]. */
  readonly velocity_scale: number;
};

export type Command = {
  /** Base action, rad, one per joint. */
  readonly base: Float32Array;
  /** Base plus residual as asked for, rad. */
  readonly commanded: Float32Array;
  /** Stale input: the residual is not trusted and the robot holds. */
  readonly stale: boolean;
};

export type LimitedCommand = { readonly executed: Float32Array; readonly flags: number };

/**
 * Bounds a command. In this order: a stale or non-finite command is replaced (stale or non-finite base: hold `previous`;
 * non-finite residual: the base), the correction is bounded, then the joint velocity, then the joint position.
 * @param previous last executed command, rad, one per joint; finite
 * @returns executed targets, rad, finite and within the profile's limits, and the limits that acted
 */
export function limitCommand(
  command: Command,
  previous: Float32Array,
  settings: LimiterSettings,
): LimitedCommand {
  const chosen = choose(command, previous, settings.joints.length);
  let flags = chosen.flags;
  const executed = new Float32Array(settings.joints.length);
  settings.joints.forEach((joint, i) => {
    let target = chosen.values[i];
    if (chosen.base !== undefined) {
      const bounded = clamp(
        target,
        chosen.base[i] - settings.max_residual,
        chosen.base[i] + settings.max_residual,
      );
      if (changed(bounded, target)) flags |= Limit.residual;
      target = bounded;
    }
    const reach = joint.velocity * settings.velocity_scale * settings.period;
    const slow = clamp(target, previous[i] - reach, previous[i] + reach);
    if (changed(slow, target)) flags |= Limit.velocity;
    const inside = clamp(slow, joint.lower, joint.upper);
    if (changed(inside, slow)) flags |= Limit.position;
    executed[i] = inside;
  });
  return { executed, flags };
}

/** The joints' present command, bounded to their limits: what a robot that holds is told. */
export function holdCommand(previous: Float32Array, joints: readonly JointSpec[]): LimitedCommand {
  const executed = previous.map((value, i) => clamp(value, joints[i].lower, joints[i].upper));
  return { executed, flags: Limit.hold };
}

type Choice = { readonly values: Float32Array; readonly base?: Float32Array; readonly flags: number };

function choose({ base, commanded, stale }: Command, previous: Float32Array, width: number): Choice {
  if (stale) return { values: previous, flags: Limit.stale | Limit.hold };
  if (!isUsable(base, width)) return { values: previous, flags: Limit.nonFinite | Limit.hold };
  if (!isUsable(commanded, width)) return { values: base, flags: Limit.nonFinite };
  return { values: commanded, base, flags: 0 };
}

function isUsable(values: Float32Array, width: number): boolean {
  return values.length === width && values.every(Number.isFinite);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Float32 rounding is not a limit that acted. */
function changed(after: number, before: number): boolean {
  return Math.abs(after - before) > 1e-6;
}
