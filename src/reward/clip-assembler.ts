/** From messages to clips: the one path by which live topics and bags become what critics see. */
import {
  Episode,
  type Label,
  type Observation,
  type Reward,
  type TaskState,
} from '../interfaces/graft-messages.js';
import { nanosecondsFromTime } from '../interfaces/ros-time.js';
import type { Clip, Ended, Moment, Signs } from './judgement.js';
import type { Views, ViewTrack } from './camera-views.js';
import { SignTrack } from './sign-track.js';

/** An episode that ended, as critics see it. */
export type RecordedEpisode = {
  readonly id: string;
  readonly seed: number;
  readonly task: string;
  readonly kind: 'demo' | 'rollout' | 'intervention' | 'evaluation';
  readonly clip: Clip;
  readonly ended: Ended;
  /** what an observation's numbers and images are called, and how large the images are */
  readonly observed: Pick<Observation, 'names' | 'cameras' | 'images'>;
  /** header stamps of the moments, ns */
  readonly stamps: readonly bigint[];
  /** opinions that were recorded with it, as they came */
  readonly rewards: readonly Reward[];
};

const kinds: Readonly<Record<number, RecordedEpisode['kind']>> = {
  [Episode.KIND_DEMO]: 'demo',
  [Episode.KIND_ROLLOUT]: 'rollout',
  [Episode.KIND_INTERVENTION]: 'intervention',
  [Episode.KIND_EVALUATION]: 'evaluation',
};
const outcomes: Readonly<Record<number, Ended['outcome']>> = {
  [Episode.OUTCOME_UNKNOWN]: 'unknown',
  [Episode.OUTCOME_SUCCESS]: 'success',
  [Episode.OUTCOME_FAILURE]: 'failure',
};

type Draft = {
  readonly observations: Map<number, Observation>;
  readonly signs: SignTrack;
  readonly rewards: Reward[];
  grade: number;
  end: Episode | undefined;
};

/** Drafts kept while their messages still arrive; late opinions on an episode that was handed over go unheard here. */
const openDrafts = 4;

/** Joins the messages of an episode, in whatever order they come, and hands it over once the next one has begun, or at `close`. */
export class ClipAssembler {
  readonly #drafts = new Map<string, Draft>();
  #incomplete = 0;

  /** @param track what critics see, if not what the policy sees */
  constructor(
    private readonly onEpisode: (episode: RecordedEpisode) => void,
    private readonly track?: ViewTrack,
  ) {}

  /** Episodes that ended without all of their observations, or did not end. */
  get incomplete(): number {
    return this.#incomplete;
  }

  observation(message: Observation): void {
    this.#draft(message.episode_id).observations.set(message.step, message);
  }

  taskState(message: TaskState): void {
    this.#draft(message.episode_id).signs.add(message);
  }

  label({ episode_id, grade }: Label): void {
    this.#draft(episode_id).grade = grade;
  }

  reward(message: Reward): void {
    this.#draft(message.episode_id).rewards.push(message);
  }

  episode(message: Episode): void {
    const draft = this.#draft(message.episode_id);
    if (message.phase === Episode.PHASE_ENDED) draft.end = message;
  }

  /** Nothing more will come. */
  close(): void {
    for (const [id, draft] of this.#drafts) this.#finish(id, draft);
    this.#drafts.clear();
  }

  #draft(id: string): Draft {
    let draft = this.#drafts.get(id);
    if (draft === undefined) {
      draft = {
        observations: new Map(),
        signs: new SignTrack(),
        rewards: [],
        grade: 0,
        end: undefined,
      };
      this.#drafts.set(id, draft);
      this.#finishOldest();
    }
    return draft;
  }

  #finishOldest(): void {
    for (const [id, draft] of this.#drafts) {
      if (this.#drafts.size <= openDrafts) return;
      this.#drafts.delete(id);
      this.#finish(id, draft);
    }
  }

  #finish(id: string, { observations, signs, rewards, grade, end }: Draft): void {
    const first = observations.get(0);
    const count = end === undefined ? 0 : end.final_step + 1;
    const all = Array.from({ length: count }, (_, step) => observations.get(step));
    if (end === undefined || first === undefined || !all.every((message) => message !== undefined)) {
      this.#incomplete++;
      return;
    }
    const start = nanosecondsFromTime(first.header.stamp);
    const stamps = all.map(({ header }) => nanosecondsFromTime(header.stamp));
    const moments = all.map((message, step) =>
      moment(message, stamps[step] - start, signs.at(stamps[step]), this.track?.at(stamps[step])),
    );
    this.onEpisode({
      ...{ id, seed: Number(end.seed), task: end.task, kind: kinds[end.kind] ?? 'rollout' },
      clip: { episode_id: id, moments },
      ended: endedOf(end, grade),
      ...{ observed: first, stamps, rewards },
    });
  }
}

/** @param since the first moment, ns; @param views what critics see, if not what the policy sees */
export function moment(
  { step, state, images, stale_inputs }: Observation,
  since: bigint,
  signs: Signs | undefined,
  views?: Views,
): Moment {
  const seen = views?.images ?? images.map(({ data }) => data.slice());
  const stale = views === undefined ? stale_inputs : [...stale_inputs, ...views.stale];
  const observed = { state: state.slice(), images: seen };
  return { step, time: Number(since) / 1e9, observed, signs, stale };
}

/** @param code of graft_msgs/Episode and Label */
export function outcomeOf(code: number): Ended['outcome'] {
  return outcomes[code] ?? 'unknown';
}

/** How an episode ended. @param grade as in graft_msgs/Label: 0 where none was given */
export function endedOf(
  { outcome, terminated }: Pick<Episode, 'outcome' | 'terminated'>,
  grade: number,
): Ended {
  return {
    ...{ outcome: outcomeOf(outcome), terminated },
    grade: grade === 0 ? undefined : grade,
  };
}
