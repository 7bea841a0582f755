/** What a policy sees of a camera: which part of its image, how large, and in which colours. */
import { ConfigError } from '../config/config-error.js';

/** Colours of an observed image: three bytes a pixel, or one. */
export type ImageEncoding = 'rgb8' | 'mono8';

/** An image of the observation; the camera's own image may have any size. */
export type ImageSpec = {
  readonly camera: string;
  /** px */
  readonly width: number;
  readonly height: number;
  readonly encoding: ImageEncoding;
  /** [left, top, right, bottom] as shares of the camera's image, in [0, 1] */
  readonly crop: readonly [number, number, number, number];
  /** Of a depth camera, m: what is shown as black and as white. */
  readonly range_m?: readonly [number, number];
};

/** What an observation message (graft_msgs/Observation) tells of its images. */
export type ImagesMessage = {
  readonly cameras: readonly string[];
  readonly images: readonly { readonly width: number; readonly height: number; readonly encoding: string }[];
};

/** What is observed at one step: numbers in the order of the names, and row-major pixels in the order of the images. */
export type Observed = { readonly state: Float32Array; readonly images: readonly Uint8Array[] };

/** Bytes a pixel. */
export function channelsOf({ encoding }: Pick<ImageSpec, 'encoding'>): number {
  return encoding === 'rgb8' ? 3 : 1;
}

/** Bytes of an observed image. */
export function imageBytes(spec: Pick<ImageSpec, 'encoding' | 'width' | 'height'>): number {
  return spec.width * spec.height * channelsOf(spec);
}

/**
 * The images of an observation message, to be compared with those that are expected.
 * @param expected what a message does not tell, crop and range, counts as what is expected
 */
export function imagesOf(
  { cameras, images }: ImagesMessage,
  expected: readonly ImageSpec[],
): readonly ImageSpec[] {
  return images.map(({ width, height, encoding }, i) => ({
    ...expected[i],
    ...{ camera: cameras[i], width, height, encoding: encoding as ImageEncoding },
  }));
}

/**
 * Two lists of images must be the same in the same order.
 * @param file where `expected` is from, for the error; `key` its place there
 * @param source who sends `sent`, for the error
 * @throws ConfigError naming the first image and the key in which they differ
 */
export function checkSameImages(
  file: string,
  key: string,
  expected: readonly ImageSpec[],
  sent: readonly ImageSpec[],
  source: string,
): void {
  for (let i = 0; i < Math.max(expected.length, sent.length); i++) {
    const [wanted, given] = [expected[i], sent[i]];
    if (wanted === undefined)
      throw new ConfigError(file, key, `lacks ${given.camera}, which ${source} sends`);
    if (given === undefined)
      throw new ConfigError(file, `${key}.${i}`, `is ${wanted.camera}, which ${source} does not send`);
    for (const name of ['camera', 'width', 'height', 'encoding', 'crop', 'range_m'] as const) {
      const [a, b] = [wanted[name], given[name]].map((value) => JSON.stringify(value) ?? 'not given');
      if (a !== b) throw new ConfigError(file, `${key}.${i}.${name}`, `is ${a}, ${source} sends ${b}`);
    }
  }
}
