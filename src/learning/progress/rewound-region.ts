/** A picture in which a part is as it was earlier: what looks done but for a part of it is not done. */
import type { Random } from '../../engine/index.js';
import { channelsOf, type ImageSpec } from '../../robot/image-spec.js';

/** Side of the part, as a share of the image's shorter side. */
const [leastSide, mostSide] = [0.12, 0.5];
/** The part must have changed by so many bytes in the mean, or else it shows nothing. */
const leastChange = 12;
/** Places that are tried. */
const tries = 12;

type Square = { readonly x: number; readonly y: number; readonly side: number };

/**
 * A copy of `now` with a square of `before`, at random where the two differ.
 * @returns undefined if no place with a difference was found
 */
export function rewindRegion(
  now: Uint8Array,
  before: Uint8Array,
  spec: ImageSpec,
  random: Random,
): Uint8Array | undefined {
  const { width, height } = spec;
  const shorter = Math.min(width, height);
  for (let i = 0; i < tries; i++) {
    const side = Math.round(shorter * (leastSide + (mostSide - leastSide) * random.uniform()));
    const square = { x: random.integer(width - side + 1), y: random.integer(height - side + 1), side };
    if (change(now, before, spec, square) < leastChange) continue;
    const mixed = now.slice();
    for (const [start, end] of rowsOf(spec, square)) mixed.set(before.subarray(start, end), start);
    return mixed;
  }
  return undefined;
}

/** Mean difference in a square, bytes. */
function change(now: Uint8Array, before: Uint8Array, spec: ImageSpec, square: Square): number {
  let [sum, count] = [0, 0];
  for (const [start, end] of rowsOf(spec, square)) {
    for (let i = start; i < end; i++) sum += Math.abs(now[i] - before[i]);
    count += end - start;
  }
  return sum / count;
}

/** Where each row of a square begins and ends among the bytes. */
function rowsOf(spec: ImageSpec, { x, y, side }: Square): [start: number, end: number][] {
  const channels = channelsOf(spec);
  return Array.from({ length: side }, (_, row) => {
    const start = ((y + row) * spec.width + x) * channels;
    return [start, start + side * channels];
  });
}
