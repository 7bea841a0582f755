/** `robot_description`: the robot's URDF and its transforms, by robot_state_publisher where there is one, else by itself. */
import { ConfigError } from '../config/config-error.js';
import { amentPrefixes } from '../interfaces/definition.js';
import type { JointState, Time } from '../interfaces/graft-messages.js';
import {
  addedTransforms,
  checkProfileAgainstUrdf,
  JointFollowing,
  staticTransforms,
  type Transform,
} from '../robot/kinematic-tree.js';
import { loadRobotProfile, type RobotProfile } from '../robot/profile.js';
import { readUrdf, type Urdf } from '../robot/urdf.js';
import { nanosecondsFromTime, type NodeContext, type NodeDefinition } from '../ros/index.js';
import { findTask } from '../sim/task.js';
import { findStatePublisher, startStatePublisher, type StatePublisher } from './robot-state-publisher.js';
import { TransformPacing } from './transform-pacing.js';

type Parameters = {
  readonly task: string;
  readonly robot: string;
  readonly publisher: 'auto' | 'graft' | 'robot_state_publisher';
  readonly publish_frequency: number;
  readonly frame_prefix: string;
};

/** How long a node that already publishes the description has to be found, ms. */
const discovery = 1000;

export const robotDescription: NodeDefinition<Parameters> = {
  name: 'robot_description',
  create(context: NodeContext<Parameters>) {
    const { robot, task } = context.parameters.values;
    const profile = robot === '' ? findTask(task).robot : loadRobotProfile(robot);
    if (profile.urdf === undefined) {
      context.diagnostics.set('description', 'WARN', `${profile.file} names no urdf: nothing is published`);
      return Promise.resolve({});
    }
    const urdf = readUrdf(profile.urdf);
    checkProfileAgainstUrdf(profile, urdf);
    const description = new Description(context, profile, urdf);
    return Promise.resolve({
      activate: () => description.begin(),
      deactivate: () => description.end(),
    });
  },
};

class Description {
  readonly #text;
  readonly #static;
  readonly #moving;
  readonly #following: JointFollowing;
  readonly #pacing: TransformPacing;
  #child: StatePublisher | undefined;
  #publishes = false;

  constructor(
    private readonly context: NodeContext<Parameters>,
    private readonly profile: RobotProfile,
    private readonly urdf: Urdf,
  ) {
    const { node, parameters } = context;
    parameters.onChange(() => undefined);
    this.#text = node.publisher('robot_description', 'std_msgs/msg/String', 'latched');
    this.#static = node.publisher('/tf_static', 'tf2_msgs/msg/TFMessage', 'latched');
    this.#moving = node.publisher('/tf', 'tf2_msgs/msg/TFMessage', 'reliable');
    this.#following = new JointFollowing(urdf, profile);
    this.#pacing = new TransformPacing(parameters.values.publish_frequency);
    // Best effort: it hears every publisher and holds none up.
    node.subscription('joint_states', 'sensor_msgs/msg/JointState', 'sensor', (state) => this.#joints(state));
  }

  /** Finds out who is to publish and begins. @throws ConfigError if robot_state_publisher is asked for and not there */
  async begin(): Promise<void> {
    const { publisher } = this.context.parameters.values;
    const other = publisher === 'auto' ? await this.#otherPublisher() : undefined;
    if (other !== undefined)
      return this.#say('OK', `${other} publishes the description: this node is silent`);
    const executable = publisher === 'graft' ? undefined : findStatePublisher(amentPrefixes());
    if (executable !== undefined) return this.#startChild(executable);
    if (publisher === 'robot_state_publisher')
      throw new ConfigError('AMENT_PREFIX_PATH', 'robot_state_publisher', 'the package is not installed');
    this.#publishAll();
  }

  async end(): Promise<void> {
    this.#publishes = false;
    await this.#child?.stop();
    this.#child = undefined;
  }

  /** A node that publishes the description already, such as a robot's own bringup. */
  async #otherPublisher(): Promise<string | undefined> {
    await new Promise((resolve) => setTimeout(resolve, discovery));
    const { node } = this.context;
    return node.publishersOf(this.#text.topic).find((publisher) => publisher.node !== node.name)?.node;
  }

  #startChild(executable: string): void {
    const { node, parameters } = this.context;
    const { publish_frequency, frame_prefix } = parameters.values;
    const options = {
      executable,
      description: this.urdf.text,
      publishFrequency: publish_frequency,
      framePrefix: frame_prefix,
      useSimTime: parameters.common.use_sim_time,
      namespace: node.fullName.slice(0, -node.name.length - 1) || '/',
      argv: process.argv,
    };
    this.#child = startStatePublisher(options, (reason) => {
      node.logger.warn(`robot_state_publisher ended (${reason}): this node publishes instead`);
      this.#child = undefined;
      this.#publishAll();
    });
    this.#sendStatic(addedTransforms(this.urdf, this.profile));
    this.#say('OK', 'robot_state_publisher publishes');
  }

  #publishAll(): void {
    this.#text.publish({ data: this.urdf.text });
    this.#sendStatic(staticTransforms(this.urdf, this.profile));
    this.#publishes = true;
    this.#say('WARN', 'waiting for joint_states');
  }

  #sendStatic(transforms: readonly Transform[]): void {
    if (transforms.length > 0) this.#static.publish(this.#message(transforms, this.context.node.now()));
  }

  #joints({ header, name, position }: JointState): void {
    if (!this.#publishes || !this.#pacing.isDue(name, nanosecondsFromTime(header.stamp))) return;
    const positions = new Map(name.map((joint, i) => [joint, position[i]]));
    const transforms = this.#following.transforms(positions);
    if (transforms.length === 0) return;
    this.#moving.publish(this.#message(transforms, header.stamp));
    this.#say('OK', 'publishing', { moving_joints: transforms.length });
  }

  #message(transforms: readonly Transform[], stamp: Time): { transforms: TransformStamped[] } {
    const { frame_prefix } = this.context.parameters.values;
    return { transforms: transforms.map((transform) => stamped(transform, stamp, frame_prefix)) };
  }

  #say(level: 'OK' | 'WARN', message: string, values: Record<string, number> = {}): void {
    this.context.diagnostics.set('description', level, message, values);
  }
}

/** geometry_msgs/msg/TransformStamped. */
type TransformStamped = {
  header: { stamp: Time; frame_id: string };
  child_frame_id: string;
  transform: {
    translation: { x: number; y: number; z: number };
    rotation: { x: number; y: number; z: number; w: number };
  };
};

function stamped({ parent, child, pose }: Transform, stamp: Time, prefix: string): TransformStamped {
  const [x, y, z] = pose.position;
  const [qx, qy, qz, qw] = pose.orientation;
  return {
    header: { stamp, frame_id: prefix + parent },
    child_frame_id: prefix + child,
    transform: { translation: { x, y, z }, rotation: { x: qx, y: qy, z: qz, w: qw } },
  };
}
