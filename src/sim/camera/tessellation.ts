/**
 * A surface in triangles, in its geom's frame. `positions` (n, 3) in metres, `normals` (n, 3) unit outward,
 * `triangles` (m, 3) vertex indices, anticlockwise seen from outside.
 */
export type Tessellation = {
  readonly positions: Float32Array;
  readonly normals: Float32Array;
  readonly triangles: Uint32Array;
};

/** Box with the half sizes `x`, `y`, `z`, m: two triangles a face; faces +x, -x, +y, -y, +z, -z. */
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
export function meshSurface(
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

function frozen(positions: number[], normals: number[], triangles: number[]): Tessellation {
  return {
    positions: Float32Array.from(positions),
    normals: Float32Array.from(normals),
    triangles: Uint32Array.from(triangles),
  };
}
