/** An episode as learning needs it, assembled by the same code from live topics and from bags. */
import type { Observed } from '../robot/image-spec.js';

/**
 * One episode of `length` executed actions. Observations in SI units, actions in rad.
 * `observation` and `base` have one row more than `executed`: the last observation and the base action that answers it are
 * what a transition cut by the clock bootstraps from.
 */
export type EpisodeData = {
  readonly id: string;
  readonly observation: readonly Observed[];
  readonly base: readonly Float32Array[];
  readonly chunk_step: readonly number[];
  /** What the base policy's encoder saw in each observation; empty arrays where it gives none. */
  readonly features: readonly Float32Array[];
  readonly executed: readonly Float32Array[];
  readonly success: boolean;
  /** True if the task ended: nothing is earned after the last step. False if only the clock did. */
  readonly terminated: boolean;
};

/** What the assembler takes in; field names as in graft_msgs. */
export type ObservationRow = {
  readonly episode_id: string;
  readonly step: number;
  readonly observed: Observed;
};
export type BaseRow = {
  readonly episode_id: string;
  readonly step: number;
  readonly values: Float32Array;
  readonly chunk_step: number;
  readonly features: Float32Array;
};
export type ExecutedRow = {
  readonly episode_id: string;
  readonly step: number;
  readonly executed: Float32Array;
};
export type EpisodeEnd = {
  readonly episode_id: string;
  readonly final_step: number;
  readonly success: boolean;
  readonly terminated: boolean;
};

type Draft = {
  readonly observation: Map<number, Observed>;
  readonly base: Map<number, BaseRow>;
  readonly executed: Map<number, Float32Array>;
  end?: EpisodeEnd;
};

/** Drafts kept while their rows still arrive; an older one that never became whole is dropped and counted. */
const openDrafts = 4;

/**
 * Joins observations, base actions, executed actions and the end of an episode, in whatever order they arrive.
 * An episode is given out once every row up to its final step is there.
 */
export class EpisodeAssembler {
  readonly #drafts = new Map<string, Draft>();
  #incomplete = 0;

  /** @param baseIsRecorded false for demonstrations, whose base actions are computed later: none is then waited for. */
  constructor(private readonly baseIsRecorded: boolean) {}

  /** Episodes that were dropped because rows of theirs were missing. */
  get incomplete(): number {
    return this.#incomplete;
  }

  addObservation(row: ObservationRow): EpisodeData | undefined {
    this.#draft(row.episode_id).observation.set(row.step, row.observed);
    return this.#tryFinish(row.episode_id);
  }

  addBase(row: BaseRow): EpisodeData | undefined {
    this.#draft(row.episode_id).base.set(row.step, row);
    return this.#tryFinish(row.episode_id);
  }

  addExecuted(row: ExecutedRow): EpisodeData | undefined {
    this.#draft(row.episode_id).executed.set(row.step, row.executed);
    return this.#tryFinish(row.episode_id);
  }

  end(end: EpisodeEnd): EpisodeData | undefined {
    this.#draft(end.episode_id).end = end;
    return this.#tryFinish(end.episode_id);
  }

  /** Drops what has arrived of an episode that is not wanted; it does not count as incomplete. */
  forget(id: string): void {
    this.#drafts.delete(id);
  }

  /** Nothing more will arrive: what is not whole by now is dropped and counted. */
  close(): void {
    this.#incomplete += this.#drafts.size;
    this.#drafts.clear();
  }

  #draft(id: string): Draft {
    let draft = this.#drafts.get(id);
    if (draft === undefined) {
      draft = { observation: new Map(), base: new Map(), executed: new Map() };
      this.#drafts.set(id, draft);
      this.#dropOldest();
    }
    return draft;
  }

  #dropOldest(): void {
    for (const [id] of this.#drafts) {
      if (this.#drafts.size <= openDrafts) return;
      this.#drafts.delete(id);
      this.#incomplete++;
    }
  }

  #tryFinish(id: string): EpisodeData | undefined {
    const draft = this.#drafts.get(id);
    if (draft?.end === undefined) return undefined;
    const { final_step, success, terminated } = draft.end;
    const observation = rows(draft.observation, final_step + 1);
    const base = this.baseIsRecorded ? rows(draft.base, final_step + 1) : [];
    const executed = rows(draft.executed, final_step);
    if (observation === undefined || base === undefined || executed === undefined) return undefined;
    this.#drafts.delete(id);
    if (final_step === 0) return undefined;
    const chunk_step = base.map((row) => row.chunk_step);
    return {
      id,
      observation,
      base: base.map((row) => row.values),
      chunk_step,
      features: base.map((row) => row.features),
      executed,
      success,
      terminated,
    };
  }
}

/** Rows 0 .. count - 1, or undefined while one is missing. */
function rows<T>(byStep: ReadonlyMap<number, T>, count: number): T[] | undefined {
  const found: T[] = [];
  for (let step = 0; step < count; step++) {
    const row = byStep.get(step);
    if (row === undefined) return undefined;
    found.push(row);
  }
  return found;
}
