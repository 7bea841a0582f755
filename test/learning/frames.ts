/** Images for the tests of the replay. */
import { createRandom } from '../../src/engine/index.js';
import type { ImageEncoding, ImageSpec } from '../../src/robot/image-spec.js';
import { imageBytes } from '../../src/robot/image-spec.js';

export function imageSpec(camera: string, width: number, height: number, encoding: ImageEncoding): ImageSpec {
  return { camera, width, height, encoding, crop: [0, 0, 1, 1] };
}

/** A smooth image with some noise, another one for each seed. */
export function imageOf(spec: ImageSpec, seed: number): Uint8Array {
  const random = createRandom(seed);
  const [slope, start] = [random.uniform(), random.integer(256)];
  return Uint8Array.from({ length: imageBytes(spec) }, (_, i) => start + slope * i + random.integer(3));
}

/** An image of noise, which nothing can pack. */
export function noiseOf(spec: ImageSpec, seed: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: imageBytes(spec) }, () => random.integer(256));
}
