/** What imperfect sensors say of a simulated robot: encoders that are off, and noise. */
import type { Quaternion, Vector3 } from '../../robot/pose.js';
import type { TrackedFrame } from '../../robot/tracked-frames.js';
import { normal, seededRandom, type Random } from '../random.js';
import { multiply, quaternionOfVector } from '../../robot/rotation.js';
import { domainValue, emptyDomain, noiseSeedName, type Domain } from './domain.js';
import type { FrameNoiseSpec } from './spec.js';

/** One control step's readings; joint vectors in the order of the robot's joints. */
export type Readings = {
  /** rad */
  readonly positions: Float64Array;
  /** rad/s */
  readonly velocities: Float64Array;
  /** world frame */
  readonly frames: ReadonlyMap<string, TrackedFrame>;
};

/**
 * Turns true states into readings. The noise follows from the domain's `noise.seed` and the number of calls since
 * `reset`, so call `measure` exactly once per control step, the state after the reset included.
 */
export class SensorModel {
  readonly #offsets: Float64Array;
  #biased = false;
  #random: Random | undefined;
  #position = 0;
  #velocity = 0;
  #frameNoise: ReadonlyMap<string, FrameNoiseSpec> = new Map();

  /**
   * @param joints names of the robot's joints, in the order of all joint vectors
   * @param frames names of the task's frames
   */
  constructor(
    private readonly joints: readonly string[],
    private readonly frames: readonly string[],
  ) {
    this.#offsets = new Float64Array(joints.length);
  }

  /** Takes the offsets and deviations of a domain and starts its noise; without one the sensors are perfect. */
  reset(domain: Domain = emptyDomain): void {
    const value = (name: string): number => domainValue(domain, name, 0);
    this.joints.forEach((joint, i) => (this.#offsets[i] = value(`joint_offset.${joint}`)));
    this.#biased = this.#offsets.some((offset) => offset !== 0);
    this.#position = value('noise.joint_position');
    this.#velocity = value('noise.joint_velocity');
    this.#frameNoise = new Map(
      this.frames.map((frame) => [
        frame,
        {
          position_m: value(`noise.${frame}.position`),
          rotation_rad: value(`noise.${frame}.rotation`),
          velocity_m_s: value(`noise.${frame}.velocity`),
          angular_velocity_rad_s: value(`noise.${frame}.angular_velocity`),
        },
      ]),
    );
    const noisy = domain.names.includes(noiseSeedName);
    this.#random = noisy ? seededRandom(value(noiseSeedName)) : undefined;
  }

  /**
   * True joint targets (or home positions) behind commanded ones, rad: command minus offset, since the servo sees
   * the encoder that is off.
   * @returns `commanded` itself where all offsets are 0
   */
  executed(commanded: Float64Array): Float64Array {
    if (!this.#biased) return commanded;
    return commanded.map((target, i) => target - this.#offsets[i]);
  }

  /**
   * The readings of one control step. A turn's noise is a rotation vector in the world frame.
   * @returns `truth` itself where the sensors are perfect
   */
  measure(truth: Readings): Readings {
    const random = this.#random;
    if (!this.#biased && random === undefined) return truth;
    const positions = truth.positions.map((position, i) => position + this.#offsets[i]);
    if (random === undefined) return { ...truth, positions };
    return {
      positions: positions.map((position) => position + deviate(random, this.#position)),
      velocities: truth.velocities.map((velocity) => velocity + deviate(random, this.#velocity)),
      frames: new Map(
        Array.from(truth.frames, ([name, frame]) => [
          name,
          noisyFrame(frame, this.#frameNoise.get(name), random),
        ]),
      ),
    };
  }
}

function noisyFrame(frame: TrackedFrame, noise: FrameNoiseSpec | undefined, random: Random): TrackedFrame {
  if (noise === undefined) return frame;
  const position = noisyVector(frame.position, noise.position_m, random);
  const orientation = noisyOrientation(frame.orientation, noise.rotation_rad, random);
  if (!('linear' in frame)) return { position, orientation };
  return {
    position,
    orientation,
    linear: noisyVector(frame.linear, noise.velocity_m_s, random),
    angular: noisyVector(frame.angular, noise.angular_velocity_rad_s, random),
  };
}

function noisyVector([x, y, z]: Vector3, deviation: number, random: Random): Vector3 {
  return [x + deviate(random, deviation), y + deviate(random, deviation), z + deviate(random, deviation)];
}

function noisyOrientation(orientation: Quaternion, deviation: number, random: Random): Quaternion {
  if (deviation === 0) return orientation;
  return multiply(quaternionOfVector(noisyVector([0, 0, 0], deviation, random)), orientation);
}

function deviate(random: Random, deviation: number): number {
  return deviation === 0 ? 0 : deviation * normal(random);
}
