import { emptyFrame } from './frame-state.js';
import type { FrameState } from './frame-state.js';
import type { GeomShapes } from './geom-shapes.js';
import { CENTRE, CONSTANT, PART_STRIDE, PartNormals } from './part-normals.js';
import type { SampleBuffer } from './sample-buffer.js';
import type { ShadowMap } from './shadow-map.js';
import { patternBrightness } from './surface-pattern.js';
import type { View } from './view.js';

/** Shares of the light: from all around, its excess from above, from the camera, from the key light. */
const AMBIENT = 0.34;
const FROM_ABOVE = 0.1;
const HEADLIGHT = 0.16;
const KEY = 0.5;

/** Checker squares on planes: edge (m), how much darker every second one is, and where they fade (m). */
const SQUARE = 0.25;
const CHECKER_CONTRAST = 0.1;
const FADE_DISTANCE = 10;

/** Sky colours, r, g, b in 0..1: at the horizon and overhead. */
const HORIZON = [0.86, 0.89, 0.93];
const ZENITH = [0.5, 0.63, 0.8];

/**
 * Turns what samples show into colours: ambient light with a little more from above, a light at the camera, a key
 * light with shadow, and a highlight (Blinn 1977); planes get a checker pattern, geoms their own; the rest is sky.
 */
export class Shader {
  readonly #shapes: GeomShapes;
  readonly #shadow: ShadowMap | undefined;
  readonly #normals: PartNormals;
  /** (n) 1 for planes; 1 for meshes. */
  readonly #isPlane: Uint8Array;
  readonly #isMesh: Uint8Array;
  #frame: FrameState;
  readonly #view: View;
  /** Colour of the current sample, r, g, b in 0..1. */
  readonly #rgb = new Float64Array(3);
  // Numbers handed on in arrays: as arguments of calls per pixel they would each be put on the heap.
  /** Direction of the rays of the current row at column 0. */
  readonly #rowStart = new Float64Array(3);
  /** Column (centres at halves) and nearness of the current sample. */
  readonly #sample = new Float64Array(2);
  /** Its world point, m; its distance from the eye, m; what a sample spans there, m. */
  readonly #point = new Float64Array(5);
  /** World unit vector from the eye to that point. */
  readonly #ray = new Float64Array(3);
  /** Its unit normal. */
  readonly #normal = new Float64Array(3);

  constructor(shapes: GeomShapes, shadow: ShadowMap | undefined, view: View) {
    this.#shapes = shapes;
    this.#shadow = shadow;
    this.#normals = new PartNormals(shapes);
    this.#isPlane = Uint8Array.from(shapes.kinds, (kind) => (kind === 'plane' ? 1 : 0));
    this.#isMesh = Uint8Array.from(shapes.kinds, (kind) => (kind === 'mesh' ? 1 : 0));
    this.#frame = emptyFrame(shapes.ids.length);
    this.#view = view;
  }

  /** Takes the frame to shade, with the geoms that may be in it. */
  begin(frame: FrameState, seen: Uint8Array): void {
    this.#frame = frame;
    this.#normals.update(frame, seen);
  }

  /** Shades `target`, one sample a pixel, into `out` (rgb8, row-major, clamped). */
  shade(target: SampleBuffer, out: Uint8ClampedArray): void {
    const rgb = this.#rgb;
    const sample = this.#sample;
    for (let row = 0, at = 0; row < target.height; row++) {
      this.#startRow(row + 0.5);
      for (let column = 0; column < target.width; column++, at++) {
        sample[0] = column + 0.5;
        sample[1] = target.nearness[at];
        this.#colour(target, at);
        out[3 * at] = 255 * rgb[0];
        out[3 * at + 1] = 255 * rgb[1];
        out[3 * at + 2] = 255 * rgb[2];
      }
    }
  }

  /**
   * Shades `target`, 2 x 2 samples a pixel, into `out`. Shading varies little within a pixel: each part that a pixel shows
   * is shaded once, and only where samples differ in what they show are there several.
   */
  shadeSmooth(target: SampleBuffer, out: Uint8ClampedArray): void {
    const { parts, nearness, width, height } = target;
    const rgb = this.#rgb;
    const sample = this.#sample;
    let to = 0;
    for (let row = 0; row < height; row += 2) {
      this.#startRow(row + 1);
      for (let column = 0; column < width; column += 2, to += 3) {
        const at = row * width + column;
        const part = parts[at];
        if (parts[at + 1] === part && parts[at + width] === part && parts[at + width + 1] === part) {
          sample[0] = column + 1;
          sample[1] =
            0.25 * (nearness[at] + nearness[at + 1] + nearness[at + width] + nearness[at + width + 1]);
          this.#colour(target, at);
          out[to] = 255 * rgb[0];
          out[to + 1] = 255 * rgb[1];
          out[to + 2] = 255 * rgb[2];
        } else this.#blend(target, row, column, out, to);
      }
    }
  }

