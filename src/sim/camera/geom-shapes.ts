import type { MainModule, MjModel } from '@mujoco/mujoco';
import { meshSurface } from './tessellation.js';
import type { Tessellation } from './tessellation.js';
import { textureTints } from './textures.js';

/** Geoms of this visualisation group and above are collision shapes by convention and are not drawn. */
const FIRST_HIDDEN_GROUP = 3;

export type GeomKind = 'plane' | 'sphere' | 'capsule' | 'ellipsoid' | 'cylinder' | 'box' | 'mesh';

/** Smooth parts of each kind of geom; a pixel shows one of them. */
const PARTS: Readonly<Record<GeomKind, number>> = {
  plane: 1,
  sphere: 1,
  capsule: 3,
  ellipsoid: 1,
  cylinder: 3,
  box: 6,
  mesh: 1,
};

/** What a model's drawn geoms are, which no frame changes; plain data that can be sent to a thread. n geoms. */
export type GeomShapes = {
  /** (n) ids of the geoms and of their bodies in the model */
  readonly ids: Int32Array;
  readonly bodies: Int32Array;
  readonly kinds: readonly GeomKind[];
  /** (n) specular strength, 0..1 */
  readonly gloss: Float32Array;
  /** (n, 3) mean colours of the geoms' textures, r, g, b in 0..1; 1 without a texture */
  readonly tints: Float32Array;
  /** (n) surfaces of the geoms that are meshes */
  readonly meshes: readonly (Tessellation | undefined)[];
  /** (n) index of each geom's first part among all geoms' parts */
  readonly firstPart: Int32Array;
  /** (all parts) geom that each part belongs to, as an index below n */
  readonly geomOfPart: Int32Array;
};

/** The shapes of all geoms of a model that the camera draws. */
export function geomShapes(mujoco: MainModule, model: MjModel): GeomShapes {
  const kindOf = geomKinds(mujoco);
  const types = model.geom_type as Int32Array;
  const groups = model.geom_group as Int32Array;
  const drawn = Array.from(types.keys()).filter(
    (id) => kindOf.has(types[id]) && groups[id] < FIRST_HIDDEN_GROUP,
  );
  const kinds = drawn.map((id) => kindOf.get(types[id]) ?? 'sphere');
  const firstPart = new Int32Array(drawn.length);
  const geomOfPart: number[] = [];
  kinds.forEach((kind, index) => {
    firstPart[index] = geomOfPart.length;
    for (let part = 0; part < PARTS[kind]; part++) geomOfPart.push(index);
  });
  const bodies = model.geom_bodyid as Int32Array;
  return {
    ids: Int32Array.from(drawn),
    bodies: Int32Array.from(drawn, (id) => bodies[id]),
    kinds,
    gloss: readGloss(model, drawn, kinds),
    tints: textureTints(mujoco, model, drawn),
    meshes: readMeshes(model, drawn, kinds),
    firstPart,
    geomOfPart: Int32Array.from(geomOfPart),
  };
}

/** The material's specular strength, or a light gloss, less on flat faces. */
function readGloss(model: MjModel, ids: readonly number[], kinds: readonly GeomKind[]): Float32Array {
  const materials = model.geom_matid as Int32Array;
  const specular = model.mat_specular as Float32Array;
  return Float32Array.from(ids, (id, index) =>
    materials[id] >= 0 ? specular[materials[id]] : kinds[index] === 'box' ? 0.08 : 0.25,
  );
}

function readMeshes(
  model: MjModel,
  ids: readonly number[],
  kinds: readonly GeomKind[],
): (Tessellation | undefined)[] {
  const meshes = new Map<number, Tessellation>();
  const used = model.geom_dataid as Int32Array;
  return ids.map((id, index) => {
    if (kinds[index] !== 'mesh') return undefined;
    const known = meshes.get(used[id]) ?? readMesh(model, used[id]);
    meshes.set(used[id], known);
    return known;
  });
}

function readMesh(model: MjModel, id: number): Tessellation {
  const slice = <T extends Float32Array | Int32Array>(all: T, address: number, count: number): T =>
    all.subarray(3 * address, 3 * (address + count)) as T;
  const faceAddress = (model.mesh_faceadr as Int32Array)[id];
  const faceCount = (model.mesh_facenum as Int32Array)[id];
  return meshSurface(
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
}

function geomKinds(mujoco: MainModule): Map<number, GeomKind> {
  const types = mujoco.mjtGeom;
  return new Map<number, GeomKind>([
    [types.mjGEOM_PLANE.value, 'plane'],
    [types.mjGEOM_SPHERE.value, 'sphere'],
    [types.mjGEOM_CAPSULE.value, 'capsule'],
    [types.mjGEOM_ELLIPSOID.value, 'ellipsoid'],
    [types.mjGEOM_CYLINDER.value, 'cylinder'],
    [types.mjGEOM_BOX.value, 'box'],
    [types.mjGEOM_MESH.value, 'mesh'],
  ]);
}
