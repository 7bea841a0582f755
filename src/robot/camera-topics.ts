/** The topics that a camera's images come on. */
import { posix } from 'node:path';
import type { ImageSpec } from './image-spec.js';
import type { RobotProfile } from './profile.js';

/** How images travel (image_transport): sensor_msgs/Image, or sensor_msgs/CompressedImage of JPEG or PNG. */
export type ImageTransport = 'raw' | 'compressed';

/** The topic of a camera's colour images: a robot's camera has that of its profile, a camera of the scene the usual one. */
export function imageTopic({ cameras }: RobotProfile, camera: string): string {
  return cameras.find(({ name }) => name === camera)?.image ?? `${camera}/image_raw`;
}

/**
 * The topic of a camera's depth images, in its own optical frame (REP-118). Depth is named as the drivers of depth cameras do
 * (realsense2_camera): it is free of distortion, and its calibration stands beside it, where image_transport looks for it.
 */
export function depthTopic(robot: RobotProfile, camera: string): string {
  return posix.join(posix.dirname(imageTopic(robot, camera)), 'depth', 'image_rect_raw');
}

/**
 * The topic that an observed image is made from. Depth is always raw: 16 bits do not fit JPEG, and image_transport has a
 * format of its own for them.
 */
export function observedImageTopic(
  robot: RobotProfile,
  { camera, range_m }: Pick<ImageSpec, 'camera' | 'range_m'>,
  transport: ImageTransport,
): { readonly topic: string; readonly transport: ImageTransport } {
  if (range_m !== undefined) return { topic: depthTopic(robot, camera), transport: 'raw' };
  const topic = imageTopic(robot, camera);
  return { topic: transport === 'raw' ? topic : `${topic}/compressed`, transport };
}
