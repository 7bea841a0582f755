/** `expert`: the scripted demonstrator, in the place of a base policy. It sees what a policy sees. */
import { Episode, type Action } from '../interfaces/graft-messages.js';
import type { Pose } from '../robot/pose.js';
import type { NodeContext, NodeDefinition } from '../ros/index.js';
import { Expert } from '../sim/expert.js';
import { findTask } from '../sim/task.js';

type Parameters = { readonly task: string; readonly noise: boolean };

/** The newest sensor messages, which the observation with the same stamp was made of. */
type Sensed = { joints?: Float64Array; object?: Pose };

export const expert: NodeDefinition<Parameters> = {
  name: 'expert',
  create({ node, parameters, isActive }: NodeContext<Parameters>) {
    const task = findTask(parameters.values.task);
    const publisher = node.publisher('base_action', 'graft_msgs/msg/Action', 'reliable');
    const sensed: Sensed = {};
    const seeds = new Map<string, number>();
    let demonstrator: Expert | undefined;
    let last: Action | undefined;

    node.subscription('joint_states', 'sensor_msgs/msg/JointState', 'reliable', ({ name, position }) => {
      const byName = new Map(name.map((joint, i) => [joint, position[i]]));
      const values = Float64Array.from(task.robot.joints, (joint) => byName.get(joint.name) ?? joint.home);
      sensed.joints = values;
    });
    node.subscription('object/odometry', 'nav_msgs/msg/Odometry', 'reliable', ({ pose }) => {
      const { position: p, orientation: q } = pose.pose;
      sensed.object = { position: [p.x, p.y, p.z], orientation: [q.x, q.y, q.z, q.w] };
    });
    node.subscription('episode', 'graft_msgs/msg/Episode', 'latched', ({ phase, episode_id, seed }) => {
      if (phase === Episode.PHASE_RUNNING) seeds.set(episode_id, Number(seed));
      else seeds.delete(episode_id);
    });
    node.subscription(
      'observation',
      'graft_msgs/msg/Observation',
      'reliable',
      ({ header, episode_id, step }) => {
        if (!isActive() || demonstrator === undefined) return;
        if (last?.episode_id === episode_id && last.step === step) return publisher.publish(last);
        if (sensed.joints === undefined || sensed.object === undefined) return;
        if (last?.episode_id !== episode_id) demonstrator.reset(seeds.get(episode_id) ?? 0);
        const values = Float32Array.from(demonstrator.act(sensed.joints, sensed.object));
        const joints = [...task.action_joints];
        last = {
          header,
          episode_id,
          step,
          source: 'expert',
          policy_version: 0n,
          joints,
          values,
          base: values,
          chunk_step: 0,
        };
        publisher.publish(last);
      },
    );
    return Promise.resolve({
      configure: async () => {
        demonstrator = await Expert.create(task, { noise: parameters.values.noise });
      },
      cleanup: () => demonstrator?.dispose(),
    });
  },
};
