/** Experience replay: episodes laid out row by row in a ring, sampled as n-step transitions. */
import type { Random } from '../engine/index.js';

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
  /** [T] */
  readonly reward: readonly number[];
  readonly terminated: boolean;
};

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
};

/** Kinds of rows: a step that was executed, the last step before a termination, and the observation after the last step. */
const stepRow = 0;
const terminalRow = 1;
const finalObservation = 2;

/** A place for a batch, reused from step to step. */
export function emptyBatch(size: number, inputSize: number, actionSize: number): Batch {
  const rows = (width: number): Float32Array => new Float32Array(size * width);
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
  #head = 0;
  #rows = 0;

  constructor(
    readonly capacity: number,
    readonly inputSize: number,
    readonly actionSize: number,
  ) {
    this.#input = new Float32Array(capacity * inputSize);
    this.#base = new Float32Array(capacity * actionSize);
    this.#place = new Float32Array(capacity);
    this.#action = new Float32Array(capacity * actionSize);
    this.#reward = new Float32Array(capacity);
    this.#kind = new Uint8Array(capacity);
  }

  /** Rows held, final observations included. */
  get rows(): number {
    return this.#rows;
  }

  /** Adds an episode, overwriting the oldest rows. @throws Error if it has no step or does not fit the ring at all. */
  add(episode: ReplayEpisode): void {
    const steps = episode.action.length;
    if (steps === 0) throw new Error('an episode without a step has nothing to learn from');
    if (steps + 1 > this.capacity)
      throw new Error(`an episode of ${steps} steps does not fit a replay of ${this.capacity} rows`);
    for (let t = 0; t <= steps; t++) {
      const row = this.#head;
      this.#input.set(episode.input[t], row * this.inputSize);
      this.#base.set(episode.base[t], row * this.actionSize);
      this.#place[row] = episode.place[t];
      if (t < steps) this.#action.set(episode.action[t], row * this.actionSize);
      this.#reward[row] = t < steps ? episode.reward[t] : 0;
      this.#kind[row] =
        t === steps ? finalObservation : t === steps - 1 && episode.terminated ? terminalRow : stepRow;
      this.#head = (this.#head + 1) % this.capacity;
      this.#rows = Math.min(this.#rows + 1, this.capacity);
    }
  }

  /**
   * Fills rows `from` to `from + count - 1` of `batch` with transitions drawn uniformly.
   * The return of `n_step` steps stops early at a termination (discount 0) and at a time-out (bootstraps from the episode's
   * own last observation with the fewer steps).
   */
  sample(batch: Batch, from: number, count: number, nStep: number, gamma: number, random: Random): void {
    if (this.#rows < 2) throw new Error('the replay is empty');
    for (let i = from; i < from + count; i++) this.#fill(batch, i, this.#drawStep(random), nStep, gamma);
  }

  /** A row that holds an executed step with its whole successor still in the ring. */
  #drawStep(random: Random): number {
    const oldest = this.#rows === this.capacity ? this.#head : 0;
    for (;;) {
      const row = (oldest + random.integer(this.#rows - 1)) % this.capacity;
      if (this.#kind[row] !== finalObservation) return row;
    }
  }

  #fill(batch: Batch, i: number, row: number, nStep: number, gamma: number): void {
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
  }
}

function copyRow(from: Float32Array, row: number, to: Float32Array, i: number, width: number): void {
  for (let j = 0; j < width; j++) to[i * width + j] = from[row * width + j];
}
