/** Products of rotations and poses. Quaternions are [x, y, z, w] (REP-103). */
import { rotationMatrix, type Pose, type Quaternion, type Vector3 } from './pose.js';

/** `v` in the world, where `q` is the orientation of the frame that `v` is given in. */
export function rotate(q: Quaternion, v: Vector3): Vector3 {
  const r = rotationMatrix(q);
  return [
    r[0] * v[0] + r[1] * v[1] + r[2] * v[2],
    r[3] * v[0] + r[4] * v[1] + r[5] * v[2],
    r[6] * v[0] + r[7] * v[1] + r[8] * v[2],
  ];
}

/** Hamilton product: the rotation `b` followed by `a`, both in the world. */
export function multiply(a: Quaternion, b: Quaternion): Quaternion {
  const [x, y, z, w] = a;
  const [p, q, r, s] = b;
  return [
    w * p + x * s + y * r - z * q,
    w * q - x * r + y * s + z * p,
    w * r + x * q - y * p + z * s,
    w * s - x * p - y * q - z * r,
  ];
}

/** Quaternion of a rotation vector, rad. */
export function quaternionOfVector(v: Vector3): Quaternion {
  const angle = Math.hypot(...v);
  if (angle < 1e-12) return [0, 0, 0, 1];
  const scale = Math.sin(angle / 2) / angle;
  return [v[0] * scale, v[1] * scale, v[2] * scale, Math.cos(angle / 2)];
}

/** The rotation of URDF's `rpy` [rad]: about the fixed axes x, y, z in turn, R = Rz(yaw) Ry(pitch) Rx(roll). */
export function quaternionOfRpy([roll, pitch, yaw]: Vector3): Quaternion {
  const about = (axis: Vector3, angle: number): Quaternion =>
    quaternionOfVector([axis[0] * angle, axis[1] * angle, axis[2] * angle]);
  return multiply(about([0, 0, 1], yaw), multiply(about([0, 1, 0], pitch), about([1, 0, 0], roll)));
}

/** Pose in the frame that `parent` is given in, of what has the pose `child` in the frame `parent`. */
export function compose(parent: Pose, child: Pose): Pose {
  const [x, y, z] = rotate(parent.orientation, child.position);
  const [px, py, pz] = parent.position;
  return {
    position: [px + x, py + y, pz + z],
    orientation: multiply(parent.orientation, child.orientation),
  };
}
