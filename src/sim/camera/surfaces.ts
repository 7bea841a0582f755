import type { FrameState } from './frame-state.js';
import type { GeomKind, GeomShapes } from './geom-shapes.js';

/**
 * A smooth part of a geom, as it is shaded. Its world normal at a place is the gradient `matrix * (place - centre)`, not of
 * unit length, on a quadric, and a constant unit vector where it is flat. Numbers have names of their own and not places in
 * arrays because V8 reads those once for a loop.
 */
export type Surface = {
  /** index of the geom, and its kind */
  readonly geom: number;
  readonly kind: GeomKind;
  /** r, g, b in 0..1, specular strength, and whether the geom has a pattern of its own */
  red: number;
  green: number;
  blue: number;
  gloss: number;
  hasPattern: boolean;
  /** whether the normal is constant; a mesh's is set for each sample */
  isFlat: boolean;
  nx: number;
  ny: number;
  nz: number;
  /** else the symmetric matrix, and the way from the centre to the eye, m */
  xx: number;
  xy: number;
  xz: number;
  yy: number;
  yz: number;
  zz: number;
  fromX: number;
  fromY: number;
  fromZ: number;
};

/** The surfaces of all parts of all geoms; a mesh's has no normal of its own. */
export class Surfaces {
  readonly ofParts: readonly Surface[];
  readonly #shapes: GeomShapes;

  constructor(shapes: GeomShapes) {
    this.#shapes = shapes;
    this.ofParts = Array.from(shapes.geomOfPart, (geom) => emptySurface(geom, shapes.kinds[geom]));
  }

  /** Takes the present state of the geoms that `seen` (n) marks. */
  update(frame: FrameState, seen: Uint8Array): void {
    const { kinds, firstPart } = this.#shapes;
    for (let index = 0; index < seen.length; index++) {
      if (seen[index] === 1) this.#setGeom(frame, index, kinds[index], firstPart[index]);
    }
  }

  #setGeom(frame: FrameState, index: number, kind: GeomKind, part: number): void {
    const { sizes } = frame;
    const [a, b, c] = [sizes[3 * index], sizes[3 * index + 1], sizes[3 * index + 2]];
    if (kind === 'plane') this.#setFlat(frame, part, 2, 1);
    else if (kind === 'sphere') this.#setRound(frame, part, 1, 1, 1, 0);
    else if (kind === 'ellipsoid') this.#setRound(frame, part, 1, (a * a) / (b * b), (a * a) / (c * c), 0);
    else if (kind === 'mesh') this.#setLook(frame, part);
    else if (kind === 'box') {
      for (let face = 0; face < 6; face++)
        this.#setFlat(frame, part + face, face >> 1, face % 2 === 0 ? 1 : -1);
    } else {
      this.#setRound(frame, part, 1, 1, 0, 0);
      for (const [end, side] of [[1, 1] as const, [2, -1] as const]) {
        if (kind === 'cylinder') this.#setFlat(frame, part + end, 2, side);
        else this.#setRound(frame, part + end, 1, 1, 1, side * b);
      }
    }
  }

  #setLook({ colours, patterns }: FrameState, part: number): Surface {
    const surface = this.ofParts[part];
    const { geom } = surface;
    surface.red = colours[4 * geom];
    surface.green = colours[4 * geom + 1];
    surface.blue = colours[4 * geom + 2];
    surface.gloss = this.#shapes.gloss[geom];
    surface.hasPattern = patterns[3 * geom] > 0;
    return surface;
  }

  /** A side square to the geom's axis `axis`. */
  #setFlat(frame: FrameState, part: number, axis: number, sign: number): void {
    const surface = this.#setLook(frame, part);
    const column = 9 * surface.geom + axis;
    surface.isFlat = true;
    surface.nx = sign * frame.axes[column];
    surface.ny = sign * frame.axes[column + 3];
    surface.nz = sign * frame.axes[column + 6];
  }

  /** A quadric whose matrix is diagonal in the geom's axes, with its centre `height` (m) along z. */
  #setRound(frame: FrameState, part: number, x: number, y: number, z: number, height: number): void {
    const { positions, axes, camera } = frame;
    const surface = this.#setLook(frame, part);
    const m = 9 * surface.geom;
    const p = 3 * surface.geom;
    const entry = (row: number, column: number): number =>
      x * axes[m + 3 * row] * axes[m + 3 * column] +
      y * axes[m + 3 * row + 1] * axes[m + 3 * column + 1] +
      z * axes[m + 3 * row + 2] * axes[m + 3 * column + 2];
    surface.xx = entry(0, 0);
    surface.xy = entry(0, 1);
    surface.xz = entry(0, 2);
    surface.yy = entry(1, 1);
    surface.yz = entry(1, 2);
    surface.zz = entry(2, 2);
    surface.fromX = camera.position[0] - positions[p] - height * axes[m + 2];
    surface.fromY = camera.position[1] - positions[p + 1] - height * axes[m + 5];
    surface.fromZ = camera.position[2] - positions[p + 2] - height * axes[m + 8];
  }
}

function emptySurface(geom: number, kind: GeomKind): Surface {
  const normal = { isFlat: kind === 'mesh', nx: NaN, ny: NaN, nz: NaN };
  const matrix = { xx: NaN, xy: NaN, xz: NaN, yy: NaN, yz: NaN, zz: NaN };
  const look = { red: NaN, green: NaN, blue: NaN, gloss: NaN, hasPattern: false };
  return { geom, kind, ...look, ...normal, ...matrix, fromX: NaN, fromY: NaN, fromZ: NaN };
}
