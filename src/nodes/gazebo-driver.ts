/**
 * `gazebo_driver`: what Gazebo lacks of a robot's driver. It publishes `<frame>/pose` of the task's sites by forward
 * kinematics from `joint_states`, and offers `reset_task`: robot home, objects where `mujoco_sim` would put them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JointState, ResetTaskRequest, ResetTaskResponse, Time } from '../interfaces/graft-messages.js';
import { isBody, frameTopic } from '../robot/tracked-frames.js';
import type { NodeContext, NodeDefinition } from '../ros/index.js';
import { findTask, type Task } from '../sim/task.js';
import { World } from '../sim/world.js';
import { commandPublishers } from './command-publishers.js';
import { setModelPose } from './gazebo-service.js';
import { seconds } from './steady-clock.js';

type Parameters = {
  readonly task: string;
  readonly home_time: number;
  readonly home_tolerance: number;
  readonly reset_timeout: number;
};

/** How often a reset looks whether the robot has come home, s. */
const glance = 0.02;

/** Share of each joint's velocity limit that the way home may use. */
const homeSpeed = 0.25;

export const gazeboDriver: NodeDefinition<Parameters> = {
  name: 'gazebo_driver',
  create(context: NodeContext<Parameters>) {
    const { node, parameters } = context;
    const task = findTask(parameters.values.task);
    let world: World | undefined;
    let driver: GazeboDriver | undefined;
    node.subscription('joint_states', 'sensor_msgs/msg/JointState', 'reliable', (message) =>
      driver?.joints(message),
    );
    node.service(
      'reset_task',
      'graft_msgs/srv/ResetTask',
      (request) => driver?.reset(request) ?? refusal('gazebo_driver is not active'),
    );
    return Promise.resolve({
      configure: async () => {
        world = await World.create(task);
      },
      activate: () => {
        if (world !== undefined) driver = new GazeboDriver(context, task, world);
      },
      deactivate: () => {
        driver = undefined;
      },
      cleanup: () => world?.dispose(),
    });
  },
};

class GazeboDriver {
  readonly #publish;
  readonly #goTo;
  readonly #domains;
  /** Stamp of the newest joint states, whether they are home, and how long the way home takes, s. */
  #newest: { readonly stamp: Time; readonly isHome: boolean; readonly wayHome: number } | undefined;

  constructor(
    private readonly context: NodeContext<Parameters>,
    private readonly task: Task,
    private readonly world: World,
  ) {
    const { node, parameters } = context;
    const { joints } = task.robot;
    const sites = Object.entries(task.frames).filter(([, spec]) => !isBody(spec));
    this.#publish = new Map(
      sites.map(([name, spec]) => [
        name,
        node.publisher(frameTopic(name, spec), 'geometry_msgs/msg/PoseStamped', 'reliable'),
      ]),
    );
    const names = joints.map(({ name }) => name);
    this.#domains = node.publisher('domain', 'graft_msgs/msg/Domain', 'latched');
    this.#goTo = commandPublishers(node, task.robot, names, parameters.values.home_time);
  }

  /** Where the sites are with these joint positions, by the model of the scene. */
  joints({ header: { stamp }, name, position }: JointState): void {
    this.world.placeJoints(new Map(name.map((joint, i) => [joint, position[i]])));
    for (const [frame, { position: p, orientation: q }] of this.world.frames()) {
      const pose = {
        position: { x: p[0], y: p[1], z: p[2] },
        orientation: { x: q[0], y: q[1], z: q[2], w: q[3] },
      };
      this.#publish.get(frame)?.publish({ header: { stamp, frame_id: 'world' }, pose });
    }
    this.#newest = { stamp, ...this.#wayHome(name, position) };
  }

  /** Robot home first, so that it cannot push what is put down after it. */
  async reset({ seed, episode_id }: ResetTaskRequest): Promise<ResetTaskResponse> {
    const { diagnostics } = this.context;
    try {
      await this.#goHome();
      await this.#placeObjects(Number(seed));
      await sleep((1000 * this.task.reset.settle_steps) / this.task.control_rate_hz);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      diagnostics.set('reset', 'ERROR', message);
      return refusal(message);
    }
    diagnostics.set('reset', 'OK', `seed ${seed}`);
    const stamp = this.#newest?.stamp ?? { sec: 0, nanosec: 0 };
    const { variant } = this.world;
    const header = { stamp, frame_id: '' };
    this.#domains.publish({ header, episode_id, seed, variant, names: [], values: new Float64Array() });
    return { success: true, message: '', stamp };
  }

  async #goHome(): Promise<void> {
    const { home_time, reset_timeout } = this.context.parameters.values;
    const homes = Float32Array.from(this.task.robot.joints, ({ home }) => home);
    // A stamp of 0 starts the trajectory when it arrives (joint_trajectory_controller).
    const duration = Math.max(home_time, this.#newest?.wayHome ?? 0);
    this.#goTo({ header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' }, positions: homes, duration });
    const deadline = seconds() + duration + reset_timeout;
    while (this.#newest?.isHome !== true) {
      if (seconds() > deadline)
        throw new Error(this.#newest === undefined ? 'no joint_states' : 'the robot does not come home');
      await sleep(1000 * glance);
    }
  }

  async #placeObjects(seed: number): Promise<void> {
    const { task, world } = this;
    world.reset(seed);
    const poses = world.frames();
    const frames = task.variants.find(({ name }) => name === world.variant)?.frames ?? task.frames;
    for (const frame of Object.keys(task.reset.objects)) {
      const [spec, pose] = [frames[frame], poses.get(frame)];
      if (pose !== undefined && isBody(spec)) await setModelPose(task.name, spec.body, pose);
    }
  }

  /** The way home takes so long that no joint moves faster than `homeSpeed` of its limit. */
  #wayHome(
    names: readonly string[],
    positions: Float64Array,
  ): { readonly isHome: boolean; readonly wayHome: number } {
    const { home_tolerance } = this.context.parameters.values;
    const ways = this.task.robot.joints.map(({ name, home, velocity }) => {
      const distance = Math.abs(positions[names.indexOf(name)] - home);
      return { distance, time: distance / (homeSpeed * velocity) };
    });
    return {
      isHome: ways.every(({ distance }) => distance <= home_tolerance),
      wayHome: Math.max(...ways.map(({ time }) => time).filter(Number.isFinite), 0),
    };
  }
}

function refusal(message: string): ResetTaskResponse {
  return { success: false, message, stamp: { sec: 0, nanosec: 0 } };
}
