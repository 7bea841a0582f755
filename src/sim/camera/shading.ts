import type { CameraPose } from './camera-model.js';
import type { SurfaceBuffer } from './rasteriser.js';
import type { LitScene, ShadowMap } from './shadow-map.js';
import type { Perspective } from './vertex-stage.js';

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

/** Gloss of each drawn geom, (n), 0..1. */
export type Gloss = Float32Array;

/**
 * Turns a surface buffer into colours: ambient light with a little more from above, a light at the camera, a
 * key light with shadow, and a highlight (Blinn 1977); planes get a checker pattern, the rest is sky.
 */
export class Shader {
  readonly #scene: LitScene;
  readonly #gloss: Gloss;
  readonly #shadow: ShadowMap | undefined;
  readonly #isPlane: Uint8Array;
  /** Colour of the current sample, r, g, b in 0..1. */
  readonly #rgb = new Float64Array(3);
  // Numbers handed on in arrays: as arguments of calls per pixel they would each be put on the heap.
  /** World point of the current sample, m; its distance from the eye, m; what a pixel spans there, m. */
  readonly #point = new Float64Array(5);
  /** World unit vector from the eye to that point. */
  readonly #ray = new Float64Array(3);

  constructor(scene: LitScene, gloss: Gloss, shadow: ShadowMap | undefined) {
    this.#scene = scene;
    this.#gloss = gloss;
    this.#shadow = shadow;
    this.#isPlane = Uint8Array.from(scene.geoms.ids, (_, index) => (scene.geoms.isPlane(index) ? 1 : 0));
  }

  /** Shades `target`, one sample a pixel, into `out` (rgb8, row-major, clamped). */
  shade(target: SurfaceBuffer, pose: CameraPose, projection: Perspective, out: Uint8ClampedArray): void {
    const rgb = this.#rgb;
    for (let row = 0, pixel = 0; row < target.height; row++) {
      for (let column = 0; column < target.width; column++, pixel++) {
        this.#sample(target, row, column, pose, projection);
        out[3 * pixel] = 255 * rgb[0];
        out[3 * pixel + 1] = 255 * rgb[1];
        out[3 * pixel + 2] = 255 * rgb[2];
      }
    }
  }

  /**
   * Shades `target`, 2 x 2 samples a pixel, into `out`. Where all four samples lie on one smooth surface, one
   * of them is shaded: shading varies little within a pixel, so only edges need all four.
   */
  shadeSmooth(
    target: SurfaceBuffer,
    pose: CameraPose,
    projection: Perspective,
    out: Uint8ClampedArray,
  ): void {
    const rgb = this.#rgb;
    let to = 0;
    for (let row = 0; row < target.height; row += 2) {
      for (let column = 0; column < target.width; column += 2, to += 3) {
        const count = this.#isUniform(target, row * target.width + column) ? 1 : 4;
        let red = 0;
        let green = 0;
        let blue = 0;
        for (let k = 0; k < count; k++) {
          this.#sample(target, row + (k >> 1), column + (k & 1), pose, projection);
          red += Math.min(1, rgb[0]);
          green += Math.min(1, rgb[1]);
          blue += Math.min(1, rgb[2]);
        }
        const scale = 255 / count;
        out[to] = scale * red;
        out[to + 1] = scale * green;
        out[to + 2] = scale * blue;
      }
    }
  }

  /** Whether the 2 x 2 samples from `first` on show sky only, or one geom (not a plane) with one normal. */
  #isUniform({ geom, normals, width }: SurfaceBuffer, first: number): boolean {
    const id = geom[first];
    if (geom[first + 1] !== id || geom[first + width] !== id || geom[first + width + 1] !== id) return false;
    if (id === 0) return true;
    if (this.#isPlane[id - 1] === 1) return false;
    const a = 3 * first;
    const b = 3 * (first + width + 1);
    const across = Math.abs(normals[a] - normals[b]) + Math.abs(normals[a + 1] - normals[b + 1]);
    return across + Math.abs(normals[a + 2] - normals[b + 2]) < 0.2;
  }

