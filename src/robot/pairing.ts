/** Pairs what comes from different topics into one set of observation inputs. Pure: the caller brings stamps and times. */
import type { ObservationInputs } from './observation-spec.js';
import type { MovingPose, Pose } from './pose.js';

/** The newest of each input. Stamps in ns, reception times in s on any monotonic clock. */
type Slot<T> = { readonly value: T; readonly stamp: bigint; readonly received: number };

export type JointValues = {
  readonly positions: ReadonlyMap<string, number>;
  readonly velocities: ReadonlyMap<string, number>;
};

/** Inputs of one observation. `stale` names the inputs that were older than the bound. */
export type PairedInputs = {
  readonly inputs: ObservationInputs;
  readonly stamp: bigint;
  readonly stale: readonly string[];
};

export class InputPairing {
  #joints: Slot<JointValues> | undefined;
  #object: Slot<MovingPose> | undefined;
  #hand: Slot<Pose> | undefined;

  setJoints(value: JointValues, stamp: bigint, received: number): void {
    this.#joints = { value, stamp, received };
  }

  setObject(value: MovingPose, stamp: bigint, received: number): void {
    this.#object = { value, stamp, received };
  }

  setHand(value: Pose, stamp: bigint, received: number): void {
    this.#hand = { value, stamp, received };
  }

  /** The inputs if all carry the same stamp (lockstep), else undefined. */
  exact(): PairedInputs | undefined {
    const [joints, object, hand] = [this.#joints, this.#object, this.#hand];
    if (joints === undefined || object === undefined || hand === undefined) return undefined;
    if (joints.stamp !== object.stamp || joints.stamp !== hand.stamp) return undefined;
    return {
      inputs: { ...joints.value, object: object.value, hand: hand.value },
      stamp: joints.stamp,
      stale: [],
    };
  }

  /** The newest inputs (realtime), those received more than `maxAge` s ago named as stale; undefined until all came once. */
  latest(now: number, maxAge: number): PairedInputs | undefined {
    const [joints, object, hand] = [this.#joints, this.#object, this.#hand];
    if (joints === undefined || object === undefined || hand === undefined) return undefined;
    const ages = { joint_states: joints, 'object/odometry': object, 'hand/pose': hand };
    const stale = Object.entries(ages).flatMap(([name, { received }]) =>
      now - received > maxAge ? [name] : [],
    );
    return {
      inputs: { ...joints.value, object: object.value, hand: hand.value },
      stamp: joints.stamp,
      stale,
    };
  }
}
