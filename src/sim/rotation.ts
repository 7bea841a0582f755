/** Rotations that the simulator needs beyond `src/robot/pose.ts`. Quaternions are [x, y, z, w]; matrices row-major. */
import type { Quaternion, Vector3 } from '../robot/pose.js';
import { multiply } from '../robot/rotation.js';

/** Unit quaternion of a rotation matrix, with w >= 0 (Shepperd 1978: divides by the largest component). */
export function quaternionOfMatrix(m: ArrayLike<number>): Quaternion {
  const [xx, yy, zz] = [m[0], m[4], m[8]];
  const squares = [1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz, 1 + xx + yy + zz];
  const largest = squares.indexOf(Math.max(...squares));
  const [a, b, c] = [m[7] - m[5], m[2] - m[6], m[3] - m[1]];
  const [d, e, f] = [m[3] + m[1], m[2] + m[6], m[7] + m[5]];
  const s = squares[largest];
  const rows: Quaternion[] = [
    [s, d, e, a],
    [d, s, f, b],
    [e, f, s, c],
    [a, b, c, s],
  ];
  const q = rows[largest];
  const scale = (q[3] < 0 ? -1 : 1) / Math.hypot(...q);
  return [q[0] * scale, q[1] * scale, q[2] * scale, q[3] * scale];
}

/** Rotation vector (axis times angle, rad, world frame) that turns `from` into `to` the short way. */
export function rotationBetween(from: Quaternion, to: Quaternion): Vector3 {
  const q = multiply(to, [-from[0], -from[1], -from[2], from[3]]);
  const sign = q[3] < 0 ? -1 : 1;
  const sine = Math.hypot(q[0], q[1], q[2]);
  if (sine < 1e-12) return [0, 0, 0];
  const scale = (sign * 2 * Math.atan2(sine, sign * q[3])) / sine;
  return [q[0] * scale, q[1] * scale, q[2] * scale];
}
