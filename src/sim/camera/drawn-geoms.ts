import type { MainModule, MjModel } from '@mujoco/mujoco';
import { box, capsule, cylinder, ellipsoid, mesh, plane, sphere } from './tessellation.js';
import type { Tessellation } from './tessellation.js';

/** Geoms of this visualisation group and above are collision shapes by convention and are not drawn. */
const FIRST_HIDDEN_GROUP = 3;

/** Points around a round shape, from coarse to fine; the chord's sag stays below half a pixel. */
const SEGMENTS = [8, 16, 28, 48];
const RADIUS_LIMITS = [5, 25, 80]; // px

type Kind = 'plane' | 'sphere' | 'capsule' | 'ellipsoid' | 'cylinder' | 'box' | 'mesh';

type Shape = {
  readonly kind: Kind;
  readonly levels: (Tessellation | undefined)[];
  readonly size: Float64Array;
};

/**
 * The geoms of a model that the camera draws, with their surfaces cached in metres. Sizes and colours are
 * read from the model each frame, so changing them at run time (domain randomisation) shows.
 */
export class DrawnGeoms {
  /** Model ids of the drawn geoms. */
  readonly ids: readonly number[];
  readonly #shapes: readonly Shape[];
  readonly #meshes = new Map<number, Tessellation>();
  readonly #model: MjModel;
  #sizes: Float64Array = new Float64Array();
  #radii: Float64Array = new Float64Array();
  #colours: Float32Array = new Float32Array();

  constructor(mujoco: MainModule, model: MjModel) {
    this.#model = model;
    const kinds = geomKinds(mujoco);
    const types = model.geom_type as Int32Array;
    const groups = model.geom_group as Int32Array;
    const ids: number[] = [];
    const shapes: Shape[] = [];
    for (let id = 0; id < types.length; id++) {
      const kind = kinds.get(types[id]);
      if (kind === undefined || groups[id] >= FIRST_HIDDEN_GROUP) continue;
      ids.push(id);
      shapes.push({ kind, levels: [], size: new Float64Array(3) });
    }
    this.ids = ids;
    this.#shapes = shapes;
    this.refresh();
  }

  /** Reads the model's arrays anew: their views go stale when WebAssembly memory grows. Call once a frame. */
  refresh(): void {
    this.#sizes = this.#model.geom_size as Float64Array;
    this.#radii = this.#model.geom_rbound as Float64Array;
    this.#colours = this.#model.geom_rgba as Float32Array;
  }

  /** Radius (m) of a ball about the geom's centre that holds drawn geom `index`; 0 for a plane: no bound. */
  bound(index: number): number {
    return this.#radii[this.ids[index]];
  }

  /** Whether drawn geom `index` is a plane, which gets the checker pattern and casts no shadow. */
  isPlane(index: number): boolean {
    return this.#shapes[index].kind === 'plane';
  }

  /** Surface of drawn geom `index`, fine enough for a radius of `radius` pixels. */
  surface(index: number, radius: number): Tessellation {
    const shape = this.#shapes[index];
    this.#forgetOtherSize(index, shape);
    let level = 0;
    if (isRound(shape.kind)) while (level < RADIUS_LIMITS.length && radius > RADIUS_LIMITS[level]) level++;
    let surface = shape.levels[level];
    if (surface === undefined) {
      surface = this.#build(this.ids[index], shape, SEGMENTS[level]);
      shape.levels[level] = surface;
    }
    return surface;
  }

