/** What the simulated robot and the task's own sensors publish. */
import type {
  Header,
  Pose as PoseMessage,
  Time,
  Vector3 as VectorMessage,
} from '../interfaces/graft-messages.js';
import type { Pose, Vector3 } from '../robot/pose.js';
import type { GraftNode } from '../ros/index.js';
import type { LiftState } from '../sim/lift-success.js';
import type { World } from '../sim/world.js';

/** The world frame of the simulation: the floor below the robot, x forward, z up (REP-103). */
const worldFrame = 'world';

/** The episode that a task state speaks of. */
export type TaskStep = { readonly episode_id: string; readonly step: number; readonly lift: LiftState };

/** Publishes a world's sensors with one stamp: clock, joint states, tracked frames, task state. */
export function sensorPublishers(node: GraftNode, world: World): (stamp: Time, task: TaskStep) => void {
  const clock = node.publisher('/clock', 'rosgraph_msgs/msg/Clock', 'sensor');
  const joints = node.publisher('joint_states', 'sensor_msgs/msg/JointState', 'reliable');
  const object = node.publisher('object/odometry', 'nav_msgs/msg/Odometry', 'reliable');
  const hand = node.publisher('hand/pose', 'geometry_msgs/msg/PoseStamped', 'reliable');
  const state = node.publisher('task_state', 'graft_msgs/msg/TaskState', 'reliable');
  const covariance = new Float64Array(36);
  return (stamp, { episode_id, step, lift }) => {
    const header: Header = { stamp, frame_id: worldFrame };
    clock.publish({ clock: stamp });
    joints.publish({
      header: { stamp, frame_id: '' },
      name: [...world.joints],
      position: world.jointPositions(),
      velocity: world.jointVelocities(),
      effort: world.jointEfforts(),
    });
    const moving = world.objectState();
    // The twist is in the world frame, which child_frame_id says (nav_msgs/Odometry).
    object.publish({
      header,
      child_frame_id: worldFrame,
      pose: { pose: poseMessage(moving), covariance },
      twist: { twist: { linear: vector(moving.linear), angular: vector(moving.angular) }, covariance },
    });
    hand.publish({ header, pose: poseMessage(world.handPose()) });
    const values = Float32Array.of(world.objectHeight(), lift.held);
    const [success, failure] = [lift.outcome === 'success', lift.outcome === 'failure'];
    state.publish({
      header,
      episode_id,
      step,
      success,
      failure,
      names: ['object_height', 'held_steps'],
      values,
    });
  };
}

function poseMessage({ position, orientation: [x, y, z, w] }: Pose): PoseMessage {
  return { position: vector(position), orientation: { x, y, z, w } };
}

function vector([x, y, z]: Vector3): VectorMessage {
  return { x, y, z };
}
