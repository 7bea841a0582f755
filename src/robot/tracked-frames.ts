/** Frames whose poses a tracker, a controller or the simulator publishes. */
import type { MovingPose, Pose } from './pose.js';

/** What a frame is fixed to: a body, which is tracked with its twist, or a site (a point of a robot's link), without. */
export type FrameSpec = { readonly body: string } | { readonly site: string };

/** A frame at one instant, in the world frame; those of bodies carry their twist. */
export type TrackedFrame = Pose | MovingPose;

/** Whether a frame's twist is known. */
export function isMoving(frame: TrackedFrame): frame is MovingPose {
  return 'linear' in frame;
}

/** Whether a frame is tracked with its twist (nav_msgs/Odometry) or without (geometry_msgs/PoseStamped). */
export function isBody(spec: FrameSpec): spec is { readonly body: string } {
  return 'body' in spec;
}

/** The topic that a frame comes on: `<name>/odometry` or `<name>/pose`. */
export function frameTopic(name: string, spec: FrameSpec): string {
  return isBody(spec) ? `${name}/odometry` : `${name}/pose`;
}
