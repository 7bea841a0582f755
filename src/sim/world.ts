/** The simulated robot and its scene: seeded resets, control steps, and what a robot's sensors would say. */
import { ConfigError } from '../config/config-error.js';
import type { MovingPose, Pose } from '../robot/pose.js';
import { disposePhysics, loadPhysics, requireId, type Physics } from './mujoco.js';
import { seededRandom, uniform } from './random.js';
import { quaternionOfMatrix, rotate } from './rotation.js';
import type { Task } from './task.js';

/** The simulation is no longer finite, or was given a target that is not. Reset the world to go on. */
export class PhysicsError extends Error {
  override readonly name = 'PhysicsError';
}

/** Joint position targets in rad: by name (the others keep theirs), or one per actuated joint. */
export type JointTargets = Readonly<Record<string, number>> | Float64Array;

type Addresses = {
  readonly joint: { readonly qpos: number; readonly dof: number; readonly actuator: number }[];
  readonly coupled: { readonly qpos: number; readonly source: number; readonly ratio: number }[];
  readonly object: { readonly qpos: number; readonly dof: number };
  readonly handSite: number;
};

export class World {
  /** Names of the actuated joints, in the order of all joint vectors. */
  readonly joints: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;
  readonly #addresses: Addresses;
  #restHeight = 0;
  #pendingSeconds = 0;

  private constructor(
    readonly task: Task,
    /** Model and state, for cameras: read only. */
    readonly physics: Physics,
  ) {
    this.joints = task.robot.joints.map((joint) => joint.name);
    this.#indices = new Map(this.joints.map((name, i) => [name, i]));
    this.#addresses = findAddresses(task, physics);
  }

  /**
   * Compiles the task's model. The world is at its reset for seed 0.
   * @throws ConfigError if the model is missing or malformed, or lacks a joint, body or site of the task
   */
  static async create(task: Task): Promise<World> {
    const physics = await loadPhysics(task.model);
    try {
      const world = new World(task, physics);
      checkRate(task, physics.model.opt.timestep);
      world.reset(0);
      return world;
    } catch (error) {
      disposePhysics(physics);
      throw error;
    }
  }

  /** Robot at home, object at a place drawn from `seed`, both at rest, time 0. The same seed gives the same bits. */
  reset(seed: number): void {
    const { mj, model, data } = this.physics;
    const { joint, coupled, object } = this.#addresses;
    mj.mj_resetData(model, data);
    const qpos = data.qpos as Float64Array;
    const ctrl = data.ctrl as Float64Array;
    this.task.robot.joints.forEach(({ home }, i) => {
      qpos[joint[i].qpos] = home;
      ctrl[joint[i].actuator] = home;
    });
    for (const { qpos: address, source, ratio } of coupled) qpos[address] = ratio * qpos[source];
    const random = seededRandom(seed);
    const { x, y, yaw, settle_steps } = this.task.reset;
    qpos[object.qpos] = uniform(random, x);
    qpos[object.qpos + 1] = uniform(random, y);
    const half = uniform(random, yaw) / 2;
    qpos.set([Math.cos(half), 0, 0, Math.sin(half)], object.qpos + 3);
    this.#pendingSeconds = 0;
    this.#substeps(settle_steps * this.task.substeps);
    data.time = 0;
    this.#restHeight = this.objectState().position[2];
  }

  /**
   * Advances one control period.
   * @throws PhysicsError if a target is not finite (the state is unchanged) or the state stops being finite
   * @throws RangeError if a vector of targets has the wrong length or a name is not a joint of the robot
   */
  step(targets: JointTargets): void {
    this.command(targets);
    this.#substeps(this.task.substeps);
  }

