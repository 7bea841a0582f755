/** `expert`: the scripted demonstrator, in the place of a base policy. It sees what a policy sees. */
import {
  Episode,
  type Action,
  type JointState,
  type Observation,
  type Odometry,
} from '../interfaces/graft-messages.js';
import type { Pose } from '../robot/pose.js';
import type { NodeContext, NodeDefinition } from '../ros/index.js';
import { Expert } from '../sim/expert.js';
import { findTask } from '../sim/task.js';

type Parameters = { readonly task: string; readonly noise: boolean };

export const expert: NodeDefinition<Parameters> = {
  name: 'expert',
  create(context: NodeContext<Parameters>) {
    const { node } = context;
    const demonstrator = new Demonstrator(context);
    node.subscription('joint_states', 'sensor_msgs/msg/JointState', 'reliable', (message) =>
      demonstrator.joints(message),
    );
    node.subscription('object/odometry', 'nav_msgs/msg/Odometry', 'reliable', (message) =>
      demonstrator.object(message),
    );
    node.subscription('episode', 'graft_msgs/msg/Episode', 'latched', (message) =>
      demonstrator.episode(message),
    );
    node.subscription('observation', 'graft_msgs/msg/Observation', 'reliable', (message) =>
      demonstrator.answer(message),
    );
    return Promise.resolve({ configure: () => demonstrator.load(), cleanup: () => demonstrator.dispose() });
  },
};

class Demonstrator {
  readonly #task;
  readonly #publisher;
  readonly #seeds = new Map<string, number>();
  /** The newest sensor messages, of which the observation with the same stamp was made. */
  #joints: Float64Array | undefined;
  #object: Pose | undefined;
  #expert: Expert | undefined;
  #last: Action | undefined;

  constructor(private readonly context: NodeContext<Parameters>) {
    this.#task = findTask(context.parameters.values.task);
    this.#publisher = context.node.publisher('base_action', 'graft_msgs/msg/Action', 'reliable');
  }

  async load(): Promise<void> {
    this.#expert = await Expert.create(this.#task, { noise: this.context.parameters.values.noise });
  }

  joints({ name, position }: JointState): void {
    const byName = new Map(name.map((joint, i) => [joint, position[i]]));
    this.#joints = Float64Array.from(
      this.#task.robot.joints,
      (joint) => byName.get(joint.name) ?? joint.home,
    );
  }

  object({ pose }: Odometry): void {
    const { position: p, orientation: q } = pose.pose;
    this.#object = { position: [p.x, p.y, p.z], orientation: [q.x, q.y, q.z, q.w] };
  }

  episode({ phase, episode_id, seed }: Episode): void {
    if (phase === Episode.PHASE_RUNNING) this.#seeds.set(episode_id, Number(seed));
    else this.#seeds.delete(episode_id);
  }

  /** Answers an observation; a repeated one gets the same answer again. */
  answer({ header, episode_id, step }: Observation): void {
    const [expert, joints, object] = [this.#expert, this.#joints, this.#object];
    if (!this.context.isActive() || expert === undefined) return;
    const isSame = this.#last?.episode_id === episode_id && this.#last.step === step;
    if (isSame && this.#last !== undefined) return this.#publisher.publish(this.#last);
    if (joints === undefined || object === undefined) return;
    if (this.#last?.episode_id !== episode_id) expert.reset(this.#seeds.get(episode_id) ?? 0);
    const values = Float32Array.from(expert.act(joints, object));
    const identity = { header, episode_id, step, source: 'expert', policy_version: 0n };
    this.#last = { ...identity, joints: [...this.#task.action_joints], values, base: values, chunk_step: 0 };
    this.#publisher.publish(this.#last);
  }

  dispose(): void {
    this.#expert?.dispose();
    this.#expert = undefined;
  }
}
