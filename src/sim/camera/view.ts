import { emptyCameraPose } from './camera-model.js';
import type { CameraIntrinsics, CameraPose } from './camera-model.js';

/** Nothing nearer than this to an eye is drawn, m. Small, because a wrist camera looks past its own fingers. */
export const NEAR = 0.005;

/**
 * A picture's rays, in the world's frame. The ray of the pixel centre (column, row) is
 * `varying = base + column * across + row * down` combined with `fixed`: in perspective all rays share their origin
 * (`fixed`, m) and vary in direction; seen from infinity they share their direction and vary in origin. How near a
 * point is, for hiding what lies behind, is 1 / depth in perspective and -depth from infinity: both linear on the
 * screen for points of a plane, and larger when nearer. Depth is along `forward`.
 */
export type View = {
  readonly parallel: boolean;
  /** Screen x right, y down, and depth, of the frame that the vertices of triangles are moved into. */
  pose: CameraPose;
  /** Pixels a metre at depth 1 m in perspective, or at any depth; the optical axis' place, pixel centres at halves. */
  scaleX: number;
  scaleY: number;
  centreX: number;
  centreY: number;
  readonly fixed: Float64Array;
  readonly base: Float64Array;
  readonly across: Float64Array;
  readonly down: Float64Array;
};

export function emptyView(parallel: boolean): View {
  const vector = (): Float64Array => new Float64Array(3);
  const rays = { fixed: vector(), base: vector(), across: vector(), down: vector() };
  return { parallel, pose: emptyCameraPose(), scaleX: 1, scaleY: 1, centreX: 0, centreY: 0, ...rays };
}

/** Points a perspective view at what a camera sees, with `samples` x `samples` samples a pixel. */
export function setPerspective(
  view: View,
  pose: CameraPose,
  { fx, fy, cx, cy }: CameraIntrinsics,
  samples: number,
): void {
  view.pose = pose;
  view.scaleX = fx * samples;
  view.scaleY = fy * samples;
  view.centreX = (cx + 0.5) * samples;
  view.centreY = (cy + 0.5) * samples;
  setRays(view, pose.forward);
  view.fixed.set(pose.position);
}

/** Points a view from infinity along `view.pose.forward`, whose origin is the world's: `scale` pixels a metre. */
export function setParallel(view: View, scale: number, centreX: number, centreY: number): void {
  view.scaleX = scale;
  view.scaleY = scale;
  view.centreX = centreX;
  view.centreY = centreY;
  setRays(view, [0, 0, 0]);
  view.fixed.set(view.pose.forward);
}

function setRays(view: View, centre: ArrayLike<number>): void {
  const { right, down } = view.pose;
  for (let k = 0; k < 3; k++) {
    view.across[k] = right[k] / view.scaleX;
    view.down[k] = down[k] / view.scaleY;
    view.base[k] = centre[k] + (0.5 - view.centreX) * view.across[k] + (0.5 - view.centreY) * view.down[k];
  }
}
