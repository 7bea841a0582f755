import type { Image } from './image.js';
import type { DepthImage, SegmentationImage } from './layers.js';

/** Depths (m) of the two ends of the colours; the same in every image, so that a clip does not flicker. */
const NEAREST = 0.1;
const FARTHEST = 5;

/** From near to far, rgb8; equal ratios of depth look about equally different. */
const RAMP = [
  [253, 231, 37],
  [94, 201, 98],
  [33, 145, 140],
  [59, 82, 139],
  [68, 1, 84],
];

/** Depth for the eye, yellow near and violet far; black where nothing is. */
export function colourDepth({ width, height, data }: DepthImage): Image {
  const out = new Uint8Array(3 * width * height);
  data.forEach((depth, pixel) => {
    if (!Number.isFinite(depth)) return;
    const share = Math.log(depth / NEAREST) / Math.log(FARTHEST / NEAREST);
    const place = Math.min(1, Math.max(0, share)) * (RAMP.length - 1);
    const step = Math.min(RAMP.length - 2, Math.floor(place));
    for (let k = 0; k < 3; k++) {
      out[3 * pixel + k] = Math.round(RAMP[step][k] + (place - step) * (RAMP[step + 1][k] - RAMP[step][k]));
    }
  });
  return { width, height, data: out };
}

/** Bodies for the eye, a colour each, black where nothing is; ids that follow each other look different. */
export function colourSegmentation({ width, height, data }: SegmentationImage): Image {
  const out = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const body = data[2 * pixel + 1];
    if (body < 0) continue;
    const hue = (body * 0.618034) % 1; // the golden section spreads any number of hues
    for (let k = 0; k < 3; k++) {
      const wave = 0.5 + 0.5 * Math.cos(2 * Math.PI * (hue - k / 3));
      out[3 * pixel + k] = Math.round(55 + 200 * wave);
    }
  }
  return { width, height, data: out };
}
