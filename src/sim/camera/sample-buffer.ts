/** A picture being drawn: per sample what is nearest, row-major from the top left. */
export type SampleBuffer = {
  readonly width: number;
  readonly height: number;
  /** Larger is nearer: see `View`. */
  readonly nearness: Float32Array;
  /** Part of a geom that is seen, plus one; 0 for none. */
  readonly parts: Int32Array;
  /** (samples, 3) world normals, not of unit length, where a mesh is seen. */
  readonly normals: Float32Array;
};

/** @param meshes whether meshes will be drawn for shading: else there is no room for their normals. */
export function sampleBuffer(width: number, height: number, meshes: boolean): SampleBuffer {
  const samples = width * height;
  return {
    width,
    height,
    nearness: new Float32Array(samples),
    parts: new Int32Array(samples),
    normals: new Float32Array(meshes ? 3 * samples : 0),
  };
}

/** Empties the buffer; `farthest` is the nearness of what is infinitely far. */
export function clear(buffer: SampleBuffer, farthest: number): void {
  buffer.nearness.fill(farthest);
  buffer.parts.fill(0);
}
