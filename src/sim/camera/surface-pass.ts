import type { CameraPose } from './camera-model.js';
import type { DrawnGeoms } from './drawn-geoms.js';
import { drawSurface, STRIDE, VIEW } from './rasteriser.js';
import type { SurfaceBuffer } from './rasteriser.js';
import type { GeomPoses, Perspective, VertexStage } from './vertex-stage.js';

/** Nothing nearer than this is drawn, m. Small, because a wrist camera looks past its own fingers. */
const NEAR = 0.005;

/** Geoms fainter than `INVISIBLE` are left out, those fainter than `OPAQUE` are stippled. */
export const INVISIBLE = 0.1;
export const OPAQUE = 0.85;

/** Colour of each drawn geom, (n, 4): r, g, b, a in 0..1. */
export type Colours = Float32Array;

/** Draws all geoms into `target`, which it clears first: per pixel 1/z, normal and geom index plus one. */
export function drawSurfaces(
  geoms: DrawnGeoms,
  colours: Colours,
  poses: GeomPoses,
  pose: CameraPose,
  projection: Perspective,
  stage: VertexStage,
  target: SurfaceBuffer,
): void {
  target.nearness.fill(0);
  target.geom.fill(0);
  for (let index = 0; index < geoms.ids.length; index++) {
    const alpha = colours[4 * index + 3];
    if (alpha < INVISIBLE) continue;
    stage.setFrame(poses, geoms.ids[index], pose);
    if (outside(stage, geoms.bound(index), projection, target)) continue;
    const distance = Math.max(stage.origin(2) - geoms.bound(index), NEAR);
    const surface = geoms.surface(index, (geoms.curvature(index) * projection.fy) / distance);
    stage.load(surface);
    drawTriangles(
      stage,
      surface.triangles,
      surface.positions.length / 3,
      projection,
      target,
      index + 1,
      alpha < OPAQUE,
    );
  }
}

/** Whether a ball of `radius` about the frame's origin lies wholly outside the image; 0 means no bound. */
function outside(stage: VertexStage, radius: number, p: Perspective, target: SurfaceBuffer): boolean {
  if (radius <= 0) return false;
  const z = stage.origin(2);
  if (z + radius < NEAR) return true;
  const beyond = (k: number, focal: number, low: number, high: number): boolean => {
    // Signed distances to the two side planes of the view, along axis k.
    const x = stage.origin(k);
    return (
      (focal * x + low * z) / Math.hypot(focal, low) < -radius ||
      (high * z - focal * x) / Math.hypot(focal, high) < -radius
    );
  };
  return beyond(0, p.fx, p.cx, target.width - p.cx) || beyond(1, p.fy, p.cy, target.height - p.cy);
}

function drawTriangles(
  stage: VertexStage,
  triangles: Uint32Array,
  vertexCount: number,
  projection: Perspective,
  target: SurfaceBuffer,
  geom: number,
  stipple: boolean,
): void {
  const v = stage.vertices;
  for (let at = 0; at < STRIDE * vertexCount; at += STRIDE) {
    if (v[at + VIEW + 2] >= NEAR) stage.projectPerspective(at, projection);
  }
  for (let i = 0; i < triangles.length; i += 3) {
    const a = STRIDE * triangles[i];
    const b = STRIDE * triangles[i + 1];
    const c = STRIDE * triangles[i + 2];
    const inside =
      Number(v[a + VIEW + 2] >= NEAR) + Number(v[b + VIEW + 2] >= NEAR) + Number(v[c + VIEW + 2] >= NEAR);
    if (inside === 3) drawSurface(target, v, a, b, c, geom, stipple);
    else if (inside > 0) {
      const clipped = stage.clip([a, b, c], NEAR, projection);
      const first = Math.floor(clipped / 8);
      drawSurface(target, v, first, first + STRIDE, first + 2 * STRIDE, geom, stipple);
      if (clipped % 8 === 4)
        drawSurface(target, v, first, first + 2 * STRIDE, first + 3 * STRIDE, geom, stipple);
    }
  }
}
