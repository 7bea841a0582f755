import type { SampleBuffer } from './sample-buffer.js';

/** In place of a part: the pixel shows several. */
export const MIXED = -1;

/** What is shaded of one row of a picture: one sample a pixel. Pixels that are `MIXED` have none of their own. */
export type RowSamples = {
  /** part that is seen, plus one; 0 for none */
  readonly parts: Int32Array;
  /** of it: see `View` */
  readonly nearness: Float64Array;
  /** index of the pixel's first sample in the buffer */
  readonly indices: Int32Array;
  /** (pixels, 3) what shading makes of it: r, g, b, 1 for full white, may be more */
  readonly colours: Float64Array;
};

/** Samples of a row, one beside the other, that show the same part. */
export type Run = {
  /** the part plus one; where the run begins and ends (exclusive) in the row */
  part: number;
  first: number;
  end: number;
  /** world ray to the first sample, 1 m deep, and how much it changes from sample to sample */
  rayX: number;
  rayY: number;
  rayZ: number;
  stepX: number;
  stepY: number;
  stepZ: number;
};

/** @param count of samples that there is room for. */
export function rowSamples(count: number): RowSamples {
  return {
    parts: new Int32Array(count),
    nearness: new Float64Array(count),
    indices: new Int32Array(count),
    colours: new Float64Array(3 * count),
  };
}

export function emptyRun(): Run {
  const place = { part: 0, first: 0, end: 0 };
  return { ...place, rayX: NaN, rayY: NaN, rayZ: NaN, stepX: NaN, stepY: NaN, stepZ: NaN };
}

/** Takes row `row` of a buffer with one sample a pixel. */
export function takeRow(target: SampleBuffer, row: number, { parts, nearness, indices }: RowSamples): void {
  const { width } = target;
  for (let pixel = 0, at = row * width; pixel < width; pixel++, at++) {
    parts[pixel] = target.parts[at];
    nearness[pixel] = target.nearness[at];
    indices[pixel] = at;
  }
}

/** Takes row `row` of a picture whose buffer has 2 x 2 samples a pixel, in their middle. */
export function takeSmoothRow(target: SampleBuffer, row: number, into: RowSamples): void {
  const { parts, nearness, indices } = into;
  const { parts: seen, nearness: near, width } = target;
  for (let pixel = 0, at = 2 * row * width; 2 * pixel < width; pixel++, at += 2) {
    const part = seen[at];
    const below = at + width;
    const isUniform = seen[at + 1] === part && seen[below] === part && seen[below + 1] === part;
    parts[pixel] = isUniform ? part : MIXED;
    nearness[pixel] = 0.25 * (near[at] + near[at + 1] + near[below] + near[below + 1]);
    indices[pixel] = at;
  }
}
