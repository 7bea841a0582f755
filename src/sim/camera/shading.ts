import type { FrameState } from './frame-state.js';
import type { GeomShapes } from './geom-shapes.js';
import { emptyRun, MIXED, rowSamples, takeRow, takeSmoothRow } from './row-samples.js';
import type { RowSamples, Run } from './row-samples.js';
import type { SampleBuffer } from './sample-buffer.js';
import type { ShadowMap } from './shadow-map.js';
import { skyColour } from './sky.js';
import { SurfaceShader } from './surface-shader.js';
import type { View } from './view.js';

/** Turns what samples show into colours, row by row, and in a row run by run of samples that show the same. */
export class Shader {
  readonly #surfaces: SurfaceShader;
  readonly #view: View;
  readonly #width: number;
  /** Has room for one more sample than pixels: there those of mixed pixels are shaded. */
  readonly #row: RowSamples;
  readonly #run = emptyRun();

  /** @param width of pictures, px. */
  constructor(shapes: GeomShapes, shadow: ShadowMap | undefined, view: View, width: number) {
    this.#surfaces = new SurfaceShader(shapes, shadow, view);
    this.#view = view;
    this.#width = width;
    this.#row = rowSamples(width + 1);
  }

  /** Takes the frame to shade, with the geoms that may be in it. */
  begin(frame: FrameState, seen: Uint8Array): void {
    this.#surfaces.begin(frame, seen);
  }

  /**
   * Shades `target` into `out` (rgb8, row-major, clamped).
   * @param edge samples of a pixel each way. Shading varies little within a pixel: each part that a pixel shows is shaded once,
   * and only where its samples differ in what they show are there several.
   */
  shade(target: SampleBuffer, edge: 1 | 2, out: Uint8Array): void {
    const { across } = this.#view;
    const { colours } = this.#row;
    const bytes = 3 * this.#width;
    this.#run.stepX = edge * across[0];
    this.#run.stepY = edge * across[1];
    this.#run.stepZ = edge * across[2];
    for (let row = 0, to = 0; to < out.length; row++) {
      if (edge === 1) takeRow(target, row, this.#row);
      else takeSmoothRow(target, row, this.#row);
      this.#shadeRow(target, edge, row);
      for (let at = 0; at < bytes; at++, to++) {
        const value = (255 * colours[at] + 0.5) | 0;
        out[to] = value < 255 ? value : 255;
      }
    }
  }

  #shadeRow(target: SampleBuffer, edge: number, row: number): void {
    const { parts } = this.#row;
    const width = this.#width;
    for (let first = 0, end = 1; first < width; first = end++) {
      const part = parts[first];
      while (end < width && parts[end] === part) end++;
      if (part === MIXED) {
        for (let pixel = first; pixel < end; pixel++) this.#blend(target, row, pixel);
      } else {
        this.#start(edge * (row + 0.5), edge * (first + 0.5));
        this.#shadeRun(target, part, first, end);
      }
    }
  }

  /** Colour of a pixel that shows several parts: each one's first sample counts for all its samples. */
  #blend(target: SampleBuffer, row: number, pixel: number): void {
    const { parts, nearness, width } = target;
    const samples = this.#row;
    const { colours } = samples;
    const spare = this.#width;
    const first = 2 * (row * width + pixel);
    colours.fill(0, 3 * pixel, 3 * pixel + 3);
    for (let k = 0, done = 0; k < 4; k++) {
      if ((done >> k) & 1) continue;
      const at = first + (k >> 1) * width + (k & 1);
      let share = 0;
      for (let l = k; l < 4; l++) {
        if (parts[first + (l >> 1) * width + (l & 1)] !== parts[at]) continue;
        share += 0.25;
        done |= 1 << l;
      }
      samples.nearness[spare] = nearness[at];
      samples.indices[spare] = at;
      this.#start(2 * row + (k >> 1) + 0.5, 2 * pixel + (k & 1) + 0.5);
      this.#shadeRun(target, parts[at], spare, spare + 1);
      for (let c = 0; c < 3; c++) colours[3 * pixel + c] += share * Math.min(1, colours[3 * spare + c]);
    }
  }

  /** Lets the next run begin at this place in the buffer (centres at halves). */
  #start(row: number, column: number): void {
    const { base, across, down } = this.#view;
    const run = this.#run;
    run.rayX = base[0] + (row - 0.5) * down[0] + (column - 0.5) * across[0];
    run.rayY = base[1] + (row - 0.5) * down[1] + (column - 0.5) * across[1];
    run.rayZ = base[2] + (row - 0.5) * down[2] + (column - 0.5) * across[2];
  }

  #shadeRun(target: SampleBuffer, part: number, first: number, end: number): void {
    const run = this.#run;
    [run.part, run.first, run.end] = [part, first, end];
    if (part > 0) this.#surfaces.shade(run, this.#row, target.normals);
    else this.#shadeSky(run);
  }

  #shadeSky({ first, end, rayX, rayY, rayZ, stepX, stepY, stepZ }: Run): void {
    const { colours } = this.#row;
    for (let i = first, k = 0; i < end; i++, k++)
      skyColour(rayX + k * stepX, rayY + k * stepY, rayZ + k * stepZ, colours, 3 * i);
  }
}
