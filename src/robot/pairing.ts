/** Pairs what comes from different topics into one set of observation inputs. Pure: the caller brings stamps and times. */
import { FrameHistory, type CameraFrame } from './frame-history.js';
import type { ObservationInputs } from './observation-spec.js';
import type { TrackedFrame } from './tracked-frames.js';

/** The newest of each input. Stamps in ns, reception times in s on any monotonic clock. */
type Slot<T> = { readonly value: T; readonly stamp: bigint; readonly received: number };

export type JointValues = {
  readonly positions: ReadonlyMap<string, number>;
  readonly velocities: ReadonlyMap<string, number>;
};

/** Inputs of one observation, images in the order of the cameras. `stale` names the topics that may not be relied on. */
export type PairedInputs = {
  readonly inputs: ObservationInputs;
  readonly images: readonly CameraFrame[];
  readonly stamp: bigint;
  readonly stale: readonly string[];
};

/** Bounds of realtime, s. */
export type AgeBounds = {
  /** since joints and tracked frames were received */
  readonly max_age: number;
  /** from an image's stamp to that of the joints */
  readonly max_image_age: number;
  /** how much later than the joints an image may be: half a control period makes it the nearer one */
  readonly image_lead: number;
};

/** What is there of every input: the joints and each frame. */
type Complete = {
  readonly joints: Slot<JointValues>;
  readonly frames: readonly (readonly [name: string, slot: Slot<TrackedFrame>])[];
};

export class InputPairing {
  #joints: Slot<JointValues> | undefined;
  readonly #frames = new Map<string, Slot<TrackedFrame>>();
  readonly #images: ReadonlyMap<string, FrameHistory>;

  /**
   * @param topics topic by name of each tracked frame that is waited for
   * @param cameras topic by name of each camera that is waited for, in the observation's order
   */
  constructor(
    private readonly topics: ReadonlyMap<string, string>,
    private readonly cameras: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#images = new Map([...cameras.keys()].map((camera) => [camera, new FrameHistory()]));
  }

  /** The joints that came last. */
  get joints(): Slot<JointValues> | undefined {
    return this.#joints;
  }

  setJoints(value: JointValues, stamp: bigint, received: number): void {
    this.#joints = { value, stamp, received };
  }

  /** @param name one of the frames that are waited for */
  setFrame(name: string, value: TrackedFrame, stamp: bigint, received: number): void {
    this.#frames.set(name, { value, stamp, received });
  }

  /** @param camera one of the cameras that are waited for */
  setImage(camera: string, frame: CameraFrame): void {
    this.#images.get(camera)?.add(frame);
  }

  /** The inputs if all carry the same stamp (lockstep), else undefined. An image that is not usable is named as stale. */
  exact(): PairedInputs | undefined {
    const complete = this.#complete();
    const stamp = complete?.joints.stamp;
    if (complete === undefined || stamp === undefined) return undefined;
    if (complete.frames.some(([, slot]) => slot.stamp !== stamp)) return undefined;
    const images = this.#each((history) => history.at(stamp));
    if (images === undefined) return undefined;
    const stale = this.#topicsOf(images, ({ usable }) => !usable);
    return { inputs: inputsOf(complete), images, stamp, stale };
  }

  /**
   * The newest inputs (realtime), those that are older than their bound named as stale; undefined until all came once. Of
   * each camera it is the newest usable frame whose stamp is at most `image_lead` after that of the joints.
   * @param now s, on the clock of the reception times
   */
  latest(now: number, { max_age, max_image_age, image_lead }: AgeBounds): PairedInputs | undefined {
    const complete = this.#complete();
    if (complete === undefined) return undefined;
    const { stamp } = complete.joints;
    const until = stamp + BigInt(Math.round(1e9 * image_lead));
    const images = this.#each((history) => history.latest(until));
    if (images === undefined) return undefined;
    const isOld = ({ received }: { readonly received: number }): boolean => now - received > max_age;
    const stale = complete.frames.flatMap(([name, slot]) =>
      isOld(slot) ? [this.topics.get(name) ?? name] : [],
    );
    if (isOld(complete.joints)) stale.unshift('joint_states');
    const isOutside = (frame: CameraFrame): boolean =>
      frame.stamp > until || Number(stamp - frame.stamp) > 1e9 * max_image_age;
    stale.push(...this.#topicsOf(images, isOutside));
    return { inputs: inputsOf(complete), images, stamp, stale };
  }

  /** Topics without which there is no observation: of which nothing came yet or, in lockstep, nothing of the joints' stamp. */
  awaited(inLockstep: boolean): string[] {
    const joints = this.#joints;
    if (joints === undefined) return ['joint_states', ...this.topics.values(), ...this.cameras.values()];
    const { stamp } = joints;
    const isThere = (slot: { readonly stamp: bigint } | undefined): boolean =>
      slot !== undefined && (!inLockstep || slot.stamp === stamp);
    const frames = [...this.topics].filter(([name]) => !isThere(this.#frames.get(name)));
    const images = [...this.cameras].filter(([camera]) => {
      const history = this.#images.get(camera);
      return !isThere(inLockstep ? history?.at(stamp) : history?.latest(stamp));
    });
    return [...frames, ...images].map(([, topic]) => topic);
  }

  /** One frame of every camera, or undefined if one has none. */
  #each(choose: (history: FrameHistory) => CameraFrame | undefined): CameraFrame[] | undefined {
    const chosen = [...this.#images.values()].map(choose);
    return chosen.every((frame) => frame !== undefined) ? chosen : undefined;
  }

  #topicsOf(images: readonly CameraFrame[], test: (frame: CameraFrame) => boolean): string[] {
    return [...this.cameras.values()].filter((_, i) => test(images[i]));
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