  /** The radius (m) that decides how finely drawn geom `index` must be cut: that of its roundest part. */
  curvature(index: number): number {
    const at = 3 * this.ids[index];
    const first = this.#sizes[at];
    if (this.#shapes[index].kind !== 'ellipsoid') return first;
    return Math.max(first, this.#sizes[at + 1], this.#sizes[at + 2]);
  }

  /**
   * Writes the colour (r, g, b, a in 0..1) of drawn geom `index` to `into` from `offset` on: its own rgba, or
   * its material's when its own is MuJoCo's default grey, as MuJoCo's visualiser has it.
   */
  readColour(index: number, into: Float32Array, offset: number): void {
    const id = this.ids[index];
    const own = this.#colours;
    const material = (this.#model.geom_matid as Int32Array)[id];
    const grey =
      own[4 * id] === 0.5 && own[4 * id + 1] === 0.5 && own[4 * id + 2] === 0.5 && own[4 * id + 3] === 1;
    const source = material >= 0 && grey ? (this.#model.mat_rgba as Float32Array) : own;
    const at = 4 * (source === own ? id : material);
    for (let k = 0; k < 4; k++) into[offset + k] = source[at + k];
  }

  /** Specular strength, 0..1, of drawn geom `index`: its material's, or a light gloss, less on flat faces. */
  gloss(index: number): number {
    const material = (this.#model.geom_matid as Int32Array)[this.ids[index]];
    if (material >= 0) return (this.#model.mat_specular as Float32Array)[material];
    return this.#shapes[index].kind === 'box' ? 0.08 : 0.25;
  }

  #forgetOtherSize(index: number, shape: Shape): void {
    const size = this.#sizes;
    const at = 3 * this.ids[index];
    if (shape.size[0] === size[at] && shape.size[1] === size[at + 1] && shape.size[2] === size[at + 2])
      return;
    for (let k = 0; k < 3; k++) shape.size[k] = size[at + k];
    shape.levels.length = 0;
  }

  #build(id: number, { kind, size }: Shape, segments: number): Tessellation {
    const [a, b, c] = size;
    switch (kind) {
      case 'plane':
        return plane(a, b);
      case 'sphere':
        return sphere(a, segments);
      case 'capsule':
        return capsule(a, b, segments);
      case 'ellipsoid':
        return ellipsoid(a, b, c, segments);
      case 'cylinder':
        return cylinder(a, b, segments);
      case 'box':
        return box(a, b, c);
      case 'mesh':
        return this.#mesh((this.#model.geom_dataid as Int32Array)[id]);
    }
  }

  #mesh(id: number): Tessellation {
    const known = this.#meshes.get(id);
    if (known !== undefined) return known;
    const model = this.#model;
    const slice = <T extends Float32Array | Int32Array>(all: T, address: number, count: number): T =>
      all.subarray(3 * address, 3 * (address + count)) as T;
    const faceAddress = (model.mesh_faceadr as Int32Array)[id];
    const faceCount = (model.mesh_facenum as Int32Array)[id];
    const built = mesh(
      slice(
        model.mesh_vert as Float32Array,
        (model.mesh_vertadr as Int32Array)[id],
        (model.mesh_vertnum as Int32Array)[id],
      ),
      slice(
        model.mesh_normal as Float32Array,
        (model.mesh_normaladr as Int32Array)[id],
        (model.mesh_normalnum as Int32Array)[id],
      ),
      slice(model.mesh_face as Int32Array, faceAddress, faceCount),
      slice(model.mesh_facenormal as Int32Array, faceAddress, faceCount),
    );
    this.#meshes.set(id, built);
    return built;
  }
}

function isRound(kind: Kind): boolean {
  return kind !== 'plane' && kind !== 'box' && kind !== 'mesh';
}

function geomKinds(mujoco: MainModule): Map<number, Kind> {
  const types = mujoco.mjtGeom;
  return new Map<number, Kind>([
    [types.mjGEOM_PLANE.value, 'plane'],
    [types.mjGEOM_SPHERE.value, 'sphere'],
    [types.mjGEOM_CAPSULE.value, 'capsule'],
    [types.mjGEOM_ELLIPSOID.value, 'ellipsoid'],
    [types.mjGEOM_CYLINDER.value, 'cylinder'],
    [types.mjGEOM_BOX.value, 'box'],
    [types.mjGEOM_MESH.value, 'mesh'],
  ]);
}
