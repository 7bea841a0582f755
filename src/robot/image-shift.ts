/** Moving an observed image, for augmentation. */
import { channelsOf, type ImageSpec } from './image-spec.js';

/**
 * The image moved by whole pixels, its edge repeated where nothing is known (DrQ, Yarats et al. 2021, section 3).
 * @param dx to the right, px; @param dy down, px
 */
export function shiftImage(pixels: Uint8Array, spec: ImageSpec, dx: number, dy: number): Uint8Array {
  const { width, height } = spec;
  const channels = channelsOf(spec);
  const row = width * channels;
  const out = new Uint8Array(pixels.length);
  const from = Math.max(0, -dx);
  const to = Math.max(0, dx);
  const count = width - Math.abs(dx);
  for (let y = 0; y < height; y++) {
    const source = row * Math.min(height - 1, Math.max(0, y - dy));
    const target = row * y;
    out.set(
      pixels.subarray(source + from * channels, source + (from + count) * channels),
      target + to * channels,
    );
    for (let x = 0; x < to; x++)
      out.copyWithin(target + x * channels, target + to * channels, target + (to + 1) * channels);
    for (let x = to + count; x < width; x++)
      out.copyWithin(
        target + x * channels,
        target + (to + count - 1) * channels,
        target + (to + count) * channels,
      );
  }
  return out;
}
