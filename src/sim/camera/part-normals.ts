import type { FrameState } from './frame-state.js';
import type { GeomKind, GeomShapes } from './geom-shapes.js';

/** Numbers a part: symmetric matrix (xx, xy, xz, yy, yz, zz), centre (m), constant. */
export const PART_STRIDE = 12;
export const CENTRE = 6;
export const CONSTANT = 9;

/**
 * World normals of all parts but meshes' as functions of the place: on a quadric the gradient
 * `matrix * (place - centre)`, not of unit length; on a flat part a constant unit vector.
 */
export class PartNormals {
  readonly table: Float64Array;
  /** Whether a part's normal is the unit constant alone. */
  readonly isFlat: Uint8Array;
  readonly #shapes: GeomShapes;

  constructor(shapes: GeomShapes) {
    this.#shapes = shapes;
    this.table = new Float64Array(PART_STRIDE * shapes.geomOfPart.length);
    this.isFlat = new Uint8Array(shapes.geomOfPart.length);
  }

  /** Finds the normals of the geoms that `seen` (n) marks. */
  update(frame: FrameState, seen: Uint8Array): void {
    const { kinds, firstPart } = this.#shapes;
    for (let index = 0; index < seen.length; index++) {
      if (seen[index] === 1) this.#setGeom(frame, index, kinds[index], firstPart[index]);
    }
  }

  #setGeom(frame: FrameState, index: number, kind: GeomKind, part: number): void {
    const { sizes } = frame;
    const [a, b, c] = [sizes[3 * index], sizes[3 * index + 1], sizes[3 * index + 2]];
    if (kind === 'plane') this.#setFlat(frame, index, part, 2, 1);
    else if (kind === 'sphere') this.#setRound(frame, index, part, 1, 1, 1, 0);
    else if (kind === 'ellipsoid')
      this.#setRound(frame, index, part, 1, (a * a) / (b * b), (a * a) / (c * c), 0);
    else if (kind === 'box') {
      for (let face = 0; face < 6; face++)
        this.#setFlat(frame, index, part + face, face >> 1, face % 2 === 0 ? 1 : -1);
    } else if (kind === 'cylinder' || kind === 'capsule') {
      this.#setRound(frame, index, part, 1, 1, 0, 0);
      for (const [end, side] of [[1, 1] as const, [2, -1] as const]) {
        if (kind === 'cylinder') this.#setFlat(frame, index, part + end, 2, side);
        else this.#setRound(frame, index, part + end, 1, 1, 1, side * b);
      }
    }
  }

  /** A side square to the geom's axis `axis`. */
  #setFlat({ axes }: FrameState, index: number, part: number, axis: number, sign: number): void {
    const { table } = this;
    const at = PART_STRIDE * part;
    this.isFlat[part] = 1;
    for (let k = 0; k < 3; k++) table[at + CONSTANT + k] = sign * axes[9 * index + 3 * k + axis];
  }

  /** A quadric whose matrix is diagonal in the geom's axes, with its centre `height` (m) along z. */
  #setRound(
    { positions, axes }: FrameState,
    index: number,
    part: number,
    x: number,
    y: number,
    z: number,
    height: number,
  ): void {
    const { table } = this;
    const g = 9 * index;
    let at = PART_STRIDE * part;
    for (let k = 0; k < 3; k++) {
      const row = g + 3 * k;
      for (let l = k; l < 3; l++) {
        const column = g + 3 * l;
        table[at++] =
          x * axes[row] * axes[column] +
          y * axes[row + 1] * axes[column + 1] +
          z * axes[row + 2] * axes[column + 2];
      }
    }
    for (let k = 0; k < 3; k++) table[at++] = positions[3 * index + k] + height * axes[g + 3 * k + 2];
  }
}
