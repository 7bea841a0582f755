/**
 * A scripted expert that follows the phases of a task's `demonstrator` (docs/demonstrator.md). It sees what a policy may
 * see (joint positions and tracked frames) and computes hand poses on a model of its own.
 */
import { ConfigError } from '../../config/config-error.js';
import type { Pose } from '../../robot/pose.js';
import type { RobotProfile } from '../../robot/profile.js';
import { isBody, type FrameSpec } from '../../robot/tracked-frames.js';
import { HandKinematics } from '../kinematics.js';
import { normal, seededRandom, type Random } from '../random.js';
import { gripsOf, gripTargets, type Grips } from './grip.js';
import { transition } from './phases.js';
import { aim, beginPhase, moveHands, startPlan, tick, type Plan, type View } from './plan.js';
import { reachOf, type Reach } from './reach.js';
import { handNames, type HandName } from './hand-name.js';
import type { DemonstratorSpec, HandSpec } from './spec.js';

/** What the expert needs of a task; `Task` has it all. */
export type ExpertTask = {
  readonly file: string;
  /** absolute path of the MJCF scene */
  readonly model: string;
  readonly robot: RobotProfile;
  readonly action_joints: readonly string[];
  readonly frames: Readonly<Record<string, FrameSpec>>;
  readonly demonstrator?: DemonstratorSpec;
};

/** Hands of a demonstrator in the order of the inverse kinematics, with their grips and places in joint vectors. */
export type Hands = {
  readonly names: readonly HandName[];
  readonly grips: readonly Grips[];
  /** by hand: indices of arm and grip joints among all actuated joints */
  readonly armIndices: readonly (readonly number[])[];
  readonly gripIndices: readonly (readonly number[])[];
};

export class Expert {
  readonly #hands: Hands;
  /** by action joint: index among all actuated joints, and noise deviation, rad */
  readonly #actions: readonly { readonly joint: number; readonly deviation: number }[];
  readonly #home: Float64Array;
  #random: Random = seededRandom(0);
  #plan: Plan | undefined;
  /** by hand: arm joint positions of the last inverse kinematics, rad */
  #arms: readonly Float64Array[] = [];
  #noise: Float64Array;

