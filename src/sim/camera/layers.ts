import type { GeomShapes } from './geom-shapes.js';
import type { SampleBuffer } from './sample-buffer.js';

/** Depth of what each pixel shows, along the optical axis: (height, width) m, +Infinity where nothing is (REP-117). */
export type DepthImage = { readonly width: number; readonly height: number; readonly data: Float32Array };

/** What each pixel shows: (height, width, 2) ids of geom and body in the model, -1 for nothing. */
export type SegmentationImage = {
  readonly width: number;
  readonly height: number;
  readonly data: Int32Array;
};

/** Reads depth off a buffer with `samples` x `samples` samples a pixel into `out`, one number a pixel. */
export function readDepth(target: SampleBuffer, samples: 1 | 2, out: Float32Array): void {
  eachPixel(target, samples, (pixel, part, nearness) => {
    out[pixel] = part < 0 ? Infinity : 1 / nearness;
  });
}

/** Reads geom and body ids off such a buffer into `out`, two numbers a pixel. */
export function readSegmentation(
  target: SampleBuffer,
  samples: 1 | 2,
  { geomOfPart, ids, bodies }: GeomShapes,
  out: Int32Array,
): void {
  eachPixel(target, samples, (pixel, part) => {
    out[2 * pixel] = part < 0 ? -1 : ids[geomOfPart[part]];
    out[2 * pixel + 1] = part < 0 ? -1 : bodies[geomOfPart[part]];
  });
}

/**
 * Calls `take` with the part (-1 for none) that each pixel shows and its nearness at the pixel's centre. Of several parts
 * it is the one that most samples show, the nearest of equals: depths of different surfaces are never mixed.
 */
function eachPixel(
  target: SampleBuffer,
  samples: 1 | 2,
  take: (pixel: number, part: number, nearness: number) => void,
): void {
  const { width, height, nearness, parts } = target;
  const offsets = samples === 1 ? [0] : [0, 1, width, width + 1];
  let pixel = 0;
  for (let row = 0; row < height; row += samples) {
    for (let column = 0; column < width; column += samples) {
      const first = row * width + column;
      let [best, most, mean] = [0, 0, 0];
      for (const offset of offsets) {
        const part = parts[first + offset];
        let [count, sum] = [0, 0];
        for (const other of offsets) {
          if (parts[first + other] !== part) continue;
          count++;
          sum += nearness[first + other];
        }
        if (count < most || (count === most && sum / count <= mean)) continue;
        [best, most, mean] = [part, count, sum / count];
      }
      take(pixel++, best - 1, mean);
    }
  }
}
