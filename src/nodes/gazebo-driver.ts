/**
 * `gazebo_driver`: what Gazebo lacks of a robot's driver. It publishes `<frame>/pose` of the task's sites by forward
 * kinematics from `joint_states`, and offers `reset_task`: robot home, objects where `mujoco_sim` would put them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JointState, ResetTaskRequest, ResetTaskResponse, Time } from '../interfaces/graft-messages.js';
import { isBody, frameTopic } from '../robot/tracked-frames.js';
import type { NodeContext, NodeDefinition } from '../ros/index.js';
import { requireId } from '../sim/mujoco.js';
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
  readonly #address: ReadonlyMap<string, number>;
  readonly #publish;
  readonly #goTo;
  /** Stamp of the newest joint states, and whether they are home. */
  #newest: { readonly stamp: Time; readonly isHome: boolean } | undefined;

  constructor(
    private readonly context: NodeContext<Parameters>,
    private readonly task: Task,
    private readonly world: World,
  ) {
    const { node, parameters } = context;
    const { physics } = world;
    const addresses = physics.model.jnt_qposadr as Int32Array;
    const { joints, coupled_joints } = task.robot;
    this.#address = new Map(
      [...joints, ...coupled_joints].map(({ name }) => [
        name,
        addresses[requireId(physics, 'joint', name, task.model)],
      ]),
    );
    const sites = Object.entries(task.frames).filter(([, spec]) => !isBody(spec));
    this.#publish = new Map(
      sites.map(([name, spec]) => [
        name,
        node.publisher(frameTopic(name, spec), 'geometry_msgs/msg/PoseStamped', 'reliable'),
      ]),
    );
    const names = joints.map(({ name }) => name);
    this.#goTo = commandPublishers(node, task.robot, names, parameters.values.home_time);
  }

  /** Where the sites are with these joint positions, by the model of the scene. */
  joints({ header: { stamp }, name, position }: JointState): void {
    const { mj, model, data } = this.world.physics;
    const qpos = data.qpos as Float64Array;
    name.forEach((joint, i) => {
      const address = this.#address.get(joint);
      if (address !== undefined && Number.isFinite(position[i])) qpos[address] = position[i];
    });
    mj.mj_kinematics(model, data);
    for (const [frame, { position: p, orientation: q }] of this.world.frames()) {
      const pose = {
        position: { x: p[0], y: p[1], z: p[2] },
        orientation: { x: q[0], y: q[1], z: q[2], w: q[3] },
      };
      this.#publish.get(frame)?.publish({ header: { stamp, frame_id: 'world' }, pose });
    }
    this.#newest = { stamp, isHome: this.#isHome(name, position) };
  }

  /** Robot home first, so that it cannot push what is put down after it. */
  async reset({ seed }: ResetTaskRequest): Promise<ResetTaskResponse> {
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
    return { success: true, message: '', stamp: this.#newest?.stamp ?? { sec: 0, nanosec: 0 } };
  }

  async #goHome(): Promise<void> {
    const { home_time, reset_timeout } = this.context.parameters.values;
    const homes = Float32Array.from(this.task.robot.joints, ({ home }) => home);
    // A stamp of 0 starts the trajectory when it arrives (joint_trajectory_controller).
    this.#goTo({ header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' }, positions: homes });
    const deadline = seconds() + home_time + reset_timeout;
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

  #isHome(names: readonly string[], positions: Float64Array): boolean {
    const { home_tolerance } = this.context.parameters.values;
    return this.task.robot.joints.every(
      ({ name, home }) => Math.abs(positions[names.indexOf(name)] - home) <= home_tolerance,
    );
  }
}

function refusal(message: string): ResetTaskResponse {
  return { success: false, message, stamp: { sec: 0, nanosec: 0 } };
}
