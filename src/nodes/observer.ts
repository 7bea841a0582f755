/** `observer`: joint states and tracked frames in, one observation per control step out. */
import { Episode, type Odometry, type Pose as PoseMessage } from '../interfaces/graft-messages.js';
import { buildObservation, observationNames } from '../robot/observation-spec.js';
import { InputPairing, type PairedInputs } from '../robot/pairing.js';
import type { MovingPose, Pose } from '../robot/pose.js';
import {
  nanosecondsFromTime,
  timeFromNanoseconds,
  type NodeContext,
  type NodeDefinition,
} from '../ros/index.js';
import type { ClockMode } from './clock-mode.js';
import { findTask } from '../sim/task.js';

type Parameters = { readonly task: string; readonly clock: ClockMode; readonly max_age: number };

/** The running episode: its start in ns, and the steps observed so far in realtime. */
type Running = { readonly id: string; readonly start: bigint; next: number };

export const observer: NodeDefinition<Parameters> = {
  name: 'observer',
  create({ node, parameters, diagnostics, isActive }: NodeContext<Parameters>) {
    const { task: taskName, clock } = parameters.values;
    parameters.onChange(() => undefined);
    const task = findTask(taskName);
    const names = observationNames(task.observation);
    const period = BigInt(Math.round(1e9 / task.control_rate_hz));
    const pairing = new InputPairing();
    const publisher = node.publisher('observation', 'graft_msgs/msg/Observation', 'reliable');
    let running: Running | undefined;

    const publish = (paired: PairedInputs, episode_id: string, step: number): void => {
      const state = buildObservation(task.observation, paired.inputs);
      const stale_inputs = [...paired.stale];
      const header = { stamp: timeFromNanoseconds(paired.stamp), frame_id: 'base_link' };
      publisher.publish({
        header,
        episode_id,
        step,
        names,
        state,
        stale: stale_inputs.length > 0,
        stale_inputs,
      });
      if (stale_inputs.length > 0) diagnostics.set('inputs', 'WARN', `stale: ${stale_inputs.join(', ')}`);
      else diagnostics.set('inputs', 'OK', 'fresh');
    };
    const observeExact = (): void => {
      const paired = clock === 'lockstep' && isActive() ? pairing.exact() : undefined;
      if (paired === undefined || running === undefined || paired.stamp < running.start) return;
      publish(paired, running.id, Number((paired.stamp - running.start) / period));
    };
    const observeLatest = (): void => {
      if (!isActive() || running === undefined) return;
      const paired = pairing.latest(performance.now() / 1000, parameters.values.max_age);
      if (paired === undefined)
        diagnostics.set('inputs', 'WARN', 'waiting for joint_states, object/odometry, hand/pose');
      else publish(paired, running.id, running.next++);
    };

    node.subscription(
      'joint_states',
      'sensor_msgs/msg/JointState',
      'reliable',
      ({ header, name, position, velocity }) => {
        const positions = new Map(name.map((joint, i) => [joint, position[i]]));
        const velocities = new Map(name.map((joint, i) => [joint, velocity[i]]));
        pairing.setJoints(
          { positions, velocities },
          nanosecondsFromTime(header.stamp),
          performance.now() / 1000,
        );
        observeExact();
      },
    );
    node.subscription('object/odometry', 'nav_msgs/msg/Odometry', 'reliable', (message) => {
      pairing.setObject(
        movingPose(message),
        nanosecondsFromTime(message.header.stamp),
        performance.now() / 1000,
      );
      observeExact();
    });
    node.subscription('hand/pose', 'geometry_msgs/msg/PoseStamped', 'reliable', ({ header, pose }) => {
      pairing.setHand(poseOf(pose), nanosecondsFromTime(header.stamp), performance.now() / 1000);
      observeExact();
    });
    node.subscription(
      'episode',
      'graft_msgs/msg/Episode',
      'latched',
      ({ phase, episode_id, start_stamp }) => {
        running =
          phase === Episode.PHASE_RUNNING
            ? { id: episode_id, start: nanosecondsFromTime(start_stamp), next: 0 }
            : undefined;
        observeExact();
      },
    );
    if (clock === 'realtime') node.timer(1 / task.control_rate_hz, observeLatest);
    return Promise.resolve({});
  },
};

function poseOf({ position: p, orientation: q }: PoseMessage): Pose {
  return { position: [p.x, p.y, p.z], orientation: [q.x, q.y, q.z, q.w] };
}

/** graft's odometry has its twist in the header's frame (world), as `mujoco_sim` says by child_frame_id. */
function movingPose({ pose, twist: { twist } }: Odometry): MovingPose {
  const { linear, angular } = twist;
  return {
    ...poseOf(pose.pose),
    linear: [linear.x, linear.y, linear.z],
    angular: [angular.x, angular.y, angular.z],
  };
}
