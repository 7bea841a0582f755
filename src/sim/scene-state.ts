/** What success expressions and checks may ask of a simulated scene, at one instant. */
import type { Pose, Vector3 } from '../robot/pose.js';

/**
 * A place is a frame of the task, a hand of the robot or a body of the model, looked up in that order; names are checked
 * when an expression is compiled, so that reading cannot fail.
 */
export type SceneState = {
  /** since the reset, s */
  readonly time: number;
  /** Pose of a place in the world frame. */
  pose(place: string): Pose;
  /** Velocity of a place's origin and its angular velocity, in world coordinates, m/s and rad/s. */
  velocity(place: string): { readonly linear: Vector3; readonly angular: Vector3 };
  /** Position that a place had at the reset, after settling, world frame, m. */
  rest(place: string): Vector3;
  /** Contact points between two places, each with everything that hangs on it. Both are bodies or hands. */
  contacts(a: string, b: string): number;
  /** Position of an actuated joint, rad. */
  joint(name: string): number;
};

/** The names that expressions of a task may use. */
export type SceneNames = {
  readonly places: readonly string[];
  /** places that can touch: bodies, hands, and frames that are bodies */
  readonly bodies: readonly string[];
  readonly joints: readonly string[];
};
