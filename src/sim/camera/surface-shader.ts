import { emptyFrame } from './frame-state.js';
import type { FrameState } from './frame-state.js';
import type { GeomShapes } from './geom-shapes.js';
import type { RowSamples, Run } from './row-samples.js';
import type { ShadowMap } from './shadow-map.js';
import { HORIZON } from './sky.js';
import { checker, patternBrightness } from './surface-pattern.js';
import type { PatternPoint } from './surface-pattern.js';
import { Surfaces } from './surfaces.js';
import type { Surface } from './surfaces.js';
import type { View } from './view.js';

/** Shares of the light: from all around, its excess from above, from the camera, from the key light. */
const AMBIENT = 0.34;
const FROM_ABOVE = 0.1;
const HEADLIGHT = 0.16;
const KEY = 0.5;

/** Where planes fade into the horizon, m. */
const FADE_DISTANCE = 10;

/**
 * Turns samples of surfaces into colours: ambient light with a little more from above, a light at the camera, a key light with
 * shadow, and a highlight (Blinn 1977); planes get a checker pattern, geoms their own.
 *
 * Most of the time of a picture is spent in the loops of this class. They read what is the same for a run once, and they are
 * long: numbers that are handed to a function too large for V8 to compile it into the loop are put on the heap.
 */
export class SurfaceShader {
  readonly #shadow: ShadowMap | undefined;
  readonly #view: View;
  readonly #surfaces: Surfaces;
  #frame: FrameState;
  /** Eye (m) and way to the key light of the frame. */
  readonly #scene = { eyeX: NaN, eyeY: NaN, eyeZ: NaN, lightX: NaN, lightY: NaN, lightZ: NaN };
  readonly #point: PatternPoint = { x: NaN, y: NaN, z: NaN, span: NaN };

  constructor(shapes: GeomShapes, shadow: ShadowMap | undefined, view: View) {
    this.#shadow = shadow;
    this.#view = view;
    this.#surfaces = new Surfaces(shapes);
    this.#frame = emptyFrame(shapes.ids.length);
  }

  /** Takes the frame to shade, with the geoms that may be in it. */
  begin(frame: FrameState, seen: Uint8Array): void {
    this.#frame = frame;
    this.#surfaces.update(frame, seen);
    const { toLight, camera } = frame;
    const scene = this.#scene;
    [scene.eyeX, scene.eyeY, scene.eyeZ] = camera.position;
    [scene.lightX, scene.lightY, scene.lightZ] = toLight;
  }

  /**
   * Writes the colours of a run.
   * @param normals `SampleBuffer.normals`
   */
  shade(run: Run, row: RowSamples, normals: Float32Array): void {
    const surface = this.#surfaces.ofParts[run.part - 1];
    if (surface.kind === 'plane') this.#shadePlane(run, row, surface);
    else if (surface.kind === 'mesh') this.#shadeMesh(run, row, surface, normals);
    else this.#shadeSolid(run, row, surface);
  }

