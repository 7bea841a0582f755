/** Which part of a joint command goes to which controller. */
import type { RobotProfile } from './profile.js';

/** One controller's part of a vector of commanded joints. */
export type ControllerCommand = {
  readonly controller: string;
  readonly topic: string;
  readonly type: 'trajectory_msgs/msg/JointTrajectory';
  readonly joints: readonly string[];
  /** where these joints are in the vector */
  readonly indices: readonly number[];
};

/**
 * The controllers that a command for `joints` goes to, in the profile's order; those that drive none of them are left
 * out. Joints keep the order of `joints`. Every joint is in exactly one of them.
 */
export function controllerCommands(profile: RobotProfile, joints: readonly string[]): ControllerCommand[] {
  return profile.controllers.flatMap(({ name, topic, type, joints: driven }) => {
    const indices = joints.flatMap((joint, i) => (driven.includes(joint) ? [i] : []));
    if (indices.length === 0) return [];
    return [{ controller: name, topic, type, joints: indices.map((i) => joints[i]), indices }];
  });
}
