/** Recorded clips as another camera or another day would show them. */
import sharp from 'sharp';
import { createRandom } from '../../engine/index.js';
import { channelsOf, type ImageSpec } from '../../robot/image-spec.js';
import type { Clip } from '../judgement.js';
import type { ChangedClip } from './clip-changes.js';

/** Makes other pixels of an image. */
export type PixelChange = (pixels: Uint8Array, spec: ImageSpec) => Uint8Array;

/** The clip with all its images changed; `name` tells it from the original. */
export function withPixels(
  { episode_id, moments }: Clip,
  images: readonly ImageSpec[],
  change: PixelChange,
  name: string,
): ChangedClip {
  const changed = moments.map((moment) => ({
    ...moment,
    observed: {
      state: moment.observed.state,
      images: moment.observed.images.map((pixels, i) => change(pixels, images[i])),
    },
  }));
  return { clip: { episode_id: `${episode_id}/${name}`, moments: changed }, origin: [...moments.keys()] };
}

/** Colours of a picture, not distances of a depth camera. */
const isColour = ({ range_m }: ImageSpec): boolean => range_m === undefined;

/** Another light: a value v from 0 to 1 becomes gain v^gamma. Depth images know no light. */
export function light(gain: number, gamma: number): PixelChange {
  const table = Uint8Array.from({ length: 256 }, (_, value) =>
    Math.round(255 * Math.min(1, gain * (value / 255) ** gamma)),
  );
  return (pixels, spec) => (isColour(spec) ? pixels.map((value) => table[value]) : pixels);
}

/** Something grey in front of the camera; shares of the image's width and height. */
export function occluded([left, top, right, bottom]: readonly [number, number, number, number]): PixelChange {
  return (pixels, spec) => {
    const channels = channelsOf(spec);
    const columns = [Math.round(left * spec.width), Math.round(right * spec.width)];
    const covered = pixels.slice();
    for (let y = Math.round(top * spec.height); y < Math.round(bottom * spec.height); y++) {
      const row = y * spec.width;
      covered.fill(128, channels * (row + columns[0]), channels * (row + columns[1]));
    }
    return covered;
  };
}

/** No light at all, or a cable that came off. */
export const black: PixelChange = (pixels) => new Uint8Array(pixels.length);

/** Normal numbers are drawn once and read from different places on. */
const noiseLength = 1 << 16;

/** Noise of the camera: a normal number with so large a deviation (of 255) on every value. */
export function noisy(deviation: number, seed: number): PixelChange {
  const random = createRandom(seed);
  const noise = Float32Array.from({ length: noiseLength }, () => deviation * random.normal());
  return (pixels) => {
    const start = random.integer(noiseLength);
    return pixels.map((value, i) =>
      Math.max(0, Math.min(255, Math.round(value + noise[(start + i) % noiseLength]))),
    );
  };
}

/**
 * Text in the scene: white on a black board across the upper half of the image. Depth images do not show it.
 * @returns undefined where no font is installed, so that the text would not be seen
 */
export async function writtenIn(
  lines: readonly string[],
  images: readonly ImageSpec[],
): Promise<PixelChange | undefined> {
  const boards = new Map<ImageSpec, Uint8Array>();
  for (const spec of images.filter(isColour)) {
    const board = await drawnBoard(lines, spec);
    if (!board.some((value, i) => i % 4 === 0 && value > visible)) return undefined;
    boards.set(spec, board);
  }
  return (pixels, spec) => {
    const board = boards.get(spec);
    return board === undefined ? pixels : covered(pixels, board, channelsOf(spec));
  };
}

/** Letters of a small image are grey; without a font the board stays black. */
const visible = 60;

/** RGBA pixels of the board, transparent around it. */
async function drawnBoard(lines: readonly string[], { width, height }: ImageSpec): Promise<Uint8Array> {
  const size = Math.min(
    height / (2 * lines.length + 1),
    (1.5 * width) / Math.max(...lines.map((l) => l.length)),
  );
  const text = lines.map(
    (line, i) => `<text x="50%" y="${(i + 1) * 1.2 * size}" text-anchor="middle">${line}</text>`,
  );
  const board = `<rect width="${width}" height="${(lines.length + 0.4) * 1.2 * size}" fill="black"/>`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${board}` +
    `<g fill="white" font-family="sans-serif" font-weight="bold" font-size="${size}">${text.join('')}</g></svg>`;
  return sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer();
}

/** Blends RGBA over pixels of one or three channels; the board is grey, so its red is its brightness. */
function covered(pixels: Uint8Array, board: Uint8Array, channels: number): Uint8Array {
  return pixels.map((value, i) => {
    const at = 4 * Math.floor(i / channels);
    const opacity = board[at + 3] / 255;
    return Math.round(opacity * board[at] + (1 - opacity) * value);
  });
}
