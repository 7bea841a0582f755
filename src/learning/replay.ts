/** Experience replay: episodes laid out row by row in a ring, sampled as n-step transitions. */
import type { Random } from '../engine/index.js';
import { imageBytes, type ImageSpec } from '../robot/image-spec.js';
import { FrameStore } from './frame-store.js';
import { drawShift } from '../policy/image-shift.js';

/** One episode, normalised: rows as networks see them. `input` and `base` have one row more than `action`. */
export type ReplayEpisode = {
  /** [T + 1][input_size], what actor and critic see, base action and place in the chunk not included */
  readonly input: readonly Float32Array[];
  /** [T + 1][cameras], pixels row-major; empty arrays where actor and critic see no images */
  readonly images: readonly (readonly Uint8Array[])[];
  /** [T + 1][action_size], base actions, normalised */
  readonly base: readonly Float32Array[];
  /** [T + 1], place in the base policy's chunk, in [0, 1) */
  readonly place: readonly number[];
  /** [T][action_size], executed actions, normalised */
  readonly action: readonly Float32Array[];
  readonly terminated: boolean;
} & Paid;

/** What the steps of an episode were paid. */
export type Paid = {
  /** [T] */
  readonly reward: readonly number[];
  /** Step after which nothing can be earned any more, though the episode went on. */
  readonly infraction?: number | undefined;
};

/** An episode in a replay, of which the first rows may have been overwritten since. */
export type ReplayHandle = { readonly first: number; readonly steps: number; readonly terminated: boolean };

/** What a replay holds of images, and how it samples them. */
export type ReplayImages = {
  /** in the order of an observation */
  readonly images: readonly ImageSpec[];
  /** Sampled images are shifted at random by up to this many pixels, each by another shift; 0 leaves them as they are. */
  readonly random_shift: number;
  /** Whether images are packed without loss. */
  readonly compress_frames: boolean;
};

const noImages: ReplayImages = { images: [], random_shift: 0, compress_frames: false };

/** A batch of n-step transitions, flattened row-major. */
export type Batch = {
  readonly input: Float32Array; // [batch, input_size]
  readonly base: Float32Array; // [batch, action_size]
  readonly place: Float32Array; // [batch, 1]
  readonly action: Float32Array; // [batch, action_size]
  readonly reward: Float32Array; // [batch, 1], discounted sum over the steps
  readonly discount: Float32Array; // [batch, 1], gamma^steps, 0 after a termination
  readonly next_input: Float32Array;
  readonly next_base: Float32Array;
  readonly next_place: Float32Array;
  readonly images: readonly Float32Array[]; // of each camera [batch, height, width, channels], 0 to 255; empty without images
  readonly next_images: readonly Float32Array[];
};

/** Kinds of rows: a step that was executed, the last step before a termination, and the observation after the last step. */
const stepRow = 0;
const terminalRow = 1;
const finalObservation = 2;

/** A place for a batch, reused from step to step. */
export function emptyBatch(
  size: number,
  inputSize: number,
  actionSize: number,
  images: readonly ImageSpec[] = [],
): Batch {
  const rows = (width: number): Float32Array => new Float32Array(size * width);
  const frames = (): Float32Array[] => images.map((spec) => rows(imageBytes(spec)));
  return {
    input: rows(inputSize),
    base: rows(actionSize),
    place: rows(1),
    action: rows(actionSize),
    reward: rows(1),
    discount: rows(1),
    next_input: rows(inputSize),
    next_base: rows(actionSize),
    next_place: rows(1),
    images: frames(),
    next_images: frames(),
  };
}

/**
 * A ring of `capacity` rows. Rows of an episode are contiguous (modulo the ring) and end with a row of kind
 * `finalObservation`, so that no transition ever looks past its own episode.
 */
export class Replay {
  readonly #input: Float32Array;
  readonly #base: Float32Array;
  readonly #place: Float32Array;
  readonly #action: Float32Array;
  readonly #reward: Float32Array;
  readonly #kind: Uint8Array;
  readonly #frames: FrameStore;
  readonly #shift: number;
  /** rows written since the beginning; a row's place in the ring is its number modulo the capacity */
  #written = 0;

  constructor(
    readonly capacity: number,
    readonly inputSize: number,
    readonly actionSize: number,
    { images, random_shift, compress_frames }: ReplayImages = noImages,
  ) {
    this.#input = new Float32Array(capacity * inputSize);
    this.#base = new Float32Array(capacity * actionSize);
    this.#place = new Float32Array(capacity);
    this.#action = new Float32Array(capacity * actionSize);
    this.#reward = new Float32Array(capacity);
    this.#kind = new Uint8Array(capacity);
    this.#frames = new FrameStore(capacity, images, { compressed: compress_frames });
    this.#shift = random_shift;
  }