  /** Sets joint targets without advancing; they hold until the next command. Errors as `step`. */
  command(targets: JointTargets): void {
    const values =
      targets instanceof Float64Array ? this.#checkedVector(targets) : this.#checkedRecord(targets);
    const ctrl = this.physics.data.ctrl as Float64Array;
    for (const [index, value] of values) ctrl[this.#addresses.joint[index].actuator] = value;
  }

  /** Advances by `seconds` in whole physics steps; the remainder is carried to the next call. Errors as `step`. */
  advance(seconds: number): void {
    const { timestep } = this.physics.model.opt;
    this.#pendingSeconds += seconds;
    const count = Math.floor(this.#pendingSeconds / timestep + 1e-9);
    this.#pendingSeconds -= count * timestep;
    this.#substeps(count);
  }

  /** Simulated time since the reset, s. */
  time(): number {
    return this.physics.data.time;
  }

  /** Positions of the actuated joints, rad. */
  jointPositions(): Float64Array {
    const qpos = this.physics.data.qpos as Float64Array;
    return Float64Array.from(this.#addresses.joint, ({ qpos: address }) => qpos[address]);
  }

  /** Velocities of the actuated joints, rad/s. */
  jointVelocities(): Float64Array {
    const qvel = this.physics.data.qvel as Float64Array;
    return Float64Array.from(this.#addresses.joint, ({ dof }) => qvel[dof]);
  }

  /** Torques that the actuators exert, without gravity compensation, N m. */
  jointEfforts(): Float64Array {
    const torque = this.physics.data.qfrc_actuator as Float64Array;
    return Float64Array.from(this.#addresses.joint, ({ dof }) => torque[dof]);
  }

  /** The object's pose and twist, all in the world frame. */
  objectState(): MovingPose {
    const { qpos: q, dof } = this.#addresses.object;
    const qpos = this.physics.data.qpos as Float64Array;
    const qvel = this.physics.data.qvel as Float64Array;
    const orientation = [qpos[q + 4], qpos[q + 5], qpos[q + 6], qpos[q + 3]] as const;
    return {
      position: [qpos[q], qpos[q + 1], qpos[q + 2]],
      orientation,
      linear: [qvel[dof], qvel[dof + 1], qvel[dof + 2]],
      // MuJoCo gives a free joint's angular velocity in the body's own frame.
      angular: rotate(orientation, [qvel[dof + 3], qvel[dof + 4], qvel[dof + 5]]),
    };
  }

  /** How far the object is above its place of rest at the reset, m. */
  objectHeight(): number {
    return this.objectState().position[2] - this.#restHeight;
  }

  /** Pose of the task's hand site in the world frame. */
  handPose(): Pose {
    const { data } = this.physics;
    const site = this.#addresses.handSite;
    const [x, y, z] = (data.site_xpos as Float64Array).subarray(3 * site, 3 * site + 3);
    const matrix = (data.site_xmat as Float64Array).subarray(9 * site, 9 * site + 9);
    return { position: [x, y, z], orientation: quaternionOfMatrix(matrix) };
  }

  /** Frees the simulation's memory. The world must not be used afterwards. */
  dispose(): void {
    disposePhysics(this.physics);
  }

  #substeps(count: number): void {
    const { mj, model, data } = this.physics;
    for (let i = 0; i < count; i++) mj.mj_step(model, data);
    // Poses of sites and bodies lag one physics step behind the joints until they are computed again.
    mj.mj_kinematics(model, data);
    for (const value of data.qvel as Float64Array) {
      if (!Number.isFinite(value))
        throw new PhysicsError(
          `simulation of ${this.task.name} is not finite at t = ${data.time.toFixed(3)} s`,
        );
    }
  }

  #checkedVector(targets: Float64Array): [number, number][] {
    if (targets.length !== this.joints.length)
      throw new RangeError(`${targets.length} joint targets for ${this.joints.length} joints`);
    return Array.from(targets, (value, i) => [i, this.#finite(value, this.joints[i])]);
  }

  #checkedRecord(targets: Readonly<Record<string, number>>): [number, number][] {
    return Object.entries(targets).map(([name, value]) => {
      const index = this.#indices.get(name);
      if (index === undefined) throw new RangeError(`robot ${this.task.robot.name} has no joint ${name}`);
      return [index, this.#finite(value, name)];
    });
  }

  #finite(value: number, joint: string): number {
    if (!Number.isFinite(value)) throw new PhysicsError(`target of ${joint} is ${value}`);
    return value;
  }
}

function findAddresses(task: Task, physics: Physics): Addresses {
  const { model, mj } = physics;
  const qposOf = (id: number): number => (model.jnt_qposadr as Int32Array)[id];
  const dofOf = (id: number): number => (model.jnt_dofadr as Int32Array)[id];
  const jointId = (name: string): number => requireId(physics, 'joint', name, task.model);
  const joint = task.robot.joints.map(({ name }) => {
    const id = jointId(name);
    return { qpos: qposOf(id), dof: dofOf(id), actuator: requireId(physics, 'actuator', name, task.model) };
  });
  const coupled = task.robot.coupled_joints.map(({ name, follows, ratio }) => ({
    qpos: qposOf(jointId(name)),
    source: qposOf(jointId(follows)),
    ratio,
  }));
  const body = requireId(physics, 'body', task.object_body, task.model);
  const free = (model.body_jntadr as Int32Array)[body];
  if (free < 0 || (model.jnt_type as Int32Array)[free] !== mj.mjtJoint.mjJNT_FREE.value)
    throw new ConfigError(task.model, task.object_body, 'the object needs a free joint');
  return {
    joint,
    coupled,
    object: { qpos: qposOf(free), dof: dofOf(free) },
    handSite: requireId(physics, 'site', task.hand_site, task.model),
  };
}

function checkRate(task: Task, timestep: number): void {
  const rate = 1 / (task.substeps * timestep);
  if (Math.abs(rate / task.control_rate_hz - 1) > 1e-6)
    throw new ConfigError(
      task.file,
      'control_rate_hz',
      `is ${task.control_rate_hz}, but ${task.substeps} substeps of ${timestep} s make ${rate}`,
    );
}
