/**
 * A surface in triangles, in its geom's frame. `positions` (n, 3) in metres, `normals` (n, 3) unit outward,
 * `triangles` (m, 3) vertex indices, anticlockwise seen from outside.
 */
export type Tessellation = {
  readonly positions: Float32Array;
  readonly normals: Float32Array;
  readonly triangles: Uint32Array;
};

/** A point of a half profile that is turned about z: radius, height, and the normal in that half plane. */
type ProfilePoint = readonly [radius: number, z: number, normalRadius: number, normalZ: number];

/** Sphere of `radius` (m); `segments` (even) points around. */
export function sphere(radius: number, segments: number): Tessellation {
  return revolve(arc(radius, 0, -Math.PI / 2, Math.PI / 2, segments / 2), segments);
}

/** Capsule along z: `radius` and half length of the cylindrical part, m (MuJoCo's size convention). */
export function capsule(radius: number, halfLength: number, segments: number): Tessellation {
  const rings = Math.max(2, segments / 4);
  const bottom = arc(radius, -halfLength, -Math.PI / 2, 0, rings);
  const top = arc(radius, halfLength, 0, Math.PI / 2, rings);
  return revolve([...bottom, ...top], segments);
}

/** Cylinder along z: `radius` and half length, m. */
export function cylinder(radius: number, halfLength: number, segments: number): Tessellation {
  const profile: ProfilePoint[] = [
    [0, -halfLength, 0, -1],
    [radius, -halfLength, 0, -1],
    [radius, -halfLength, 1, 0],
    [radius, halfLength, 1, 0],
    [radius, halfLength, 0, 1],
    [0, halfLength, 0, 1],
  ];
  return revolve(profile, segments);
}

/** Ellipsoid with the semi-axes `a`, `b`, `c`, m. */
export function ellipsoid(a: number, b: number, c: number, segments: number): Tessellation {
  const surface = sphere(1, segments);
  const axes = [a, b, c];
  for (let i = 0; i < surface.positions.length; i += 3) {
    let square = 0;
    for (let k = 0; k < 3; k++) {
      surface.positions[i + k] *= axes[k];
      surface.normals[i + k] /= axes[k];
      square += surface.normals[i + k] ** 2;
    }
    for (let k = 0; k < 3; k++) surface.normals[i + k] /= Math.sqrt(square);
  }
  return surface;
}

/** Box with the half sizes `x`, `y`, `z`, m. */
export function box(x: number, y: number, z: number): Tessellation {
  const half = [x, y, z];
  const positions: number[] = [];
  const normals: number[] = [];
  const triangles: number[] = [];
  for (let axis = 0; axis < 3; axis++) {
    for (const side of [1, -1]) {
      const first = positions.length / 3;
      for (const [u, v] of [
        [-1, -1],
        [1, -1],
        [1, 1],
        [-1, 1],
      ]) {
        const corner = [0, 0, 0];
        corner[axis] = side * half[axis];
        corner[(axis + 1) % 3] = side * u * half[(axis + 1) % 3];
        corner[(axis + 2) % 3] = v * half[(axis + 2) % 3];
        positions.push(...corner);
        normals.push(...[0, 1, 2].map((k) => (k === axis ? side : 0)));
      }
      triangles.push(first, first + 1, first + 2, first, first + 2, first + 3);
    }
  }
  return frozen(positions, normals, triangles);
}

/** The upper face of a plane with the half sizes `x`, `y`, m; 0 stands for endless, here 200 m. */
export function plane(x: number, y: number): Tessellation {
  const [a, b] = [x > 0 ? x : 200, y > 0 ? y : 200];
  return frozen(
    [-a, -b, 0, a, -b, 0, a, b, 0, -a, b, 0],
    [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1],
    [0, 1, 2, 0, 2, 3],
  );
}

/**
 * A mesh whose triangle corners index positions and normals apart, as MuJoCo stores it: `faces` and
 * `normalFaces` (m, 3). Each pair of position and normal that occurs becomes one vertex.
 */
export function mesh(
  positions: Float32Array,
  normals: Float32Array,
  faces: Int32Array,
  normalFaces: Int32Array,
): Tessellation {
  const vertexOf = new Map<number, number>();
  const outPositions: number[] = [];
  const outNormals: number[] = [];
  const triangles = new Uint32Array(faces.length);
  const normalCount = normals.length / 3;
  for (let corner = 0; corner < faces.length; corner++) {
    const [p, n] = [faces[corner], normalFaces[corner]];
    const key = p * normalCount + n;
    let vertex = vertexOf.get(key);
    if (vertex === undefined) {
      vertex = outPositions.length / 3;
      vertexOf.set(key, vertex);
      outPositions.push(positions[3 * p], positions[3 * p + 1], positions[3 * p + 2]);
      outNormals.push(normals[3 * n], normals[3 * n + 1], normals[3 * n + 2]);
    }
    triangles[corner] = vertex;
  }
  return { positions: Float32Array.from(outPositions), normals: Float32Array.from(outNormals), triangles };
}

function arc(radius: number, centre: number, from: number, to: number, steps: number): ProfilePoint[] {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = from + ((to - from) * i) / steps;
    // cos(pi / 2) is not quite 0, and a pole must be exactly one point.
    const across = Math.abs(angle) > Math.PI / 2 - 1e-9 ? 0 : Math.cos(angle);
    return [radius * across, centre + radius * Math.sin(angle), across, Math.sin(angle)];
  });
}

/** Surface of revolution about z of a profile that runs from the bottom to the top, outside to the right. */
function revolve(profile: readonly ProfilePoint[], segments: number): Tessellation {
  const positions: number[] = [];
  const normals: number[] = [];
  const triangles: number[] = [];
  profile.forEach(([radius, z, normalRadius, normalZ], ring) => {
    for (let j = 0; j < segments; j++) {
      const angle = (2 * Math.PI * j) / segments;
      positions.push(radius * Math.cos(angle), radius * Math.sin(angle), z);
      normals.push(normalRadius * Math.cos(angle), normalRadius * Math.sin(angle), normalZ);
    }
    if (ring === 0) return;
    const below = profile[ring - 1];
    if (below[0] === radius && below[1] === z) return; // a crease: two normals at one place
    for (let j = 0; j < segments; j++) {
      const [a, b] = [(ring - 1) * segments + j, (ring - 1) * segments + ((j + 1) % segments)];
      const [d, c] = [a + segments, b + segments];
      if (below[0] > 0) triangles.push(a, b, c);
      if (radius > 0) triangles.push(a, c, d);
    }
  });
  return frozen(positions, normals, triangles);
}

function frozen(positions: number[], normals: number[], triangles: number[]): Tessellation {
  return {
    positions: Float32Array.from(positions),
    normals: Float32Array.from(normals),
    triangles: Uint32Array.from(triangles),
  };
}
