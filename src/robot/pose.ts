/** Poses and rotations. Quaternions are [x, y, z, w] as in ROS (REP-103); frames are right-handed. */

export type Vector3 = readonly [number, number, number];
export type Quaternion = readonly [number, number, number, number];

/** A frame in the world: position in m, orientation of the frame in the world. */
export type Pose = { readonly position: Vector3; readonly orientation: Quaternion };

/** A moving frame: velocities of its origin, in world coordinates, m/s and rad/s. */
export type MovingPose = Pose & { readonly linear: Vector3; readonly angular: Vector3 };

/** Rotation matrix of a unit quaternion, row-major, 9 numbers. */
export function rotationMatrix([x, y, z, w]: Quaternion): Float64Array {
  return Float64Array.of(
    1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
    2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
    2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
  ); // prettier-ignore
}

/** Position of `point` in the frame `frame`: R^T (point - origin), m. */
export function positionInFrame(point: Vector3, frame: Pose): Vector3 {
  const r = rotationMatrix(frame.orientation);
  const d = point.map((value, i) => value - frame.position[i]);
  return [0, 1, 2].map((j) => r[j] * d[0] + r[3 + j] * d[1] + r[6 + j] * d[2]) as unknown as Vector3;
}
