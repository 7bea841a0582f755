import type { FrameState } from './frame-state.js';
import type { GeomShapes } from './geom-shapes.js';
import { QuadricRasteriser } from './quadrics.js';
import type { SampleBuffer } from './sample-buffer.js';
import { box, plane } from './tessellation.js';
import type { Tessellation } from './tessellation.js';
import { TriangleRasteriser } from './triangles.js';
import { STRIDE, VertexStage } from './vertex-stage.js';
import type { View } from './view.js';

/** A surface in triangles, and the size that it was made for. */
type SizedSurface = { readonly size: Float64Array; readonly surface: Tessellation };

/** Draws geoms of any kind into one buffer: round ones in closed form, the others in triangles. */
export class GeomRasteriser {
  readonly #shapes: GeomShapes;
  readonly #quadrics: QuadricRasteriser;
  readonly #triangles: TriangleRasteriser;
  readonly #stage = new VertexStage();
  readonly #flat: (SizedSurface | undefined)[] = [];

  constructor(shapes: GeomShapes, target: SampleBuffer) {
    this.#shapes = shapes;
    this.#quadrics = new QuadricRasteriser(target);
    this.#triangles = new TriangleRasteriser(target);
  }

  /** Draws geom `index`; `stipple` leaves out every second sample. */
  draw(frame: FrameState, view: View, index: number, stipple: boolean): void {
    const { positions, axes, sizes } = frame;
    const kind = this.#shapes.kinds[index];
    const part = this.#shapes.firstPart[index] + 1;
    if (kind === 'box' || kind === 'plane' || kind === 'mesh') {
      this.#drawTriangles(frame, view, index, part, stipple);
      return;
    }
    const quadrics = this.#quadrics;
    const [a, b, c] = [sizes[3 * index], sizes[3 * index + 1], sizes[3 * index + 2]];
    quadrics.setGeom(view, positions, axes, index, stipple);
    if (kind === 'sphere') quadrics.ellipsoid(a, a, a, part);
    else if (kind === 'ellipsoid') quadrics.ellipsoid(a, b, c, part);
    else if (kind === 'capsule') quadrics.capsule(a, b, part);
    else quadrics.cylinder(a, b, part);
  }

  #drawTriangles(frame: FrameState, view: View, index: number, part: number, stipple: boolean): void {
    const stage = this.#stage;
    const kind = this.#shapes.kinds[index];
    const { triangles } = this.#load(frame, view, index);
    const facing = view.parallel ? 1 : -1;
    const smooth = kind === 'mesh' && !view.parallel;
    const perFace = kind === 'box' ? 6 : triangles.length;
    const draw = (a: number, b: number, c: number, number: number): void =>
      this.#triangles.draw(stage.vertices, a, b, c, facing, number, smooth, stipple);
    for (let i = 0; i < triangles.length; i += 3) {
      const number = part + Math.floor(i / perFace);
      const a = STRIDE * triangles[i];
      const b = STRIDE * triangles[i + 1];
      const c = STRIDE * triangles[i + 2];
      const beyond =
        Number(stage.isBeyondNear(a)) + Number(stage.isBeyondNear(b)) + Number(stage.isBeyondNear(c));
      if (view.parallel || beyond === 3) draw(a, b, c, number);
      else if (beyond > 0) {
        const corners = stage.clip(view, a, b, c);
        const first = stage.spare;
        draw(first, first + STRIDE, first + 2 * STRIDE, number);
        if (corners === 4) draw(first, first + 2 * STRIDE, first + 3 * STRIDE, number);
      }
    }
  }

  #load({ positions, axes, sizes }: FrameState, view: View, index: number): Tessellation {
    const mesh = this.#shapes.meshes[index];
    const surface = mesh ?? this.#flatSurface(index, sizes);
    this.#stage.load(view, surface, positions, axes, index, mesh !== undefined && !view.parallel);
    return surface;
  }

  /** Box or plane, made anew when its size has changed. */
  #flatSurface(index: number, sizes: Float64Array): Tessellation {
    const at = 3 * index;
    const known = this.#flat[index];
    if (known !== undefined && known.size.every((value, k) => value === sizes[at + k])) return known.surface;
    const size = sizes.slice(at, at + 3);
    const surface =
      this.#shapes.kinds[index] === 'plane' ? plane(size[0], size[1]) : box(size[0], size[1], size[2]);
    this.#flat[index] = { size, surface };
    return surface;
  }
}
