/** Pairs what comes from different topics into one set of observation inputs. Pure: the caller brings stamps and times. */
import type { ObservationInputs } from './observation-spec.js';
import type { TrackedFrame } from './tracked-frames.js';

/** The newest of each input. Stamps in ns, reception times in s on any monotonic clock. */
type Slot<T> = { readonly value: T; readonly stamp: bigint; readonly received: number };

export type JointValues = {
  readonly positions: ReadonlyMap<string, number>;
  readonly velocities: ReadonlyMap<string, number>;
};

/** Inputs of one observation. `stale` names the topics whose input was older than the bound. */
export type PairedInputs = {
  readonly inputs: ObservationInputs;
  readonly stamp: bigint;
  readonly stale: readonly string[];
};

/** What is there of every input: the joints and each frame. */
type Complete = {
  readonly joints: Slot<JointValues>;
  readonly frames: readonly (readonly [name: string, slot: Slot<TrackedFrame>])[];
};

export class InputPairing {
  #joints: Slot<JointValues> | undefined;
  readonly #frames = new Map<string, Slot<TrackedFrame>>();

  /** @param topics topic by name of each frame that is waited for */
  constructor(private readonly topics: ReadonlyMap<string, string>) {}

  setJoints(value: JointValues, stamp: bigint, received: number): void {
    this.#joints = { value, stamp, received };
  }

  /** @param name one of the frames that are waited for */
  setFrame(name: string, value: TrackedFrame, stamp: bigint, received: number): void {
    this.#frames.set(name, { value, stamp, received });
  }

  /** The inputs if all carry the same stamp (lockstep), else undefined. */
  exact(): PairedInputs | undefined {
    const complete = this.#complete();
    const stamp = complete?.joints.stamp;
    if (complete === undefined || stamp === undefined) return undefined;
    if (complete.frames.some(([, slot]) => slot.stamp !== stamp)) return undefined;
    return { inputs: inputsOf(complete), stamp, stale: [] };
  }

  /** The newest inputs (realtime), those received more than `maxAge` s ago named as stale; undefined until all came once. */
  latest(now: number, maxAge: number): PairedInputs | undefined {
    const complete = this.#complete();
    if (complete === undefined) return undefined;
    const isOld = ({ received }: { readonly received: number }): boolean => now - received > maxAge;
    const stale = complete.frames.flatMap(([name, slot]) =>
      isOld(slot) ? [this.topics.get(name) ?? name] : [],
    );
    if (isOld(complete.joints)) stale.unshift('joint_states');
    return { inputs: inputsOf(complete), stamp: complete.joints.stamp, stale };
  }

  #complete(): Complete | undefined {
    const frames = [...this.topics.keys()].flatMap((name) => {
      const slot = this.#frames.get(name);
      return slot === undefined ? [] : [[name, slot] as const];
    });
    if (this.#joints === undefined || frames.length < this.topics.size) return undefined;
    return { joints: this.#joints, frames };
  }
}

function inputsOf({ joints, frames }: Complete): ObservationInputs {
  return { ...joints.value, frames: new Map(frames.map(([name, { value }]) => [name, value])) };
}
