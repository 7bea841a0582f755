/** What the simulated robot and the task's own sensors publish. */
import type {
  Header,
  Pose as PoseMessage,
  Time,
  Vector3 as VectorMessage,
} from '../interfaces/graft-messages.js';
import type { Pose, Vector3 } from '../robot/pose.js';
import { frameTopic, isBody, isMoving, type TrackedFrame } from '../robot/tracked-frames.js';
import type { GraftNode } from '../ros/index.js';
import type { TaskJudge, Verdict } from '../sim/expression/judge.js';
import type { World } from '../sim/world.js';

/** The world frame of the simulation: the floor below the robot, x forward, z up (REP-103). */
const worldFrame = 'world';

/** The episode that a task state speaks of. */
export type TaskStep = { readonly episode_id: string; readonly step: number; readonly verdict: Verdict };

/** Publishes a world's sensors with one stamp: clock, joint states, tracked frames, task state. */
export function sensorPublishers(
  node: GraftNode,
  world: World,
  judge: TaskJudge,
): (stamp: Time, task: TaskStep) => void {
  const clock = node.publisher('/clock', 'rosgraph_msgs/msg/Clock', 'sensor');
  const joints = node.publisher('joint_states', 'sensor_msgs/msg/JointState', 'reliable');
  const publishFrames = framePublishers(node, world);
  const state = node.publisher('task_state', 'graft_msgs/msg/TaskState', 'reliable');
  const names = [...judge.names, 'stage'];
  return (stamp, { episode_id, step, verdict }) => {
    const header: Header = { stamp, frame_id: worldFrame };
    clock.publish({ clock: stamp });
    joints.publish({
      header: { stamp, frame_id: '' },
      name: [...world.joints],
      position: world.jointPositions(),
      velocity: world.jointVelocities(),
      effort: world.jointEfforts(),
    });
    publishFrames(header);
    const values = Float32Array.of(...verdict.quantities, verdict.stage);
    const [success, failure] = [verdict.outcome === 'success', verdict.outcome === 'failure'];
    state.publish({ header, episode_id, step, success, failure, names, values });
  };
}

/** One topic for each tracked frame of the task. */
function framePublishers(node: GraftNode, world: World): (header: Header) => void {
  const covariance = new Float64Array(36);
  const publishers = new Map(
    Object.entries(world.task.frames).map(([name, spec]) => {
      const topic = frameTopic(name, spec);
      if (!isBody(spec)) {
        const poses = node.publisher(topic, 'geometry_msgs/msg/PoseStamped', 'reliable');
        const publish = (header: Header, frame: TrackedFrame): void =>
          poses.publish({ header, pose: poseMessage(frame) });
        return [name, publish] as const;
      }
      const odometry = node.publisher(topic, 'nav_msgs/msg/Odometry', 'reliable');
      const publish = (header: Header, frame: TrackedFrame): void => {
        if (!isMoving(frame)) return;
        const twist = { linear: vector(frame.linear), angular: vector(frame.angular) };
        // The twist is in the world frame, which child_frame_id says (nav_msgs/Odometry).
        odometry.publish({
          header,
          child_frame_id: worldFrame,
          pose: { pose: poseMessage(frame), covariance },
          twist: { twist, covariance },
        });
      };
      return [name, publish] as const;
    }),
  );
  return (header) => world.frames().forEach((frame, name) => publishers.get(name)?.(header, frame));
}

function poseMessage({ position, orientation: [x, y, z, w] }: Pose): PoseMessage {
  return { position: vector(position), orientation: { x, y, z, w } };
}

function vector([x, y, z]: Vector3): VectorMessage {
  return { x, y, z };
}
