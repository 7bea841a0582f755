/** `expert`: the scripted demonstrator, in the place of a base policy. It sees what a policy sees. */
import { Episode, type Action, type JointState, type Observation } from '../interfaces/graft-messages.js';
import type { TrackedFrame } from '../robot/tracked-frames.js';
import { nanosecondsFromTime, type NodeContext, type NodeDefinition } from '../ros/index.js';
import { Expert } from '../sim/expert/expert.js';
import { findTask } from '../sim/task.js';
import { subscribeFrames } from './frame-subscriptions.js';

type Parameters = { readonly task: string; readonly noise: boolean };

/** The newest message of a sensor and its stamp, ns. */
type Stamped<T> = { readonly value: T; readonly stamp: bigint };

export const expert: NodeDefinition<Parameters> = {
  name: 'expert',
  create(context: NodeContext<Parameters>) {
    const { node } = context;
    const demonstrator = new Demonstrator(context);
    node.subscription('joint_states', 'sensor_msgs/msg/JointState', 'reliable', (message) =>
      demonstrator.joints(message),
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
  #joints: Stamped<Float64Array> | undefined;
  readonly #frames = new Map<string, Stamped<TrackedFrame>>();
  readonly #frameNames: readonly string[];
  /** An observation that came before the sensors or the episode that belong to it. */
  #waiting: Observation | undefined;
  #expert: Expert | undefined;
  #last: Action | undefined;

  constructor(private readonly context: NodeContext<Parameters>) {
    this.#task = findTask(context.parameters.values.task);
    this.#publisher = context.node.publisher('base_action', 'graft_msgs/msg/Action', 'history');
    this.#frameNames = Object.keys(this.#task.frames);
    subscribeFrames(context.node, this.#task.frames, this.#frameNames, (name, value, stamp) => {
      this.#frames.set(name, { value, stamp });
      this.#tryAgain();
    });
  }

  async load(): Promise<void> {
    this.#expert = await Expert.create(this.#task, { noise: this.context.parameters.values.noise });
  }

  joints({ header, name, position }: JointState): void {
    const byName = new Map(name.map((joint, i) => [joint, position[i]]));
    const value = Float64Array.from(this.#task.robot.joints, (joint) => byName.get(joint.name) ?? joint.home);
    this.#joints = { value, stamp: nanosecondsFromTime(header.stamp) };
    this.#tryAgain();
  }

  episode({ phase, episode_id, seed }: Episode): void {
    if (phase === Episode.PHASE_RUNNING) this.#seeds.set(episode_id, Number(seed));
    else this.#seeds.delete(episode_id);
    this.#tryAgain();
  }

  /** Answers an observation once the sensors it was made of and its episode are known; a repeated one as before. */
  answer(observation: Observation): void {
    const { header, episode_id, step } = observation;
    const [expert, joints] = [this.#expert, this.#joints];
    if (!this.context.isActive() || expert === undefined) return;
    const isSame = this.#last?.episode_id === episode_id && this.#last.step === step;
    if (isSame && this.#last !== undefined) return this.#publisher.publish(this.#last);
    this.#waiting = observation;
    const stamp = nanosecondsFromTime(header.stamp);
    const seed = this.#seeds.get(episode_id);
    if (joints === undefined || seed === undefined || joints.stamp < stamp) return;
    const frames = this.#framesAt(stamp);
    if (frames === undefined) return;
    this.#waiting = undefined;
    if (this.#last?.episode_id !== episode_id) expert.reset(seed);
    const values = Float32Array.from(expert.act(joints.value, frames));
    const identity = { header, episode_id, step, source: 'expert', policy_version: 0n };
    const proposal = { joints: [...this.#task.action_joints], values, base: values, chunk_step: 0 };
    this.#last = { ...identity, ...proposal, features: new Float32Array() };
    this.#publisher.publish(this.#last);
  }

  /** All frames, once none is older than the stamp [ns]. */
  #framesAt(stamp: bigint): Map<string, TrackedFrame> | undefined {
    const frames = new Map<string, TrackedFrame>();
    for (const name of this.#frameNames) {
      const frame = this.#frames.get(name);
      if (frame === undefined || frame.stamp < stamp) return undefined;
      frames.set(name, frame.value);
    }
    return frames;
  }

  #tryAgain(): void {
    if (this.#waiting !== undefined) this.answer(this.#waiting);
  }

  dispose(): void {
    this.#expert?.dispose();
    this.#expert = undefined;
  }
}