  /** Colour of a pixel that shows several parts: each one's first sample counts for all its samples. */
  #blend(target: SampleBuffer, row: number, column: number, out: Uint8ClampedArray, to: number): void {
    const { parts, nearness, width } = target;
    const rgb = this.#rgb;
    const sample = this.#sample;
    const first = row * width + column;
    let [red, green, blue] = [0, 0, 0];
    for (let k = 0, done = 0; k < 4; k++) {
      if ((done >> k) & 1) continue;
      const at = first + (k >> 1) * width + (k & 1);
      let share = 0;
      for (let l = k; l < 4; l++) {
        if (parts[first + (l >> 1) * width + (l & 1)] !== parts[at]) continue;
        share += 0.25;
        done |= 1 << l;
      }
      sample[0] = column + (k & 1) + 0.5;
      sample[1] = nearness[at];
      this.#startRow(row + (k >> 1) + 0.5);
      this.#colour(target, at);
      red += share * Math.min(1, rgb[0]);
      green += share * Math.min(1, rgb[1]);
      blue += share * Math.min(1, rgb[2]);
    }
    this.#startRow(row + 1);
    out[to] = 255 * red;
    out[to + 1] = 255 * green;
    out[to + 2] = 255 * blue;
  }

  /** Takes the row (centres at halves) of the samples to come. */
  #startRow(row: number): void {
    const { base, across, down } = this.#view;
    for (let k = 0; k < 3; k++) this.#rowStart[k] = base[k] + (row - 0.5) * down[k] - 0.5 * across[k];
  }

  /** Finds the colour of the current sample, which shows what is at `at` in the buffer. */
  #colour(target: SampleBuffer, at: number): void {
    const { across, fixed } = this.#view;
    const sample = this.#sample;
    const ray = this.#ray;
    const start = this.#rowStart;
    const column = sample[0];
    const x = start[0] + column * across[0];
    const y = start[1] + column * across[1];
    const z = start[2] + column * across[2];
    const length = Math.sqrt(x * x + y * y + z * z);
    const scale = 1 / length;
    ray[0] = x * scale;
    ray[1] = y * scale;
    ray[2] = z * scale;
    const part = target.parts[at] - 1;
    if (part < 0) {
      this.#sky();
      return;
    }
    const depth = 1 / sample[1];
    const point = this.#point;
    point[0] = fixed[0] + depth * x;
    point[1] = fixed[1] + depth * y;
    point[2] = fixed[2] + depth * z;
    point[3] = depth * length;
    const index = this.#shapes.geomOfPart[part];
    if (this.#isMesh[index] === 1) this.#takeNormal(target.normals, 3 * at);
    else if (this.#normals.isFlat[part] === 1) {
      const { table } = this.#normals;
      const constant = PART_STRIDE * part + CONSTANT;
      for (let k = 0; k < 3; k++) this.#normal[k] = table[constant + k];
    } else this.#findNormal(part);
    this.#surface(index);
  }

  #sky(): void {
    const up = this.#ray[2];
    const t = up <= 0 ? 0 : Math.min(1, up * 1.6);
    const rgb = this.#rgb;
    rgb[0] = HORIZON[0] + t * (ZENITH[0] - HORIZON[0]);
    rgb[1] = HORIZON[1] + t * (ZENITH[1] - HORIZON[1]);
    rgb[2] = HORIZON[2] + t * (ZENITH[2] - HORIZON[2]);
  }

  #findNormal(part: number): void {
    const { table } = this.#normals;
    const point = this.#point;
    const m = PART_STRIDE * part;
    const x = point[0] - table[m + CENTRE];
    const y = point[1] - table[m + CENTRE + 1];
    const z = point[2] - table[m + CENTRE + 2];
    const nx = table[m] * x + table[m + 1] * y + table[m + 2] * z;
    const ny = table[m + 1] * x + table[m + 3] * y + table[m + 4] * z;
    const nz = table[m + 2] * x + table[m + 4] * y + table[m + 5] * z;
    const scale = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz);
    this.#normal[0] = nx * scale;
    this.#normal[1] = ny * scale;
    this.#normal[2] = nz * scale;
  }

  /** Takes the normal at `at` of `normals`, which need not be of unit length. */
  #takeNormal(normals: Float32Array, at: number): void {
    const scale = 1 / Math.hypot(normals[at], normals[at + 1], normals[at + 2]);
    for (let k = 0; k < 3; k++) this.#normal[k] = normals[at + k] * scale;
  }

  /** Shades geom `index` at `#point` with `#normal`, seen along `#ray`. */
  #surface(index: number): void {
    const point = this.#point;
    const rx = this.#ray[0];
    const ry = this.#ray[1];
    const rz = this.#ray[2];
    const nx = this.#normal[0];
    const ny = this.#normal[1];
    const nz = this.#normal[2];
    const facing = Math.max(0, -(nx * rx + ny * ry + nz * rz));
    const { toLight, brightness, colours, patterns } = this.#frame;
    const towards = nx * toLight[0] + ny * toLight[1] + nz * toLight[2];
    const lit = towards <= 0 ? 0 : brightness * (this.#shadow === undefined ? 1 : this.#shadow.lit(point));
    let light = AMBIENT + FROM_ABOVE * nz + HEADLIGHT * facing + (lit > 0 ? KEY * lit * towards : 0);
    let fade = 0;
    let shine = 0;
    const isPlane = this.#isPlane[index] === 1;
    const isPatterned = patterns[3 * index] > 0;
    if (isPlane || isPatterned) point[4] = point[3] / (this.#view.scaleX * Math.max(0.02, facing));
    if (isPatterned) light *= patternBrightness(this.#frame, index, point);
    if (isPlane) {
      light *= this.#checker(index);
      fade = (point[3] * point[3]) / (point[3] * point[3] + FADE_DISTANCE * FADE_DISTANCE);
    } else if (lit > 0) {
      const hx = toLight[0] - rx;
      const hy = toLight[1] - ry;
      const hz = toLight[2] - rz;
      const product = nx * hx + ny * hy + nz * hz;
      const square = hx * hx + hy * hy + hz * hz;
      // What is below 0.1 % is left out.
      if (product > 0 && product * product > 0.65 * square)
        shine = lit * this.#shapes.gloss[index] * highlight(product, square);
    }
    const rgb = this.#rgb;
    const keep = 1 - fade;
    rgb[0] = keep * (colours[4 * index] * light + shine) + fade * HORIZON[0];
    rgb[1] = keep * (colours[4 * index + 1] * light + shine) + fade * HORIZON[1];
    rgb[2] = keep * (colours[4 * index + 2] * light + shine) + fade * HORIZON[2];
  }

  /** Brightness of plane `index` at `#point`; squares that a sample's footprint spans blur to their mean. */
  #checker(index: number): number {
    const { positions, axes } = this.#frame;
    const point = this.#point;
    const dx = point[0] - positions[3 * index];
    const dy = point[1] - positions[3 * index + 1];
    const dz = point[2] - positions[3 * index + 2];
    const m = 9 * index;
    const u = (axes[m] * dx + axes[m + 3] * dy + axes[m + 6] * dz) / SQUARE;
    const v = (axes[m + 1] * dx + axes[m + 4] * dy + axes[m + 7] * dz) / SQUARE;
    const span = point[4] / SQUARE;
    const sharp = Math.max(0, 1 - span);
    return 1 + CHECKER_CONTRAST * sharp * stripe(u, span) * stripe(v, span);
  }
}

/** Which of two stripes, 1 wide, `u` lies on: 1 or -1, in between within half a `span` of their borders. */
function stripe(u: number, span: number): number {
  const period = 0.5 * u - Math.floor(0.5 * u); // 0..0.5 on the first stripe
  const inside = 0.5 - Math.abs(2 * period - (period < 0.5 ? 0.5 : 1.5)); // distance from the border
  const side = Math.min(1, inside / (0.5 * span + 1e-9));
  return period < 0.5 ? side : -side;
}

/** Blinn's highlight with exponent 32, from the normal's product with the half vector and that vector's square. */
function highlight(product: number, square: number): number {
  const cosine2 = (product * product) / square;
  const to8 = cosine2 * cosine2 * cosine2 * cosine2;
  const to16 = to8 * to8;
  return to16 * to16;
}
