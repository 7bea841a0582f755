/** What a critic's cameras saw, as images that travel in a request. */
import sharp, { type Sharp } from 'sharp';
import { channelsOf, imageBytes, type ImageSpec } from '../../../robot/image-spec.js';
import type { Moment } from '../../judgement.js';

/** An image as a data URL, and the camera that took it. */
export type Picture = { readonly camera: string; readonly url: string };

/** The pictures of all cameras at one time. */
export type Shot = readonly Picture[];

export type PictureFormat = {
  readonly format: 'jpeg' | 'png';
  /** Length of the longer side, px; 0: as it came. */
  readonly size: number;
};

/** An image, of those that a moment has. */
export type View = { readonly index: number; readonly spec: ImageSpec };

/** The views by the names of their cameras, or a camera that is not there. */
export function viewsOf(images: readonly ImageSpec[], cameras: readonly string[]): View[] | string {
  const views: View[] = [];
  for (const camera of cameras) {
    const index = images.findIndex((spec) => spec.camera === camera);
    if (index < 0) return camera;
    views.push({ index, spec: images[index] });
  }
  return views;
}

/** Turns moments into pictures, each once. */
export class Pictures {
  readonly #shots = new WeakMap<Moment, Promise<Shot>>();

  constructor(
    private readonly views: readonly View[],
    private readonly format: PictureFormat,
  ) {}

  /** Why the moment cannot be judged by what it shows, or undefined. */
  problem({ observed }: Moment): string | undefined {
    for (const { index, spec } of this.views) {
      const image = observed.images[index];
      if (image === undefined || image.length !== imageBytes(spec))
        return `camera ${spec.camera} gave no image of ${spec.width} x ${spec.height}`;
      // A lens that is covered, or a camera that gives black.
      if (image.every((byte, i) => byte === image[i % channelsOf(spec)]))
        return `camera ${spec.camera} shows nothing but one colour`;
    }
    return undefined;
  }

  /** Whether all cameras saw the very same, byte for byte. */
  same({ observed: a }: Moment, { observed: b }: Moment): boolean {
    return this.views.every(({ index }) => Buffer.compare(a.images[index], b.images[index]) === 0);
  }

  /** The moment has no `problem`. */
  of(moment: Moment): Promise<Shot> {
    let shot = this.#shots.get(moment);
    if (shot === undefined) {
      shot = Promise.all(
        this.views.map(async ({ index, spec }) => {
          const { camera, width, height } = spec;
          const channels = channelsOf(spec) === 3 ? 3 : 1;
          const raw = { width, height, channels } as const;
          const image = sharp(moment.observed.images[index], { raw });
          return { camera, url: await dataUrl(image, this.format) };
        }),
      );
      this.#shots.set(moment, shot);
    }
    return shot;
  }
}

/** An image, scaled and compressed, without any metadata. */
export async function dataUrl(image: Sharp, { format, size }: PictureFormat): Promise<string> {
  const scaled = size === 0 ? image : image.resize({ width: size, height: size, fit: 'inside' });
  const data = format === 'png' ? scaled.png() : scaled.jpeg({ quality: 90, chromaSubsampling: '4:4:4' });
  return `data:image/${format};base64,${(await data.toBuffer()).toString('base64')}`;
}