  #sample(
    target: SurfaceBuffer,
    row: number,
    column: number,
    pose: CameraPose,
    projection: Perspective,
  ): void {
    const { right, down, forward, position } = pose;
    const point = this.#point;
    const ray = this.#ray;
    const x = (column + 0.5 - projection.cx) / projection.fx;
    const y = (row + 0.5 - projection.cy) / projection.fy;
    const norm = 1 / Math.sqrt(1 + x * x + y * y);
    ray[0] = norm * (forward[0] + x * right[0] + y * down[0]);
    ray[1] = norm * (forward[1] + x * right[1] + y * down[1]);
    ray[2] = norm * (forward[2] + x * right[2] + y * down[2]);
    const pixel = row * target.width + column;
    if (target.geom[pixel] === 0) {
      this.#sky();
      return;
    }
    const distance = 1 / (target.nearness[pixel] * norm);
    point[0] = position[0] + distance * ray[0];
    point[1] = position[1] + distance * ray[1];
    point[2] = position[2] + distance * ray[2];
    point[3] = distance;
    this.#surface(target, pixel, projection);
  }

  #sky(): void {
    const up = this.#ray[2];
    const t = up <= 0 ? 0 : Math.min(1, up * 1.6);
    const rgb = this.#rgb;
    rgb[0] = HORIZON[0] + t * (ZENITH[0] - HORIZON[0]);
    rgb[1] = HORIZON[1] + t * (ZENITH[1] - HORIZON[1]);
    rgb[2] = HORIZON[2] + t * (ZENITH[2] - HORIZON[2]);
  }

  /** Shades the surface of a pixel at `#point`, seen along `#ray`. */
  #surface(target: SurfaceBuffer, pixel: number, projection: Perspective): void {
    const point = this.#point;
    const ray = this.#ray;
    const rx = ray[0];
    const ry = ray[1];
    const rz = ray[2];
    const { normals } = target;
    const index = target.geom[pixel] - 1;
    let nx = normals[3 * pixel];
    let ny = normals[3 * pixel + 1];
    let nz = normals[3 * pixel + 2];
    const inverse = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz);
    nx *= inverse;
    ny *= inverse;
    nz *= inverse;
    const facing = Math.max(0, -(nx * rx + ny * ry + nz * rz));
    const { toLight, brightness, geoms, colours } = this.#scene;
    const towards = nx * toLight[0] + ny * toLight[1] + nz * toLight[2];
    const lit = towards <= 0 ? 0 : brightness * (this.#shadow === undefined ? 1 : this.#shadow.lit(point));
    let light = AMBIENT + FROM_ABOVE * nz + HEADLIGHT * facing + (lit > 0 ? KEY * lit * towards : 0);
    let fade = 0;
    let shine = 0;
    if (this.#isPlane[index] === 1) {
      point[4] = point[3] / (projection.fx * Math.max(0.02, facing));
      light *= this.#checker(geoms.ids[index]);
      fade = (point[3] * point[3]) / (point[3] * point[3] + FADE_DISTANCE * FADE_DISTANCE);
    } else if (lit > 0) {
      const hx = toLight[0] - rx;
      const hy = toLight[1] - ry;
      const hz = toLight[2] - rz;
      shine = lit * this.#gloss[index] * highlight(nx * hx + ny * hy + nz * hz, hx * hx + hy * hy + hz * hz);
    }
    const rgb = this.#rgb;
    const keep = 1 - fade;
    rgb[0] = keep * (colours[4 * index] * light + shine) + fade * HORIZON[0];
    rgb[1] = keep * (colours[4 * index + 1] * light + shine) + fade * HORIZON[1];
    rgb[2] = keep * (colours[4 * index + 2] * light + shine) + fade * HORIZON[2];
  }

  /** Brightness of plane `geom` at `#point`; squares that a pixel's footprint spans blur to their mean. */
  #checker(geom: number): number {
    const { positions, axes } = this.#scene.poses;
    const point = this.#point;
    const dx = point[0] - positions[3 * geom];
    const dy = point[1] - positions[3 * geom + 1];
    const dz = point[2] - positions[3 * geom + 2];
    const m = 9 * geom;
    const u = (axes[m] * dx + axes[m + 3] * dy + axes[m + 6] * dz) / SQUARE;
    const v = (axes[m + 1] * dx + axes[m + 4] * dy + axes[m + 7] * dz) / SQUARE;
    const sharp = Math.max(0, 1 - point[4] / SQUARE);
    const odd = ((Math.floor(u) + Math.floor(v)) & 1) === 1;
    return 1 + CHECKER_CONTRAST * sharp * (odd ? -1 : 1);
  }
}

/** Blinn's highlight with exponent 32, from the normal's product with the half vector and that vector's square. */
function highlight(product: number, square: number): number {
  if (product <= 0) return 0;
  const cosine2 = (product * product) / square;
  if (cosine2 < 0.65) return 0; // below 0.1 %
  const to8 = cosine2 * cosine2 * cosine2 * cosine2;
  const to16 = to8 * to8;
  return to16 * to16;
}
