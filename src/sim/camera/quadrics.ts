import type { SampleBuffer } from './sample-buffer.js';
import { NEAR } from './view.js';
import type { View } from './view.js';

/** Offsets in the numbers that describe a part on the screen, after the conic: see `QuadricRasteriser`. */
const LINEAR = 6;
const ROOT = 9;
const AXIAL = 10;
const LOW = 13;
const HIGH = 14;
const MARGIN = 15;

/**
 * Draws spheres, ellipsoids, cylinders and capsules without cutting them into triangles: rays are solved against the
 * quadric in closed form. With m the part of a ray that all rays share and r the part that varies (`View`), both in the
 * geom's frame scaled to unit size, and k = m.m - 1 in perspective and m.m from infinity, the discriminant
 *
 *     (m.r)^2 - k r.r (+ k from infinity)
 *
 * is a quadratic form of column and row: the outline is a conic, whose rows and spans of columns are found exactly. The
 * nearness of the front side in perspective, of the far side from infinity, is a linear function plus or minus the
 * discriminant's root, so a sample costs a square root and a few products. From infinity it is the far side because a
 * shadow map of far sides needs no bias against a surface shadowing itself.
 *
 * A part is 16 numbers: its outline's conic A x^2 + 2 B xy + C y^2 + 2 D x + 2 E y + G >= 0; its nearness = linear(x, y) +
 * root * sqrt(conic); its ends: axial(x, y) + low * nearness >= -margin and axial(x, y) + high * nearness <= margin.
 */
export class QuadricRasteriser {
  /** In the geom's frame: shared, base, across, down; m or unit vectors. */
  readonly #rays = new Float64Array(12);
  /** The same, scaled to unit radius about a ball's centre. */
  readonly #unit = new Float64Array(12);
  readonly #part = new Float64Array(16);
  /** Columns from, to, rows from, to (exclusive), also beyond the screen: of the part to be drawn, and of a geom's two ends. */
  readonly #extent = new Float64Array(4);
  readonly #union = new Float64Array(4);
  readonly #target: SampleBuffer;
  #parallel = false;
  #stipple = false;

  constructor(target: SampleBuffer) {
    this.#target = target;
  }

  /**
   * Takes the view and the pose of the geom to draw next, number `index` in `positions` (n, 3) and `axes` (n, 3, 3);
   * `stipple` draws every second sample.
   */
  setGeom(view: View, positions: Float64Array, axes: Float64Array, index: number, stipple: boolean): void {
    this.#parallel = view.parallel;
    this.#stipple = stipple;
    this.#setRay(0, view.fixed, view.parallel ? 0 : 1, positions, axes, index);
    this.#setRay(3, view.base, view.parallel ? 1 : 0, positions, axes, index);
    this.#setRay(6, view.across, 0, positions, axes, index);
    this.#setRay(9, view.down, 0, positions, axes, index);
  }

