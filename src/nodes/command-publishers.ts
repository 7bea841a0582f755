/** Sends joint commands to the controllers of a robot. */
import type { Header, JointTrajectory } from '../interfaces/graft-messages.js';
import { controllerCommands } from '../robot/controller-commands.js';
import type { RobotProfile } from '../robot/profile.js';
import type { GraftNode } from '../ros/index.js';

/** Absolute positions, rad, for all commanded joints, and the stamp of the observation that they answer. */
export type JointCommand = {
  readonly header: Header;
  readonly positions: Float32Array;
  /** s; the control period if not given */
  readonly duration?: number;
};

/**
 * Publishes a command for `joints` to each controller that drives some of them: one message per controller, all with
 * the same header, each with one point for its own joints.
 * @param period control period, s: `time_from_start` of a point without a duration of its own
 */
export function commandPublishers(
  node: GraftNode,
  robot: RobotProfile,
  joints: readonly string[],
  period: number,
): (command: JointCommand) => void {
  const parts = controllerCommands(robot, joints).map((part) => ({
    ...part,
    publisher: node.publisher(part.topic, part.type, 'reliable'),
  }));
  return ({ header, positions, duration = period }) => {
    for (const { publisher, joints: own, indices } of parts)
      publisher.publish(
        trajectory(
          header,
          [...own],
          Float64Array.from(indices, (i) => positions[i]),
          duration,
        ),
      );
  };
}

function trajectory(
  header: Header,
  joint_names: string[],
  positions: Float64Array,
  period: number,
): JointTrajectory {
  const none = new Float64Array();
  const time_from_start = { sec: Math.floor(period), nanosec: Math.round((period % 1) * 1e9) };
  const point = { positions, velocities: none, accelerations: none, effort: none, time_from_start };
  return { header, joint_names, points: [point] };
}
