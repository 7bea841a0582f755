/** JPEG and PNG to pixels; sharp decodes in threads of its own. */
import sharp from 'sharp';
import type { CameraImage } from './image-fitting.js';

/** Larger images are refused before they are decoded, px: 8192 x 8192. */
const pixelLimit = 8192 * 8192;

/**
 * @param data a JPEG or PNG file (sensor_msgs/CompressedImage)
 * @returns rgb8, or mono8 of a grey image; transparency is left out
 * @throws Error for what is no such file, or is cut off
 */
export async function decodeImage(data: Uint8Array): Promise<CameraImage> {
  const file = sharp(data, { limitInputPixels: pixelLimit, failOn: 'warning' });
  // sharp gives grey images three channels unless told otherwise.
  const isGrey = (await file.metadata()).channels <= 2;
  const plain = file
    .toColourspace(isGrey ? 'b-w' : 'srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' });
  const { data: pixels, info } = await plain.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const encoding = isGrey ? 'mono8' : 'rgb8';
  return { width, height, encoding, is_bigendian: 0, step: width * channels, data: pixels };
}