  /** Ellipsoid with the semi-axes `a`, `b`, `c` (m), number `part` in the buffer. */
  ellipsoid(a: number, b: number, c: number, part: number): void {
    this.#scale(1 / a, 1 / b, 1 / c, 0);
    if (this.#findQuadric(3) && this.#findExtent()) this.#fill(this.#extent, part);
  }

  /** Capsule along z: its side, upper and lower ball have the numbers `part` to `part + 2`. */
  capsule(radius: number, halfLength: number, part: number): void {
    if (this.#isInTube(radius, halfLength)) return;
    this.#union.set([Infinity, -Infinity, Infinity, -Infinity]);
    for (let end = 1; end <= 2; end++) {
      this.#scale(1 / radius, 1 / radius, 1 / radius, end === 1 ? halfLength : -halfLength);
      if (!this.#findQuadric(3)) return;
      if (!this.#findExtent()) continue;
      this.#fill(this.#extent, part + end);
      this.#addExtent();
    }
    this.#side(radius, halfLength, part);
  }

  /** Cylinder along z: its side, upper and lower end have the numbers `part` to `part + 2`. */
  cylinder(radius: number, halfLength: number, part: number): void {
    this.#union.set([Infinity, -Infinity, Infinity, -Infinity]);
    for (let end = 1; end <= 2; end++) {
      this.#scale(1 / radius, 1 / radius, 1, 0);
      const isSeen = this.#findEnd(halfLength, end === 1 ? 1 : -1);
      if (!this.#findExtent()) continue;
      if (isSeen) this.#fill(this.#extent, part + end);
      this.#addExtent();
    }
    this.#side(radius, halfLength, part);
  }

  /** Whether the eye is between a capsule's ends, where it must not see the balls from within. */
  #isInTube(radius: number, halfLength: number): boolean {
    const [x, y, z] = this.#rays;
    return !this.#parallel && x * x + y * y < radius * radius && Math.abs(z) < halfLength;
  }

  #side(radius: number, halfLength: number, part: number): void {
    this.#scale(1 / radius, 1 / radius, 1, 0);
    if (!this.#findQuadric(2)) return;
    const p = this.#part;
    const unit = this.#unit;
    const shared = unit[2];
    for (let k = 0; k < 3; k++) p[AXIAL + k] = unit[3 * k + 5];
    p[LOW] = this.#parallel ? -shared : shared + halfLength;
    p[HIGH] = this.#parallel ? -shared : shared - halfLength;
    p[MARGIN] = this.#parallel ? halfLength : 0;
    this.#fill(this.#union, part);
  }

  /** Moves vector `vector` of the view into the geom's frame; `isPoint` is 1 for a point and 0 for a direction. */
  #setRay(
    at: number,
    vector: Float64Array,
    isPoint: number,
    positions: Float64Array,
    axes: Float64Array,
    index: number,
  ): void {
    const x = vector[0] - isPoint * positions[3 * index];
    const y = vector[1] - isPoint * positions[3 * index + 1];
    const z = vector[2] - isPoint * positions[3 * index + 2];
    const m = 9 * index;
    for (let k = 0; k < 3; k++)
      this.#rays[at + k] = axes[m + k] * x + axes[m + 3 + k] * y + axes[m + 6 + k] * z;
  }

  /** Rays in a frame scaled by `x`, `y`, `z`, with its origin at `centre` (m) on the geom's z axis. */
  #scale(x: number, y: number, z: number, centre: number): void {
    const unit = this.#unit;
    const point = this.#parallel ? 3 : 0;
    for (let at = 0; at < 12; at += 3) {
      unit[at] = x * this.#rays[at];
      unit[at + 1] = y * this.#rays[at + 1];
      unit[at + 2] = z * (this.#rays[at + 2] - (at === point ? centre : 0));
    }
  }

  /**
   * Conic and nearness of the unit ball (`axes` 3) or the endless unit cylinder along z (`axes` 2).
   * @returns false where its outside cannot be seen: from within, or along the cylinder's axis from infinity.
   */
  #findQuadric(axes: 2 | 3): boolean {
    const p = this.#part;
    const unit = this.#unit;
    const dot = (a: number, b: number): number =>
      unit[a] * unit[b] + unit[a + 1] * unit[b + 1] + (axes === 3 ? unit[a + 2] * unit[b + 2] : 0);
    const k = dot(0, 0) - (this.#parallel ? 0 : 1);
    if (k <= 1e-12) return false;
    const [base, across, down] = [dot(0, 3), dot(0, 6), dot(0, 9)];
    const square = 1 / (k * k);
    p[0] = square * (across * across - k * dot(6, 6));
    p[1] = square * (across * down - k * dot(6, 9));
    p[2] = square * (down * down - k * dot(9, 9));
    p[3] = square * (base * across - k * dot(3, 6));
    p[4] = square * (base * down - k * dot(3, 9));
    p[5] = square * (base * base - k * dot(3, 3) + (this.#parallel ? k : 0));
    const sign = this.#parallel ? 1 / k : -1 / k;
    p[LINEAR] = sign * base;
    p[LINEAR + 1] = sign * across;
    p[LINEAR + 2] = sign * down;
    p[ROOT] = this.#parallel ? -1 : 1;
    p.fill(0, AXIAL);
    return true;
  }

  /**
   * Conic and nearness of the unit disc square to z at height `halfLength` above (`side` 1) or below (`side` -1) the origin.
   * A ray meets its plane at a depth whose inverse is z's share of the direction over the height left to go.
   * @returns whether it shows its outside, or from infinity its inside
   */
  #findEnd(halfLength: number, side: 1 | -1): boolean {
    const p = this.#part;
    const unit = this.#unit;
    const height = side * halfLength;
    // Linear functions of (1, column, row): z of the direction, height to go, and x and y of the place met times the former.
    const parallel = this.#parallel;
    const z = (k: number): number => (parallel ? (k === 0 ? unit[2] : 0) : unit[3 * k + 5]);
    const toGo = (k: number): number =>
      (k === 0 ? height : 0) - (parallel ? unit[3 * k + 5] : k === 0 ? unit[2] : 0);
    const place = (k: number, axis: number): number =>
      parallel
        ? unit[3 * k + 3 + axis] * unit[2] + toGo(k) * unit[axis]
        : unit[axis] * z(k) + toGo(0) * unit[3 * k + 3 + axis];
    const product = (a: number, b: number): number =>
      z(a) * z(b) - place(a, 0) * place(b, 0) - place(a, 1) * place(b, 1);
    p[0] = product(1, 1);
    p[1] = product(1, 2);
    p[2] = product(2, 2);
    p[3] = product(0, 1);
    p[4] = product(0, 2);
    p[5] = product(0, 0);
    for (let k = 0; k < 3; k++) p[LINEAR + k] = parallel ? -toGo(k) / unit[2] : z(k) / toGo(0);
    p.fill(0, ROOT);
    return parallel ? side * unit[2] > 1e-9 : side * unit[2] > halfLength;
  }

  /**
   * Where the conic lies, on the screen and beyond it: exactly if it is an ellipse, else all of the screen.
   * @returns false if nowhere
   */
  #findExtent(): boolean {
    const [a, b, c, d, e, g] = this.#part;
    const { width, height } = this.#target;
    const extent = this.#extent;
    const determinant = a * c - b * b;
    const x = b * e - c * d;
    const y = b * d - a * e;
    const line = this.#part[LINEAR] * determinant + this.#part[LINEAR + 1] * x + this.#part[LINEAR + 2] * y;
    // What is behind the eye has an outline, too, which does not bound what runs from there past the eye.
    if (!(a < 0 && determinant > 0 && (this.#parallel || line > 0))) {
      extent.set([0, width, 0, height]);
      return true;
    }
    const spreadX = x * x + determinant * (e * e - c * g);
    const spreadY = y * y + determinant * (d * d - a * g);
    if (!(spreadX >= 0 && spreadY >= 0)) return false;
    extent[0] = Math.ceil((x - Math.sqrt(spreadX)) / determinant);
    extent[1] = Math.floor((x + Math.sqrt(spreadX)) / determinant) + 1;
    extent[2] = Math.ceil((y - Math.sqrt(spreadY)) / determinant);
    extent[3] = Math.floor((y + Math.sqrt(spreadY)) / determinant) + 1;
    return true;
  }

  #addExtent(): void {
    const union = this.#union;
    const extent = this.#extent;
    union[0] = Math.min(union[0], extent[0]);
    union[1] = Math.max(union[1], extent[1]);
    union[2] = Math.min(union[2], extent[2]);
    union[3] = Math.max(union[3], extent[3]);
  }

  /** Draws the part within `extent` where it is nearer than what is there. */
  #fill(extent: Float64Array, part: number): void {
    const { width, height, nearness, parts } = this.#target;
    const p = this.#part;
    const [a, b, c, d, e, g] = p;
    const lineX = p[LINEAR + 1];
    const root = p[ROOT];
    const axialX = p[AXIAL + 1];
    const low = p[LOW];
    const high = p[HIGH];
    const margin = p[MARGIN];
    const limit = this.#parallel ? Infinity : 1 / NEAR;
    const stipple = this.#stipple;
    for (let row = Math.max(0, extent[2]); row < Math.min(height, extent[3]); row++) {
      const half = b * row + d;
      const rest = (c * row + 2 * e) * row + g;
      let first = Math.max(0, extent[0]);
      let end = Math.min(width, extent[1]);
      if (a < 0) {
        const square = half * half - a * rest;
        if (!(square >= 0)) continue;
        const spread = Math.sqrt(square);
        first = Math.max(first, Math.ceil((spread - half) / a));
        end = Math.min(end, Math.floor((-spread - half) / a) + 1);
      }
      const line = p[LINEAR] + p[LINEAR + 2] * row;
      const axial = p[AXIAL] + p[AXIAL + 2] * row;
      for (let column = first; column < end; column++) {
        const conic = (a * column + 2 * half) * column + rest;
        if (conic < 0) continue;
        const near = line + lineX * column + root * Math.sqrt(conic);
        const at = row * width + column;
        if (!(near > nearness[at] && near <= limit)) continue;
        const along = axial + axialX * column;
        if (along + low * near < -margin || along + high * near > margin) continue;
        if (stipple && ((column ^ row) & 1) === 1) continue;
        nearness[at] = near;
        parts[at] = part;
      }
    }
  }
}
