/** A camera's image and what is observed of it. */
import type { CameraEncoding, CameraImage } from '../../src/robot/image-fitting.js';
import type { ImageSpec } from '../../src/robot/image-spec.js';

export function imageSpec(changes: Partial<ImageSpec> = {}): ImageSpec {
  return { camera: 'scene', width: 8, height: 8, encoding: 'rgb8', crop: [0, 0, 1, 1], ...changes };
}

const pixelBytes: Readonly<Record<CameraEncoding, number>> = {
  rgb8: 3,
  bgr8: 3,
  rgba8: 4,
  bgra8: 4,
  mono8: 1,
  '16UC1': 2,
  '32FC1': 4,
};

/** An image without padding; the value of each byte follows from its index. */
export function cameraImage(
  encoding: CameraEncoding,
  width: number,
  height: number,
  valueOf: (index: number) => number = (index) => (index * 37 + (index >> 3) * 11) % 256,
): CameraImage {
  const step = width * pixelBytes[encoding];
  const data = Uint8Array.from({ length: height * step }, (_, i) => valueOf(i));
  return { width, height, encoding, is_bigendian: 0, step, data };
}