  /** Rows held, final observations included. */
  get rows(): number {
    return Math.min(this.#written, this.capacity);
  }

  /** Bytes of one row: of a transition, or of the observation that ends an episode. Packed images count as they do on average. */
  get bytesPerRow(): number {
    const numbers = this.inputSize + 2 * this.actionSize + 2; // input; base and executed action; place and reward
    return 4 * numbers + 1 + this.#frames.bytesPerRow;
  }

  /**
   * Adds an episode, overwriting the oldest rows.
   * @throws Error if it has no step, does not fit the ring at all, or has other images than the replay
   */
  add(episode: ReplayEpisode): ReplayHandle {
    const steps = episode.action.length;
    if (steps === 0) throw new Error('an episode without a step has nothing to learn from');
    if (steps + 1 > this.capacity)
      throw new Error(`an episode of ${steps} steps does not fit a replay of ${this.capacity} rows`);
    for (const images of episode.images) this.#frames.check(images);
    const handle = { first: this.#written, steps, terminated: episode.terminated };
    for (let t = 0; t <= steps; t++) {
      const row = this.#written++ % this.capacity;
      this.#input.set(episode.input[t], row * this.inputSize);
      this.#base.set(episode.base[t], row * this.actionSize);
      this.#place[row] = episode.place[t];
      this.#frames.set(row, episode.images[t]);
      if (t < steps) this.#action.set(episode.action[t], row * this.actionSize);
    }
    this.pay(handle, episode);
    return handle;
  }

  /**
   * Pays the steps of an episode, again if opinions came late. Returns are summed up when they are sampled, so those of n-step
   * neighbours follow.
   * @returns how many of its steps are still held
   * @throws Error if there is not one reward per step
   */
  pay({ first, steps, terminated }: ReplayHandle, { reward, infraction }: Paid): number {
    if (reward.length !== steps) throw new Error(`${reward.length} rewards for ${steps} steps`);
    const oldest = this.#written - this.rows;
    for (let t = Math.max(0, oldest - first); t <= steps; t++) {
      const row = (first + t) % this.capacity;
      const isTerminal = t === infraction || (t === steps - 1 && terminated);
      this.#reward[row] = t < steps ? reward[t] : 0;
      this.#kind[row] = t === steps ? finalObservation : isTerminal ? terminalRow : stepRow;
    }
    return Math.min(steps, Math.max(0, first + steps - oldest));
  }

  /**
   * Fills rows `from` to `from + count - 1` of `batch` with transitions drawn uniformly.
   * The return of `n_step` steps stops early at a termination (discount 0) and at a time-out (bootstraps from the episode's
   * own last observation with the fewer steps). Images are shifted while they are copied.
   */
  sample(batch: Batch, from: number, count: number, nStep: number, gamma: number, random: Random): void {
    if (this.rows < 2) throw new Error('the replay is empty');
    for (let i = from; i < from + count; i++) {
      const row = this.#drawStep(random);
      const next = this.#fill(batch, i, row, nStep, gamma);
      this.#fillImages(batch.images, i, row, random);
      this.#fillImages(batch.next_images, i, next, random);
    }
  }

  /** A row that holds an executed step with its whole successor still in the ring. */
  #drawStep(random: Random): number {
    const held = this.rows;
    const oldest = this.#written - held;
    for (;;) {
      const row = (oldest + random.integer(held - 1)) % this.capacity;
      if (this.#kind[row] !== finalObservation) return row;
    }
  }

  /** @returns the row that the transition from `row` ends at */
  #fill(batch: Batch, i: number, row: number, nStep: number, gamma: number): number {
    let discount = 1;
    let reward = 0;
    let next = row;
    for (let k = 0; k < nStep && this.#kind[next] !== finalObservation; k++) {
      reward += discount * this.#reward[next];
      discount *= this.#kind[next] === terminalRow ? 0 : gamma;
      next = (next + 1) % this.capacity;
    }
    batch.reward[i] = reward;
    batch.discount[i] = discount;
    copyRow(this.#input, row, batch.input, i, this.inputSize);
    copyRow(this.#base, row, batch.base, i, this.actionSize);
    copyRow(this.#place, row, batch.place, i, 1);
    copyRow(this.#action, row, batch.action, i, this.actionSize);
    copyRow(this.#input, next, batch.next_input, i, this.inputSize);
    copyRow(this.#base, next, batch.next_base, i, this.actionSize);
    copyRow(this.#place, next, batch.next_place, i, 1);
    return next;
  }

  #fillImages(images: readonly Float32Array[], i: number, row: number, random: Random): void {
    images.forEach((into, camera) => {
      const at = i * imageBytes(this.#frames.images[camera]);
      this.#frames.read(row, camera, into, at, drawShift(this.#shift, random));
    });
  }
}

function copyRow(from: Float32Array, row: number, to: Float32Array, i: number, width: number): void {
  for (let j = 0; j < width; j++) to[i * width + j] = from[row * width + j];
}
