/** Poses that a phase asks for, and steps towards them. All poses are in the world frame. */
import type { Pose, Quaternion, Vector3 } from '../../robot/pose.js';
import { compose } from '../../robot/rotation.js';
import { uniform, type Random } from '../random.js';
import { multiply, quaternionOfVector, rotate } from '../../robot/rotation.js';
import { rotationBetween } from '../rotation.js';
import type { Alignment, Amount, HandMove } from './spec.js';

/** A move whose amounts have been drawn for an episode. */
export type DrawnMove = Omit<HandMove, 'align' | 'offset' | 'roll' | 'pitch' | 'yaw' | 'by'> & {
  readonly align: Alignment;
  readonly offset: Vector3;
  readonly roll: number;
  readonly pitch: number;
  readonly yaw: number;
  readonly by?: Vector3;
};

/** What a target depends on besides its frame. */
export type TargetContext = {
  /** orientation that `keep` keeps */
  readonly kept: Quaternion;
  /** the arm's first joint, m */
  readonly shoulder: Vector3;
  /** heading that `side` and `face` stay near, rad */
  readonly reference: number;
};

/** Distance of two poses: of their origins, m, and of their orientations, rad. */
export type PoseError = { readonly m: number; readonly rad: number };

export const identity: Pose = { position: [0, 0, 0], orientation: [0, 0, 0, 1] };

/** Draws a move's ranges in the order offset, by, roll, pitch, yaw; fixed amounts draw nothing. */
export function drawMove(move: HandMove, random: Random): DrawnMove {
  const draw = (amount: Amount): number => (typeof amount === 'number' ? amount : uniform(random, amount));
  const draw3 = ([x, y, z]: readonly [Amount, Amount, Amount]): Vector3 => [draw(x), draw(y), draw(z)];
  const { offset, by, roll, pitch, yaw, align, ...rest } = move;
  const turns = roll !== undefined || pitch !== undefined || yaw !== undefined;
  return {
    ...rest,
    align: align ?? (turns ? 'world' : 'keep'),
    offset: draw3(offset),
    ...(by === undefined ? {} : { by: draw3(by) }),
    roll: draw(roll ?? 0),
    pitch: draw(pitch ?? 0),
    yaw: draw(yaw ?? 0),
  };
}

/** The pose that `move` asks for relative to `frame` (docs/demonstrator.md). */
export function targetPose(move: DrawnMove, frame: Pose, context: TargetContext): Pose {
  const { align, offset, roll, pitch, yaw } = move;
  if (align === 'frame') {
    const orientation = multiply(turn('z', yaw), turn('y', pitch));
    return compose(frame, { position: offset, orientation: multiply(orientation, turn('x', roll)) });
  }
  const heading = headingOf(align, frame, context);
  const position = plus(frame.position, rotate(turn('z', heading), offset));
  if (align === 'keep') return { position, orientation: context.kept };
  const orientation = multiply(turn('z', heading + yaw), turn('y', pitch));
  return { position, orientation: roll === 0 ? orientation : multiply(orientation, turn('x', roll)) };
}

/** `pose` moved by `by` [m], in the axes of the world or of the pose itself. */
export function shifted(pose: Pose, by: Vector3, axes: 'world' | 'hand'): Pose {
  const shift = axes === 'world' ? by : rotate(pose.orientation, by);
  return { position: plus(pose.position, shift), orientation: pose.orientation };
}

/** Angle about the vertical from the world's x axis to the frame's, rad. */
export function yawOf({ orientation }: Pose): number {
  const [x, y] = rotate(orientation, [1, 0, 0]);
  return Math.atan2(y, x);
}

/** `from` moved to `to` by at most `length` m and `angle` rad. */
export function moveTowards(from: Pose, to: Pose, length: number, angle: number): Pose {
  const { m } = difference(from, to);
  const share = Math.min(1, length / Math.max(m, 1e-9));
  const rotation = rotationBetween(from.orientation, to.orientation);
  const part = Math.min(1, angle / Math.max(Math.hypot(...rotation), 1e-9));
  const scaled: Vector3 = [rotation[0] * part, rotation[1] * part, rotation[2] * part];
  const [x, y, z] = from.position;
  const [tx, ty, tz] = to.position;
  return {
    position: [x + share * (tx - x), y + share * (ty - y), z + share * (tz - z)],
    orientation: multiply(quaternionOfVector(scaled), from.orientation),
  };
}

/** How far two poses are apart. */
export function difference(a: Pose, b: Pose): PoseError {
  return {
    m: Math.hypot(...a.position.map((value, i) => value - b.position[i])),
    rad: Math.hypot(...rotationBetween(a.orientation, b.orientation)),
  };
}

/** Pose of the outer frame in the inner one. */
export function inverse({ position: [x, y, z], orientation: [qx, qy, qz, w] }: Pose): Pose {
  const back: Quaternion = [-qx, -qy, -qz, w];
  return { position: rotate(back, [-x, -y, -z]), orientation: back };
}

function headingOf(align: Alignment, frame: Pose, { shoulder, reference }: TargetContext): number {
  if (align === 'towards')
    return Math.atan2(frame.position[1] - shoulder[1], frame.position[0] - shoulder[0]);
  if (align === 'yaw') return yawOf(frame);
  if (align === 'side') return nearestTurn(yawOf(frame), Math.PI, reference);
  if (align === 'face') return nearestTurn(yawOf(frame), Math.PI / 2, reference);
  return 0;
}

/** The angle that is `angle` plus whole periods and nearest to `reference`. */
function nearestTurn(angle: number, period: number, reference: number): number {
  return angle - period * Math.round((angle - reference) / period);
}

function turn(axis: 'x' | 'y' | 'z', angle: number): Quaternion {
  return quaternionOfVector([axis === 'x' ? angle : 0, axis === 'y' ? angle : 0, axis === 'z' ? angle : 0]);
}

function plus(a: Vector3, b: Vector3): Vector3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}
