/** Inverse kinematics of a hand on a model of one's own, by damped least squares on the site's Jacobian. */
import { lusolve } from 'mathjs';
import type { DoubleBuffer } from '@mujoco/mujoco';
import type { RobotProfile } from '../robot/profile.js';
import type { Pose } from '../robot/pose.js';
import { disposePhysics, loadPhysics, requireId, type Physics } from './mujoco.js';
import { quaternionOfMatrix, rotationBetween } from './rotation.js';

const iterations = 8;
/** lambda squared: trades accuracy near singular poses for bounded joint motion. */
const damping = 1e-4;
/** Metres that a radian of orientation error counts as. */
const rotationWeight = 0.3;

type Column = { readonly qpos: number; readonly dof: number; readonly lower: number; readonly upper: number };

/** Forward and inverse kinematics of one site, moved by `arm`. Holds its own model: it shares nothing with a simulator. */
export class HandKinematics {
  readonly #physics: Physics;
  readonly #joints: readonly Column[];
  readonly #arm: readonly Column[];
  readonly #site: number;
  readonly #positionJacobian: DoubleBuffer;
  readonly #rotationJacobian: DoubleBuffer;

  private constructor(
    physics: Physics,
    file: string,
    robot: RobotProfile,
    arm: readonly string[],
    site: string,
  ) {
    const { model, mj } = physics;
    this.#physics = physics;
    this.#joints = robot.joints.map(({ name, lower, upper }) => {
      const id = requireId(physics, 'joint', name, file);
      const qpos = (model.jnt_qposadr as Int32Array)[id];
      return { qpos, dof: (model.jnt_dofadr as Int32Array)[id], lower, upper };
    });
    this.#arm = arm.map((name) => this.#joints[robot.joints.findIndex((joint) => joint.name === name)]);
    this.#site = requireId(physics, 'site', site, file);
    this.#positionJacobian = new mj.DoubleBuffer(3 * model.nv);
    this.#rotationJacobian = new mj.DoubleBuffer(3 * model.nv);
  }

  /**
   * @param file MJCF model
   * @param arm joints that the inverse kinematics moves
   * @param site the hand
   * @throws ConfigError if the model is malformed or lacks a joint or the site
   */
  static async create(
    file: string,
    robot: RobotProfile,
    arm: readonly string[],
    site: string,
  ): Promise<HandKinematics> {
    return new HandKinematics(await loadPhysics(file), file, robot, arm, site);
  }

  /** Takes over the positions of all actuated joints, rad, in the profile's order. */
  setJoints(positions: Float64Array): void {
    const qpos = this.#physics.data.qpos as Float64Array;
    this.#joints.forEach((joint, i) => (qpos[joint.qpos] = positions[i]));
  }

  /** Takes over the positions of the arm's joints only, rad. */
  setArm(positions: ArrayLike<number>): void {
    const qpos = this.#physics.data.qpos as Float64Array;
    this.#arm.forEach((joint, i) => (qpos[joint.qpos] = positions[i]));
  }

  /** Pose of the hand in the world frame at the present joint positions. */
  handPose(): Pose {
    const { mj, model, data } = this.#physics;
    mj.mj_kinematics(model, data);
    const p = (data.site_xpos as Float64Array).subarray(3 * this.#site, 3 * this.#site + 3);
    const matrix = (data.site_xmat as Float64Array).slice(9 * this.#site, 9 * this.#site + 9);
    return { position: [p[0], p[1], p[2]], orientation: quaternionOfMatrix(matrix) };
  }

  /**
   * Arm joint positions, rad, that bring the hand near `target`, starting from the present ones, within limits:
   * dq = J^T (J J^T + lambda^2 I)^-1 e (Wampler 1986), with orientation rows weighted.
   */
  solve(target: Pose): Float64Array {
    for (let i = 0; i < iterations; i++) this.#iterate(target);
    const qpos = this.#physics.data.qpos as Float64Array;
    return Float64Array.from(this.#arm, (joint) => qpos[joint.qpos]);
  }

  dispose(): void {
    this.#positionJacobian.delete();
    this.#rotationJacobian.delete();
    disposePhysics(this.#physics);
  }

  #iterate(target: Pose): void {
    const hand = this.handPose();
    const turn = rotationBetween(hand.orientation, target.orientation);
    const error = [
      ...target.position.map((value, i) => value - hand.position[i]),
      ...turn.map((value) => value * rotationWeight),
    ];
    const jacobian = this.#jacobian();
    const normal = jacobian.map((row, i) =>
      jacobian.map((other, j) => dot(row, other) + (i === j ? damping : 0)),
    );
    const solution = (lusolve(normal, error) as number[][]).map(([value]) => value);
    const qpos = this.#physics.data.qpos as Float64Array;
    this.#arm.forEach(({ qpos: address, lower, upper }, k) => {
      const delta = jacobian.reduce((sum, row, i) => sum + row[k] * solution[i], 0);
      qpos[address] = Math.min(upper, Math.max(lower, qpos[address] + delta));
    });
  }

  /** Rows: position x, y, z, weighted rotation x, y, z; columns: the arm's joints. */
  #jacobian(): number[][] {
    const { mj, model, data } = this.#physics;
    mj.mj_comPos(model, data);
    mj.mj_jacSite(model, data, this.#positionJacobian, this.#rotationJacobian, this.#site);
    const position = this.#positionJacobian.GetView() as Float64Array;
    const rotation = this.#rotationJacobian.GetView() as Float64Array;
    const row = (view: Float64Array, i: number, weight: number): number[] =>
      this.#arm.map(({ dof }) => weight * view[i * model.nv + dof]);
    return [0, 1, 2]
      .map((i) => row(position, i, 1))
      .concat([0, 1, 2].map((i) => row(rotation, i, rotationWeight)));
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
