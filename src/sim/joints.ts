/** The robot's joints in a simulation: where they are, and what they are told. */
import type { RobotProfile } from '../robot/profile.js';
import { positionActuator, requireId, type Physics } from './mujoco.js';

/** The simulation is no longer finite, or was given a target that is not. Reset the world to go on. */
export class PhysicsError extends Error {
  override readonly name = 'PhysicsError';
}

/** Joint position targets in rad: by name (the others keep theirs), or one per actuated joint. */
export type JointTargets = Readonly<Record<string, number>> | Float64Array;

type Addresses = { readonly qpos: number; readonly dof: number; readonly actuator: number };

/** Vectors have one element per actuated joint, in the order of the robot's profile. */
export class Joints {
  readonly names: readonly string[];
  /** Home positions, rad. */
  readonly home: Float64Array;
  readonly #addresses: readonly Addresses[];
  readonly #coupled: readonly { readonly qpos: number; readonly source: number; readonly ratio: number }[];
  readonly #indices: ReadonlyMap<string, number>;

  /** @throws ConfigError if the model lacks a joint or its actuator */
  constructor(
    private readonly physics: Physics,
    private readonly robot: RobotProfile,
    file: string,
  ) {
    const { model } = physics;
    const jointId = (name: string): number => requireId(physics, 'joint', name, file);
    const qposOf = (name: string): number => (model.jnt_qposadr as Int32Array)[jointId(name)];
    this.names = robot.joints.map(({ name }) => name);
    this.home = Float64Array.from(robot.joints, ({ home }) => home);
    this.#addresses = this.names.map((name) => ({
      qpos: qposOf(name),
      dof: (model.jnt_dofadr as Int32Array)[jointId(name)],
      actuator: positionActuator(physics, name, file),
    }));
    this.#coupled = robot.coupled_joints.map(({ name, follows, ratio }) => ({
      qpos: qposOf(name),
      source: qposOf(follows),
      ratio,
    }));
    this.#indices = new Map(this.names.map((name, i) => [name, i]));
  }

  /** Puts the joints somewhere, coupled ones with them, and tells them to stay there; rad. */
  place(positions: Float64Array): void {
    const qpos = this.physics.data.qpos as Float64Array;
    this.#addresses.forEach((joint, i) => (qpos[joint.qpos] = positions[i]));
    for (const { qpos: address, source, ratio } of this.#coupled) qpos[address] = ratio * qpos[source];
    this.drive(positions);
  }

  /** Puts named joints somewhere, coupled ones too, without telling them to stay; rad. Other names are ignored. */
  placeNamed(positions: ReadonlyMap<string, number>): void {
    const qpos = this.physics.data.qpos as Float64Array;
    const addresses = [
      ...this.#addresses.map(({ qpos: address }) => address),
      ...this.#coupled.map(({ qpos: address }) => address),
    ];
    const names = [...this.names, ...this.robot.coupled_joints.map(({ name }) => name)];
    names.forEach((name, i) => {
      const position = positions.get(name);
      if (position !== undefined && Number.isFinite(position)) qpos[addresses[i]] = position;
    });
  }

  /** Sets the actuators' targets, rad. */
  drive(targets: Float64Array): void {
    const ctrl = this.physics.data.ctrl as Float64Array;
    this.#addresses.forEach(({ actuator }, i) => (ctrl[actuator] = targets[i]));
  }

  /** rad */
  positions(): Float64Array {
    const qpos = this.physics.data.qpos as Float64Array;
    return Float64Array.from(this.#addresses, ({ qpos: address }) => qpos[address]);
  }

  /** rad/s */
  velocities(): Float64Array {
    const qvel = this.physics.data.qvel as Float64Array;
    return Float64Array.from(this.#addresses, ({ dof }) => qvel[dof]);
  }

  /** Torques that the actuators exert, without gravity compensation, N m. */
  efforts(): Float64Array {
    const torque = this.physics.data.qfrc_actuator as Float64Array;
    return Float64Array.from(this.#addresses, ({ dof }) => torque[dof]);
  }

  /**
   * `previous` with new targets written over it, rad.
   * @throws PhysicsError if a target is not finite
   * @throws RangeError if a vector has the wrong length or a name is not a joint of the robot
   */
  withTargets(previous: Float64Array, targets: JointTargets): Float64Array {
    if (targets instanceof Float64Array) {
      if (targets.length !== this.names.length)
        throw new RangeError(`${targets.length} joint targets for ${this.names.length} joints`);
      return targets.map((value, i) => finite(value, this.names[i]));
    }
    const merged = previous.slice();
    for (const [name, value] of Object.entries(targets)) {
      const index = this.#indices.get(name);
      if (index === undefined) throw new RangeError(`robot ${this.robot.name} has no joint ${name}`);
      merged[index] = finite(value, name);
    }
    return merged;
  }
}

function finite(value: number, joint: string): number {
  if (!Number.isFinite(value)) throw new PhysicsError(`target of ${joint} is ${value}`);
  return value;
}