  #shadeSolid(run: Run, { nearness, colours }: RowSamples, surface: Surface): void {
    const { first, end, rayX, rayY, rayZ, stepX, stepY, stepZ } = run;
    const { eyeX, eyeY, eyeZ, lightX, lightY, lightZ } = this.#scene;
    const { brightness } = this.#frame;
    const shadow = this.#shadow;
    for (let i = first, k = 0; i < end; i++, k++) {
      const x = rayX + k * stepX;
      const y = rayY + k * stepY;
      const z = rayZ + k * stepZ;
      const depth = 1 / nearness[i];
      let { nx, ny, nz } = surface;
      if (!surface.isFlat) {
        const dx = surface.fromX + depth * x;
        const dy = surface.fromY + depth * y;
        const dz = surface.fromZ + depth * z;
        nx = surface.xx * dx + surface.xy * dy + surface.xz * dz;
        ny = surface.xy * dx + surface.yy * dy + surface.yz * dz;
        nz = surface.xz * dx + surface.yz * dy + surface.zz * dz;
        const scale = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz);
        nx *= scale;
        ny *= scale;
        nz *= scale;
      }
      const scale = 1 / Math.sqrt(x * x + y * y + z * z);
      const facing = -scale * (nx * x + ny * y + nz * z);
      const towards = nx * lightX + ny * lightY + nz * lightZ;
      let light = softLight(nz, facing);
      let shine = 0;
      if (towards > 0) {
        const reach = shadow?.lit(eyeX + depth * x, eyeY + depth * y, eyeZ + depth * z) ?? 1;
        const along = scale * (lightX * x + lightY * y + lightZ * z);
        light += KEY * brightness * reach * towards;
        shine = brightness * reach * surface.gloss * highlight(towards + facing, 2 - 2 * along);
      }
      if (surface.hasPattern) light *= this.#patternAt(surface, x, y, z, depth, facing);
      colours[3 * i] = surface.red * light + shine;
      colours[3 * i + 1] = surface.green * light + shine;
      colours[3 * i + 2] = surface.blue * light + shine;
    }
  }

  /** A plane has no highlight, but squares, and fades into the horizon. */
  #shadePlane(run: Run, { nearness, colours }: RowSamples, surface: Surface): void {
    const { first, end, rayX, rayY, rayZ, stepX, stepY, stepZ } = run;
    const { eyeX, eyeY, eyeZ, lightX, lightY, lightZ } = this.#scene;
    const { geom, red, green, blue, nx, ny, nz } = surface;
    const shadow = this.#shadow;
    const { scaleX } = this.#view;
    const point = this.#point;
    const key = KEY * this.#frame.brightness * Math.max(0, nx * lightX + ny * lightY + nz * lightZ);
    for (let i = first, k = 0; i < end; i++, k++) {
      const x = rayX + k * stepX;
      const y = rayY + k * stepY;
      const z = rayZ + k * stepZ;
      const depth = 1 / nearness[i];
      const length = Math.sqrt(x * x + y * y + z * z);
      const facing = -(nx * x + ny * y + nz * z) / length;
      const distance = depth * length;
      point.x = eyeX + depth * x;
      point.y = eyeY + depth * y;
      point.z = eyeZ + depth * z;
      point.span = distance / (scaleX * Math.max(0.02, facing));
      const reach = key > 0 ? (shadow?.lit(point.x, point.y, point.z) ?? 1) : 0;
      let light = (softLight(nz, facing) + key * reach) * checker(this.#frame, geom, point);
      if (surface.hasPattern) light *= patternBrightness(this.#frame, geom, point);
      const fade = (distance * distance) / (distance * distance + FADE_DISTANCE * FADE_DISTANCE);
      colours[3 * i] = (1 - fade) * light * red + fade * HORIZON[0];
      colours[3 * i + 1] = (1 - fade) * light * green + fade * HORIZON[1];
      colours[3 * i + 2] = (1 - fade) * light * blue + fade * HORIZON[2];
    }
  }

  /** A mesh has a normal a sample: each is shaded as if it were flat. */
  #shadeMesh(run: Run, row: RowSamples, surface: Surface, normals: Float32Array): void {
    const { first, end } = run;
    for (let i = first; i < end; i++) {
      const at = 3 * row.indices[i];
      const scale = 1 / Math.hypot(normals[at], normals[at + 1], normals[at + 2]);
      surface.nx = scale * normals[at];
      surface.ny = scale * normals[at + 1];
      surface.nz = scale * normals[at + 2];
      run.first = i;
      run.end = i + 1;
      this.#shadeSolid(run, row, surface);
      run.rayX += run.stepX;
      run.rayY += run.stepY;
      run.rayZ += run.stepZ;
    }
  }

  /** Brightness of a geom's own pattern `depth` (m) along the ray x, y, z. */
  #patternAt({ geom }: Surface, x: number, y: number, z: number, depth: number, facing: number): number {
    const { eyeX, eyeY, eyeZ } = this.#scene;
    const distance = depth * Math.sqrt(x * x + y * y + z * z);
    const point = this.#point;
    point.x = eyeX + depth * x;
    point.y = eyeY + depth * y;
    point.z = eyeZ + depth * z;
    point.span = distance / (this.#view.scaleX * Math.max(0.02, facing));
    return patternBrightness(this.#frame, geom, point);
  }
}

/** Light from all around and from the camera, on a surface whose normal has the height `nz` and the cosine `facing` to the eye. */
function softLight(nz: number, facing: number): number {
  return AMBIENT + FROM_ABOVE * nz + HEADLIGHT * Math.max(0, facing);
}

/**
 * Blinn's highlight with exponent 32, from the normal's product with the half vector and that vector's square; what is below
 * 0.1 % is left out.
 */
function highlight(product: number, square: number): number {
  if (!(product > 0 && product * product > 0.65 * square)) return 0;
  const cosine2 = (product * product) / square;
  const to8 = cosine2 * cosine2 * cosine2 * cosine2;
  const to16 = to8 * to8;
  return to16 * to16;
}
