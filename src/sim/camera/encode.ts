import sharp, { type Sharp } from 'sharp';
import type { Image } from './image.js';

/** Lossless PNG file of an image. */
export function encodePng(image: Image): Promise<Buffer> {
  return raw(image).png().toBuffer();
}

/** JPEG file of an image; `quality` from 1 to 100. */
export function encodeJpeg(image: Image, quality = 85): Promise<Buffer> {
  return raw(image).jpeg({ quality }).toBuffer();
}

export type FilmStripOptions = {
  /** Images in a row; all of them by default. */
  readonly columns?: number;
  /** White space between images, px. */
  readonly gap?: number;
  readonly format?: 'png' | 'jpeg';
};

/**
 * Images of one size side by side in reading order, as a PNG or JPEG file.
 * @throws RangeError without images, or with images of different sizes.
 */
export async function filmStrip(images: readonly Image[], options: FilmStripOptions = {}): Promise<Buffer> {
  const { columns = images.length, gap = 4, format = 'png' } = options;
  const [first] = images;
  if (first === undefined) throw new RangeError('a film strip needs at least one image');
  const across = Math.max(1, Math.min(columns, images.length));
  const rows = Math.ceil(images.length / across);
  const width = across * (first.width + gap) - gap;
  const height = rows * (first.height + gap) - gap;
  const data = new Uint8Array(3 * width * height).fill(255);
  images.forEach((image, index) => {
    if (image.width !== first.width || image.height !== first.height) {
      throw new RangeError('the images of a film strip must have one size');
    }
    const left = (index % across) * (first.width + gap);
    const top = Math.floor(index / across) * (first.height + gap);
    for (let row = 0; row < image.height; row++) {
      const line = image.data.subarray(3 * row * image.width, 3 * (row + 1) * image.width);
      data.set(line, 3 * ((top + row) * width + left));
    }
  });
  const strip = { width, height, data };
  return format === 'png' ? encodePng(strip) : encodeJpeg(strip);
}

/**
 * A clip of images of one size that plays for ever, as an animated GIF or WebP file; `fps` frames a second.
 * @throws RangeError without images
 */
export function encodeClip(images: readonly Image[], fps: number, format: 'gif' | 'webp'): Promise<Buffer> {
  if (images.length === 0) throw new RangeError('a clip needs at least one image');
  const [{ width, height }] = images;
  const frames = new Uint8Array(3 * width * height * images.length);
  images.forEach(({ data }, index) => frames.set(data, 3 * width * height * index));
  const shape = { width, height: height * images.length, pageHeight: height, channels: 3 } as const;
  const timing = { delay: images.map(() => Math.round(1000 / fps)), loop: 0 };
  const clip = sharp(frames, { raw: shape });
  return (format === 'gif' ? clip.gif(timing) : clip.webp({ ...timing, quality: 85 })).toBuffer();
}

function raw({ width, height, data }: Image): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}
