/**
 * A scripted expert that lifts an object: hover above it, descend, close the hand, lift. It sees what a policy may see
 * (joint positions and the object's pose) and computes hand poses on a model of its own.
 */
import type { Pose, Quaternion, Vector3 } from '../robot/pose.js';
import { HandKinematics } from './kinematics.js';
import { normal, seededRandom, uniform, type Random } from './random.js';
import { multiply, quaternionOfVector, rotate, rotationBetween } from './rotation.js';
import type { DemonstratorParameters, Task } from './task.js';

export type ExpertPhase = 'hover' | 'descend' | 'close' | 'lift';

type Plan = {
  readonly hoverHeight: number;
  phase: ExpertPhase;
  /** control steps since the hand began to close */
  closing: number;
  /** pose that the hand is told to be at */
  commanded: Pose;
  /** arm joint positions of the last inverse kinematics, rad */
  arm: Float64Array;
  /** where the object was grasped, world frame */
  grasp: Pose;
  readonly noise: Float64Array;
};

export class Expert {
  readonly #parameters: DemonstratorParameters;
  readonly #open: Float64Array;
  readonly #closed: Float64Array;
  readonly #armIndices: readonly number[];
  #random: Random = seededRandom(0);
  #plan: Plan | undefined;

  private constructor(
    readonly task: Task,
    /** joints that the inverse kinematics moves: the action's joints that the open hand does not name */
    readonly armJoints: readonly string[],
    readonly noisy: boolean,
    private readonly kinematics: HandKinematics,
  ) {
    const { open_hand: open, closed_hand: closed } = task.demonstrator;
    this.#parameters = task.demonstrator;
    const hand = task.action_joints.slice(armJoints.length);
    this.#open = Float64Array.from(hand, (name) => open[name]);
    this.#closed = Float64Array.from(hand, (name) => closed[name] ?? open[name]);
    this.#armIndices = armJoints.map((name) => task.robot.joints.findIndex((joint) => joint.name === name));
  }

  /**
   * @param noise whether Ornstein-Uhlenbeck noise is added to the targets (`demonstrator.noise`)
   * @throws ConfigError as `HandKinematics.create`
   */
  static async create(task: Task, { noise = false }: { noise?: boolean } = {}): Promise<Expert> {
    const arm = task.action_joints.filter((name) => !(name in task.demonstrator.open_hand));
    const kinematics = await HandKinematics.create(task.model, task.robot, arm, task.hand_site);
    return new Expert(task, arm, noise, kinematics);
  }

  /** Starts an episode; `seed` draws the hover height and the noise. */
  reset(seed: number): void {
    // The object's place comes from the same seed: mixing keeps the expert's draws apart from it.
    this.#random = seededRandom(Math.imul(seed + 1, 0x9e3779b1));
    this.#plan = undefined;
  }

  /** What the expert is doing. */
  get phase(): ExpertPhase {
    return this.#plan?.phase ?? 'hover';
  }