  private constructor(
    readonly task: ExpertTask,
    readonly spec: DemonstratorSpec,
    /** factor on the deviations of `demonstrator.noise`; 0: no noise */
    private readonly noiseScale: number,
    private readonly kinematics: HandKinematics,
  ) {
    const index = new Map(task.robot.joints.map(({ name }, i) => [name, i]));
    const indices = (names: readonly string[]): number[] => names.map((name) => index.get(name) ?? NaN);
    const hands = handsOf(spec);
    const grips = hands.map(([, hand]) => gripsOf(hand));
    const arms = hands.map(([, { arm }]) => arm);
    this.#hands = {
      names: hands.map(([name]) => name),
      grips,
      armIndices: arms.map(indices),
      gripIndices: grips.map(({ joints }) => indices(joints)),
    };
    const deviations = new Map([
      ...arms.flat().map((name) => [name, spec.noise.arm_rad] as const),
      ...grips.flatMap(({ joints }) => joints.map((name) => [name, spec.noise.hand_rad] as const)),
    ]);
    this.#actions = task.action_joints.map((name) => {
      return { joint: index.get(name) ?? NaN, deviation: deviations.get(name) ?? 0 };
    });
    this.#home = Float64Array.from(task.robot.joints, ({ home }) => home);
    this.#noise = new Float64Array(this.#actions.length);
  }

  /**
   * @param noise whether Ornstein-Uhlenbeck noise is added to the targets (`demonstrator.noise`)
   * @param noise_scale factor on its deviations
   * @throws ConfigError if the task has no demonstrator, or as `HandKinematics.create`
   */
  static async create(
    task: ExpertTask,
    { noise = false, noise_scale = 1 }: { noise?: boolean; noise_scale?: number } = {},
  ): Promise<Expert> {
    const spec = task.demonstrator;
    if (spec === undefined)
      throw new ConfigError(
        task.file,
        'demonstrator',
        'the task has none, so nothing can show how it is done',
      );
    const chains = handsOf(spec).map(([name, { frame, arm }]) => {
      const place = task.frames[frame];
      if (place === undefined || isBody(place))
        throw new ConfigError(task.file, `demonstrator.hands.${name}.frame`, `${frame} is not a site`);
      return { site: place.site, arm };
    });
    const kinematics = await HandKinematics.create(task.model, task.robot, chains);
    return new Expert(task, spec, noise ? noise_scale : 0, kinematics);
  }

  /** Starts an episode; `seed` draws the amounts that are ranges, and the noise. */
  reset(seed: number): void {
    // Objects' places come from the same seed: mixing keeps the expert's draws apart from them.
    this.#random = seededRandom(Math.imul(seed + 1, 0x9e3779b1));
    this.#plan = undefined;
  }

  /** Name of the phase that the expert is in. */
  get phase(): string {
    return this.spec.phases[this.#plan?.index ?? 0].name;
  }

  /** Phase names in order. */
  get phases(): readonly string[] {
    return this.spec.phases.map(({ name }) => name);
  }

  /**
   * Joint targets, rad, one per action joint, for one control step. Action joints of no hand stay at home.
   * @param joints positions of all actuated joints, rad, in the robot profile's order
   * @param frames poses of the task's frames in the world frame
   * @throws RangeError if a frame that a phase names is missing
   */
  act(joints: Float64Array, frames: ReadonlyMap<string, Pose>): Float64Array {
    const view = this.#look(joints, frames);
    this.#plan = moveHands(this.#advance(this.#plan ?? this.#begin(joints, view), view));
    this.#arms = this.#solve(this.#plan, this.#arms);
    const all = this.#jointTargets(this.#plan, this.#arms);
    this.#plan = tick(this.#plan);
    const targets = Float64Array.from(this.#actions, ({ joint }) => all[joint]);
    return this.noiseScale > 0 ? this.#withNoise(targets) : targets;
  }

  /**
   * How near the arms get to the targets of each phase if everything goes as planned: motion without dynamics, objects
   * where `frames` says, moving with a hand from where its grip closes on them or it carries them. Draws nothing new
   * into the present episode.
   * @param joints as in `act`, after a reset
   */
  reach(joints: Float64Array, frames: ReadonlyMap<string, Pose>): Reach[] {
    return reachOf({
      phases: this.spec.phases,
      hands: this.#hands,
      joints,
      frames,
      look: (at, seen) => this.#look(at, seen),
      solve: (plan, arms) => this.#solve(plan, arms),
    });
  }

  dispose(): void {
    this.kinematics.dispose();
  }

  #begin(joints: Float64Array, view: View): Plan {
    const { names, grips, armIndices } = this.#hands;
    this.#arms = armIndices.map((indices) => Float64Array.from(indices, (i) => joints[i]));
    this.#noise = new Float64Array(this.#actions.length);
    return startPlan(this.spec.phases, names, grips, view, this.#random);
  }

  #look(joints: Float64Array, frames: ReadonlyMap<string, Pose>): View {
    this.kinematics.setJoints(joints);
    const hands = this.#hands.names;
    return {
      frames,
      measured: hands.map((_, i) => this.kinematics.handPose(i)),
      shoulders: hands.map((_, i) => this.kinematics.shoulder(i)),
    };
  }

  #advance(plan: Plan, view: View): Plan {
    const { names, grips } = this.#hands;
    const aimed = aim(plan, view);
    const next = transition(this.spec.phases, names, aimed, view);
    if (next === undefined) return aimed;
    const jumps = aimed.jumps.map((count, i) => count + (next.lost && i === aimed.index ? 1 : 0));
    return beginPhase({ ...aimed, jumps }, next.index, grips, view);
  }

  /** Starts from the last solution, not from the measured joints, which lag behind. */
  #solve(plan: Plan, arms: readonly Float64Array[]): Float64Array[] {
    arms.forEach((arm, i) => this.kinematics.setArm(i, arm));
    return plan.hands.map(({ commanded }, i) => this.kinematics.solve(i, commanded));
  }

  /** Targets of all actuated joints, rad. */
  #jointTargets(plan: Plan, arms: readonly Float64Array[]): Float64Array {
    const { grips, armIndices, gripIndices } = this.#hands;
    const all = Float64Array.from(this.#home);
    plan.hands.forEach(({ grip }, hand) => {
      armIndices[hand].forEach((joint, i) => (all[joint] = arms[hand][i]));
      const fingers = gripTargets(grips[hand], grip);
      gripIndices[hand].forEach((joint, i) => (all[joint] = fingers[i]));
    });
    return all;
  }

  /** Ornstein-Uhlenbeck process with the given stationary deviations, sampled at control steps. */
  #withNoise(targets: Float64Array): Float64Array {
    const { correlation } = this.spec.noise;
    const innovation = Math.sqrt(1 - correlation ** 2);
    return targets.map((target, i) => {
      const deviation = this.noiseScale * this.#actions[i].deviation;
      this.#noise[i] = correlation * this.#noise[i] + innovation * deviation * normal(this.#random);
      return target + this.#noise[i];
    });
  }
}

/** Hands in the order of the file. */
function handsOf({ hands }: DemonstratorSpec): [HandName, HandSpec][] {
  const names = Object.keys(hands).filter((name): name is HandName =>
    handNames.some((known) => known === name),
  );
  return names.flatMap((name) => {
    const hand = hands[name];
    return hand === undefined ? [] : [[name, hand]];
  });
}
