/** Subscriptions to the topics of tracked frames. */
import type {
  Odometry,
  Pose as PoseMessage,
  Vector3 as Vector3Message,
} from '../interfaces/graft-messages.js';
import type { MovingPose, Pose, Vector3 } from '../robot/pose.js';
import { rotate } from '../robot/rotation.js';
import { frameTopic, isBody, type TrackedFrame } from '../robot/tracked-frames.js';
import { nanosecondsFromTime, type GraftNode } from '../ros/index.js';
import type { Frames } from '../sim/task.js';

/** Called with every pose of a frame that arrives; `stamp` in ns. */
export type OnFrame = (name: string, frame: TrackedFrame, stamp: bigint) => void;

/** Subscribes to the named frames. @returns the topic by name */
export function subscribeFrames(
  node: GraftNode,
  frames: Frames,
  names: readonly string[],
  onFrame: OnFrame,
): Map<string, string> {
  return new Map(
    names.map((name) => {
      const spec = frames[name];
      const topic = frameTopic(name, spec);
      if (isBody(spec)) {
        node.subscription(topic, 'nav_msgs/msg/Odometry', 'reliable', (message) =>
          onFrame(name, movingPose(message), nanosecondsFromTime(message.header.stamp)),
        );
      } else {
        node.subscription(topic, 'geometry_msgs/msg/PoseStamped', 'reliable', ({ header, pose }) =>
          onFrame(name, poseOf(pose), nanosecondsFromTime(header.stamp)),
        );
      }
      return [name, topic] as const;
    }),
  );
}

function poseOf({ position: p, orientation: q }: PoseMessage): Pose {
  return { position: [p.x, p.y, p.z], orientation: [q.x, q.y, q.z, q.w] };
}

/** The twist is in the child's frame (nav_msgs/Odometry) unless `child_frame_id` says that it is in the header's. */
function movingPose({ header, child_frame_id, pose, twist: { twist } }: Odometry): MovingPose {
  const frame = poseOf(pose.pose);
  const inWorld = ({ x, y, z }: Vector3Message): Vector3 =>
    child_frame_id === header.frame_id ? [x, y, z] : rotate(frame.orientation, [x, y, z]);
  return { ...frame, linear: inWorld(twist.linear), angular: inWorld(twist.angular) };
}
