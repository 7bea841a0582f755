/** Inverse kinematics of hands on a model of one's own, by damped least squares on the sites' Jacobians. */
import { lusolve } from 'mathjs';
import type { DoubleBuffer } from '@mujoco/mujoco';
import type { RobotProfile } from '../robot/profile.js';
import type { Pose, Vector3 } from '../robot/pose.js';
import { disposePhysics, loadPhysics, requireId, type Physics } from './mujoco.js';
import { quaternionOfMatrix, rotationBetween } from './rotation.js';

const iterations = 8;
/** lambda squared: trades accuracy near singular poses for bounded joint motion. */
const damping = 1e-4;
/** Metres that a radian of orientation error counts as. */
const rotationWeight = 0.3;

/** A site and the joints that the inverse kinematics moves to bring it somewhere. */
export type HandChain = { readonly site: string; readonly arm: readonly string[] };

type Column = {
  readonly id: number;
  readonly qpos: number;
  readonly dof: number;
  readonly lower: number;
  readonly upper: number;
};
type Chain = { readonly site: number; readonly arm: readonly Column[] };

/**
 * Forward and inverse kinematics of one or several hands, which are numbered in the order of `chains`. Holds its own
 * model: it shares nothing with a simulator.
 */
export class HandKinematics {
  readonly #physics: Physics;
  readonly #joints: readonly Column[];
  readonly #chains: readonly Chain[];
  readonly #positionJacobian: DoubleBuffer;
  readonly #rotationJacobian: DoubleBuffer;

  private constructor(physics: Physics, file: string, robot: RobotProfile, chains: readonly HandChain[]) {
    const { model, mj } = physics;
    this.#physics = physics;
    this.#joints = robot.joints.map(({ name, lower, upper }) => {
      const id = requireId(physics, 'joint', name, file);
      const qpos = (model.jnt_qposadr as Int32Array)[id];
      return { id, qpos, dof: (model.jnt_dofadr as Int32Array)[id], lower, upper };
    });
    this.#chains = chains.map(({ site, arm }) => ({
      site: requireId(physics, 'site', site, file),
      arm: arm.map((name) => this.#joints[robot.joints.findIndex((joint) => joint.name === name)]),
    }));
    this.#positionJacobian = new mj.DoubleBuffer(3 * model.nv);
    this.#rotationJacobian = new mj.DoubleBuffer(3 * model.nv);
  }

  /**
   * @param file MJCF model
   * @param chains sites, and for each the joints of `robot` that move it
   * @throws ConfigError if the model is malformed or lacks a joint or a site
   */
  static async create(
    file: string,
    robot: RobotProfile,
    chains: readonly HandChain[],
  ): Promise<HandKinematics> {
    const physics = await loadPhysics(file, { robot });
    try {
      return new HandKinematics(physics, file, robot, chains);
    } catch (error) {
      disposePhysics(physics);
      throw error;
    }
  }

  /** Takes over the positions of all actuated joints, rad, in the profile's order. */
  setJoints(positions: Float64Array): void {
    const qpos = this.#physics.data.qpos as Float64Array;
    this.#joints.forEach((joint, i) => (qpos[joint.qpos] = positions[i]));
  }

  /** Takes over the positions of one hand's arm joints only, rad. */
  setArm(hand: number, positions: ArrayLike<number>): void {
    const qpos = this.#physics.data.qpos as Float64Array;
    this.#chains[hand].arm.forEach((joint, i) => (qpos[joint.qpos] = positions[i]));
  }

  /** Pose of a hand's site in the world frame at the present joint positions. */
  handPose(hand: number): Pose {
    const { mj, model, data } = this.#physics;
    mj.mj_kinematics(model, data);
    const { site } = this.#chains[hand];
    const p = (data.site_xpos as Float64Array).subarray(3 * site, 3 * site + 3);
    const matrix = (data.site_xmat as Float64Array).slice(9 * site, 9 * site + 9);
    return { position: [p[0], p[1], p[2]], orientation: quaternionOfMatrix(matrix) };
  }

  /** Where the axis of the arm's first joint is at the present joint positions, world frame, m. */
  shoulder(hand: number): Vector3 {
    const { mj, model, data } = this.#physics;
    mj.mj_kinematics(model, data);
    const { id } = this.#chains[hand].arm[0];
    const [x, y, z] = (data.xanchor as Float64Array).subarray(3 * id, 3 * id + 3);
    return [x, y, z];
  }

  /**
   * Arm joint positions, rad, that bring a hand near `target`, starting from the present ones, within limits:
   * dq = J^T (J J^T + lambda^2 I)^-1 e (Wampler 1986), with orientation rows weighted. They become the present ones.
   */
  solve(hand: number, target: Pose): Float64Array {
    for (let i = 0; i < iterations; i++) this.#iterate(hand, target);
    const qpos = this.#physics.data.qpos as Float64Array;
    return Float64Array.from(this.#chains[hand].arm, (joint) => qpos[joint.qpos]);
  }

  dispose(): void {
    this.#positionJacobian.delete();
    this.#rotationJacobian.delete();
    disposePhysics(this.#physics);
  }

  #iterate(hand: number, target: Pose): void {
    const pose = this.handPose(hand);
    const turn = rotationBetween(pose.orientation, target.orientation);
    const error = [
      ...target.position.map((value, i) => value - pose.position[i]),
      ...turn.map((value) => value * rotationWeight),
    ];
    const jacobian = this.#jacobian(this.#chains[hand]);
    const normal = jacobian.map((row, i) =>
      jacobian.map((other, j) => dot(row, other) + (i === j ? damping : 0)),
    );
    const solution = (lusolve(normal, error) as number[][]).map(([value]) => value);
    const qpos = this.#physics.data.qpos as Float64Array;
    this.#chains[hand].arm.forEach(({ qpos: address, lower, upper }, k) => {
      const delta = jacobian.reduce((sum, row, i) => sum + row[k] * solution[i], 0);
      qpos[address] = Math.min(upper, Math.max(lower, qpos[address] + delta));
    });
  }

  /** Rows: position x, y, z, weighted rotation x, y, z; columns: the arm's joints. */
  #jacobian({ site, arm }: Chain): number[][] {
    const { mj, model, data } = this.#physics;
    mj.mj_comPos(model, data);
    mj.mj_jacSite(model, data, this.#positionJacobian, this.#rotationJacobian, site);
    const position = this.#positionJacobian.GetView() as Float64Array;
    const rotation = this.#rotationJacobian.GetView() as Float64Array;
    const row = (view: Float64Array, i: number, weight: number): number[] =>
      arm.map(({ dof }) => weight * view[i * model.nv + dof]);
    return [0, 1, 2]
      .map((i) => row(position, i, 1))
      .concat([0, 1, 2].map((i) => row(rotation, i, rotationWeight)));
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
