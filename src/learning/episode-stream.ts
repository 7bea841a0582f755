/** From messages to episodes: the one path by which live topics and bags become experience. */
import type {
  Action,
  Episode as EpisodeMessage,
  ExecutedStep,
  Observation,
} from '../interfaces/graft-messages.js';
import { Episode } from '../interfaces/graft-messages.js';
import { EpisodeAssembler, type EpisodeData } from './episode.js';

/** The topics that experience is made of, by the last part of their names. */
export const experienceTopics = {
  observation: 'graft_msgs/msg/Observation',
  base_action: 'graft_msgs/msg/Action',
  executed_step: 'graft_msgs/msg/ExecutedStep',
  episode: 'graft_msgs/msg/Episode',
} as const;

/** Which episodes are taken in: demonstrations come without base actions, rollouts with them. */
export type ExperienceKind = 'demo' | 'rollout';

/**
 * Takes messages in any order between topics and hands out whole episodes of one kind.
 * Evaluation episodes are never experience.
 * Numbers are copied out of the messages: those are views of what was received or read, images of other messages included.
 */
export class EpisodeStream {
  readonly #assembler: EpisodeAssembler;
  readonly #kinds: readonly number[];
  /** Episodes that were given out, and those of other kinds: their rows are not wanted any more. */
  readonly #taken = new Set<string>();

  /**
   * @param jointOrder joints of the policy's action, to which executed actions are reordered
   * @param keepImages whether episodes come with their images, which may take a thousand times the memory of the rest
   */
  constructor(
    kind: ExperienceKind,
    private readonly jointOrder: readonly string[],
    private readonly onEpisode: (episode: EpisodeData) => void,
    private readonly keepImages = true,
  ) {
    this.#assembler = new EpisodeAssembler(kind === 'rollout');
    this.#kinds = kind === 'demo' ? [Episode.KIND_DEMO] : [Episode.KIND_ROLLOUT, Episode.KIND_INTERVENTION];
  }

  /** Episodes whose rows were not all there. */
  get incomplete(): number {
    return this.#assembler.incomplete;
  }

  observation({ episode_id, step, state, images }: Observation): void {
    if (this.#taken.has(episode_id)) return;
    const observed = { state: state.slice(), images: this.keepImages ? images.map(({ data }) => data) : [] };
    this.#give(this.#assembler.addObservation({ episode_id, step, observed }));
  }

  baseAction({ episode_id, step, joints, values, chunk_step, features }: Action): void {
    if (this.#taken.has(episode_id)) return;
    const proposed = { values: this.#ordered(joints, values), features: features.slice() };
    const row = { episode_id, step, chunk_step, ...proposed };
    this.#give(this.#assembler.addBase(row));
  }

  executedStep({ episode_id, step, joints, executed }: ExecutedStep): void {
    if (this.#taken.has(episode_id)) return;
    this.#give(this.#assembler.addExecuted({ episode_id, step, executed: this.#ordered(joints, executed) }));
  }

  episode(message: EpisodeMessage): void {
    if (this.#taken.has(message.episode_id)) return;
    if (!this.#kinds.includes(message.kind)) return this.#ignore(message.episode_id);
    if (message.phase !== Episode.PHASE_ENDED) return;
    const { episode_id, final_step, terminated } = message;
    const success = message.outcome === Episode.OUTCOME_SUCCESS;
    this.#give(this.#assembler.end({ episode_id, final_step, success, terminated }));
  }

  /** Nothing more will come: what is not whole by now counts as incomplete. */
  close(): void {
    this.#assembler.close();
  }

  #ignore(episode_id: string): void {
    this.#taken.add(episode_id);
    this.#assembler.forget(episode_id);
  }

  /** An episode that is both in a bag and on live topics counts once. */
  #give(episode: EpisodeData | undefined): void {
    if (episode === undefined) return;
    this.#taken.add(episode.id);
    this.onEpisode(episode);
  }

  #ordered(joints: readonly string[], values: Float32Array): Float32Array {
    if (joints.length === this.jointOrder.length && joints.every((joint, i) => joint === this.jointOrder[i]))
      return values.slice();
    return Float32Array.from(this.jointOrder, (joint) => {
      const index = joints.indexOf(joint);
      if (index < 0) throw new Error(`a message lacks joint ${joint}, which the policy commands`);
      return values[index];
    });
  }
}