  /**
   * Joint targets, rad, one per action joint, for one control step.
   * @param joints positions of all actuated joints, rad, in the robot profile's order
   * @param object pose in the world frame
   */
  act(joints: Float64Array, object: Pose): Float64Array {
    this.kinematics.setJoints(joints);
    const measured = this.kinematics.handPose();
    const plan = (this.#plan ??= this.#begin(joints, measured, object));
    this.#advancePhase(plan, measured, object);
    const goal = this.#goal(plan);
    plan.commanded = moveTowards(
      plan.commanded,
      goal,
      this.#stepLength(plan),
      this.#parameters.turn_step_rad,
    );
    this.kinematics.setArm(plan.arm);
    plan.arm = this.kinematics.solve(plan.commanded);
    const targets = Float64Array.of(...plan.arm, ...this.#handTargets(plan));
    return this.noisy ? this.#withNoise(targets, plan.noise) : targets;
  }

  dispose(): void {
    this.kinematics.dispose();
  }

  #begin(joints: Float64Array, measured: Pose, object: Pose): Plan {
    return {
      hoverHeight: uniform(this.#random, this.#parameters.hover_height_m),
      phase: 'hover',
      closing: 0,
      commanded: measured,
      arm: Float64Array.from(this.#armIndices, (i) => joints[i]),
      grasp: graspPose(object, this.#parameters),
      noise: new Float64Array(this.task.action_joints.length),
    };
  }

  #advancePhase(plan: Plan, measured: Pose, object: Pose): void {
    const p = this.#parameters;
    if (plan.phase === 'hover' || plan.phase === 'descend') plan.grasp = graspPose(object, p);
    if (plan.phase === 'hover' && distance(measured, this.#goal(plan)) < p.hover_tolerance_m)
      plan.phase = 'descend';
    else if (plan.phase === 'descend' && distance(measured, plan.grasp) < p.descend_tolerance_m)
      plan.phase = 'close';
    else if (plan.phase === 'close' && ++plan.closing >= p.close_wait_steps) plan.phase = 'lift';
  }

  #goal({ phase, grasp, hoverHeight }: Plan): Pose {
    const heights = { hover: hoverHeight, descend: 0, close: 0, lift: this.#parameters.lift_height_m };
    const [x, y, z] = grasp.position;
    return { position: [x, y, z + heights[phase]], orientation: grasp.orientation };
  }

  #stepLength({ phase }: Plan): number {
    const p = this.#parameters;
    return phase === 'hover' ? p.hover_step_m : phase === 'lift' ? p.lift_step_m : p.descend_step_m;
  }

  #handTargets({ phase, closing }: Plan): Float64Array {
    const inHand = phase === 'close' || phase === 'lift';
    const closed = inHand ? Math.min(1, (closing + 1) / this.#parameters.close_steps) : 0;
    return this.#open.map((open, i) => open + closed * (this.#closed[i] - open));
  }

  /** Ornstein-Uhlenbeck process with the given stationary deviations, sampled at control steps. */
  #withNoise(targets: Float64Array, noise: Float64Array): Float64Array {
    const { arm_rad, hand_rad, correlation } = this.#parameters.noise;
    const innovation = Math.sqrt(1 - correlation ** 2);
    return targets.map((target, i) => {
      const deviation = i < this.armJoints.length ? arm_rad : hand_rad;
      noise[i] = correlation * noise[i] + innovation * deviation * normal(this.#random);
      return target + noise[i];
    });
  }
}

/** Hand pose for a grasp: turned with the object's nearest face, so that the hand never turns more than 45 degrees. */
function graspPose(object: Pose, parameters: DemonstratorParameters): Pose {
  const [ax, ay] = rotate(object.orientation, [1, 0, 0]);
  const yaw = Math.atan2(ay, ax);
  const face = yaw - (Math.PI / 2) * Math.round(yaw / (Math.PI / 2));
  const upright: Quaternion = quaternionOfVector([0, 0, face]);
  const offset = rotate(upright, parameters.grasp_offset_m);
  const orientation = multiply(
    quaternionOfVector([0, 0, face + parameters.hand_yaw_rad]),
    quaternionOfVector([0, parameters.hand_pitch_rad, 0]),
  );
  const [x, y, z] = object.position;
  return { position: [x + offset[0], y + offset[1], z + offset[2]], orientation };
}

/** `from` moved to `to` by at most `length` m and `angle` rad. */
function moveTowards(from: Pose, to: Pose, length: number, angle: number): Pose {
  const share = Math.min(1, length / Math.max(distance(from, to), 1e-9));
  const turn = rotationBetween(from.orientation, to.orientation);
  const part = Math.min(1, angle / Math.max(Math.hypot(...turn), 1e-9));
  const scaled: Vector3 = [turn[0] * part, turn[1] * part, turn[2] * part];
  const [x, y, z] = from.position;
  const [tx, ty, tz] = to.position;
  return {
    position: [x + share * (tx - x), y + share * (ty - y), z + share * (tz - z)],
    orientation: multiply(quaternionOfVector(scaled), from.orientation),
  };
}

function distance(a: Pose, b: Pose): number {
  return Math.hypot(...a.position.map((value, i) => value - b.position[i]));
}
