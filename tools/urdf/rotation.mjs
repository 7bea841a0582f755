/** Rotations between MuJoCo (quaternions, w first) and URDF (fixed-axis roll, pitch, yaw). */

/**
 * URDF's `rpy`: R = Rz(yaw) Ry(pitch) Rx(roll).
 * @param {ArrayLike<number>} quaternion unit, w x y z
 * @returns {[number, number, number]} rad
 */
export function rollPitchYaw([w, x, y, z]) {
  const sine = Math.min(1, Math.max(-1, 2 * (w * y - z * x)));
  // At pitch = +-90 degrees only roll -+ yaw is defined: all of it is put into roll.
  if (Math.abs(sine) > 1 - 1e-12) return [2 * Math.atan2(x, w), Math.asin(sine), 0];
  return [
    Math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
    Math.asin(sine),
    Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
  ];
}

/**
 * The product of two rotations: first `b`, then `a`.
 * @param {ArrayLike<number>} a w x y z
 * @param {ArrayLike<number>} b w x y z
 * @returns {[number, number, number, number]}
 */
export function multiplyQuaternions([aw, ax, ay, az], [bw, bx, by, bz]) {
  return [
    aw * bw - ax * bx - ay * by - az * bz,
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
  ];
}
