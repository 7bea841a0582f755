import type { MjData, MjModel } from '@mujoco/mujoco';

/**
 * Pinhole intrinsics of a model camera for one image size, in pixels, for undistorted images.
 *
 * A point (X, Y, Z) in the camera's optical frame (REP-103: z forward, x right, y down) is seen at
 * `u = fx X / Z + cx`, `v = fy Y / Z + cy`, where integer (u, v) is the centre of a pixel and (0, 0) the
 * centre of the top-left one, as sensor_msgs/CameraInfo has it. A centred camera thus has
 * `cx = width / 2 - 0.5`. MuJoCo's own camera frame is x right, y up, z backward: the optical frame is that
 * one turned by pi about x.
 */
export type CameraIntrinsics = {
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
};

/** A camera's place in the world: `position` (3, m) and the optical axes as world unit vectors. */
export type CameraPose = {
  readonly position: Float64Array;
  readonly right: Float64Array;
  readonly down: Float64Array;
  readonly forward: Float64Array;
};

/** Names of the model's cameras, by camera id; an unnamed camera has ''. */
export function cameraNames(model: MjModel): string[] {
  const addresses = model.name_camadr as Int32Array;
  const bytes = model.names as Int8Array;
  const decoder = new TextDecoder();
  return Array.from(addresses, (address) =>
    decoder.decode(Uint8Array.from(bytes.subarray(address, bytes.indexOf(0, address)))),
  );
}

/**
 * Id of a camera in the model.
 * @throws Error naming the model's cameras when there is none of that name.
 */
export function findCamera(model: MjModel, camera: string): number {
  const names = cameraNames(model);
  const id = camera === '' ? -1 : names.indexOf(camera);
  if (id < 0) {
    const known = names.filter((name) => name !== '').join(', ');
    throw new Error(`no camera '${camera}' in the model; its cameras: ${known === '' ? 'none' : known}`);
  }
  return id;
}

/**
 * Intrinsics of camera `camera` at `width` x `height` pixels, as MuJoCo's own renderer projects it: from the
 * vertical field of view, or from focal length, sensor size and principal point where the MJCF gives them
 * (principal offsets move the axis left and up: `mjv_updateScene`'s frustum).
 * @throws Error for an unknown camera (the message lists the model's cameras).
 */
export function cameraInfo(model: MjModel, camera: string, width: number, height: number): CameraIntrinsics {
  return intrinsicsOf(model, findCamera(model, camera), width, height);
}

/** As `cameraInfo`, by the camera's id. */
export function intrinsicsOf(model: MjModel, id: number, width: number, height: number): CameraIntrinsics {
  const sensor = model.cam_sensorsize as Float32Array; // (ncam, 2) m
  const intrinsic = model.cam_intrinsic as Float32Array; // (ncam, 4) focal x, y, principal x, y: m
  const fovy = model.cam_fovy as Float64Array; // (ncam) degrees
  if (sensor[2 * id + 1] > 0) {
    const perMetreX = width / sensor[2 * id];
    const perMetreY = height / sensor[2 * id + 1];
    return {
      fx: intrinsic[4 * id] * perMetreX,
      fy: intrinsic[4 * id + 1] * perMetreY,
      cx: width / 2 - intrinsic[4 * id + 2] * perMetreX - 0.5,
      cy: height / 2 - intrinsic[4 * id + 3] * perMetreY - 0.5,
    };
  }
  const focal = height / 2 / Math.tan((fovy[id] * Math.PI) / 360);
  return { fx: focal, fy: focal, cx: width / 2 - 0.5, cy: height / 2 - 0.5 };
}

/** A pose with room for `readCameraPose`. */
export function emptyCameraPose(): CameraPose {
  const vector = (): Float64Array => new Float64Array(3);
  return { position: vector(), right: vector(), down: vector(), forward: vector() };
}

/** Writes the pose of camera `id` at the data's last `mj_forward` into `pose`. */
export function readCameraPose(data: MjData, id: number, pose: CameraPose): void {
  const positions = data.cam_xpos as Float64Array;
  const axes = data.cam_xmat as Float64Array; // (ncam, 3, 3), columns x right, y up, z backward
  for (let row = 0; row < 3; row++) {
    pose.position[row] = positions[3 * id + row];
    pose.right[row] = axes[9 * id + 3 * row];
    pose.down[row] = -axes[9 * id + 3 * row + 1];
    pose.forward[row] = -axes[9 * id + 3 * row + 2];
  }
}
