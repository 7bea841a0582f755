/** Random shifts of images (DrQ, Yarats et al. 2021, arXiv 2004.13649, section 4.1). */
import type { Random } from '../engine/index.js';

/** Where a crop begins in the image padded by replicating its edges, px: right and down are positive, [0, 0] is the image itself. */
export type Shift = { readonly dx: number; readonly dy: number };

/** Where pixels are copied to: bytes as they are, or the same numbers as floats, which is what a network is fed. */
export type PixelArray = Uint8Array | Float32Array;

/** Row-major pixels. */
export type ImageSize = { readonly width: number; readonly height: number; readonly channels: number };

export const noShift: Shift = { dx: 0, dy: 0 };

/** A shift of at most `most` px in each direction, uniformly: the crops of an image padded by that much. Draws nothing for 0. */
export function drawShift(most: number, random: Random): Shift {
  if (most === 0) return noShift;
  const dx = random.integer(2 * most + 1) - most;
  return { dx, dy: random.integer(2 * most + 1) - most };
}

/**
 * Copies an image, shifted: pixel (x, y) becomes the pixel (x + dx, y + dy) of `image`, or where that is outside the nearest one
 * inside. The whole image is moved at once, then the edges are mended.
 * @param at where the image begins in `into`
 */
export function copyShifted(
  image: Uint8Array,
  { width, height, channels }: ImageSize,
  shift: Shift,
  into: PixelArray,
  at: number,
): void {
  const dx = Math.max(1 - width, Math.min(width - 1, shift.dx));
  const dy = Math.max(1 - height, Math.min(height - 1, shift.dy));
  const row = width * channels;
  const moved = dy * row + dx * channels;
  into.set(image.subarray(Math.max(0, moved), image.length + Math.min(0, moved)), at + Math.max(0, -moved));
  const first = Math.max(0, -dy);
  const last = height - 1 - Math.max(0, dy);
  if (dx !== 0) {
    for (let y = first; y <= last; y++) extendRow(into, at + y * row, width, channels, dx);
  }
  for (let y = 0; y < first; y++) copyRow(into, at, first, y, row);
  for (let y = last + 1; y < height; y++) copyRow(into, at, last, y, row);
}

/** Fills the `dx` pixels at the right end (negative: the left end) of a row with the pixel beside them. */
function extendRow(into: PixelArray, start: number, width: number, channels: number, dx: number): void {
  if (dx > 0) {
    const end = start + width * channels;
    for (let i = end - dx * channels; i < end; i++) into[i] = into[i - channels];
  } else {
    for (let i = start - dx * channels - 1; i >= start; i--) into[i] = into[i + channels];
  }
}

function copyRow(into: PixelArray, at: number, from: number, to: number, row: number): void {
  into.copyWithin(at + to * row, at + from * row, at + (from + 1) * row);
}
