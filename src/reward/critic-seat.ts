/** One critic at work beside a running robot: what waits for it, what it says, and how it fares. */
import { judgePresent, judgeWhole, type Critic } from './critic.js';
import { prefix, unknown, type Clip, type Ended, type Judgement } from './judgement.js';
import type { LiveClip, Sighting } from './live-clips.js';
import type { Pace } from './reward-file.js';

/** What a critic said of one moment. */
export type Opinion = Sighting & {
  readonly critic: Critic;
  readonly episode_id: string;
  readonly step: number;
  readonly judgement: Judgement;
  /** progress at the last moment of the episode before this one at which it was known; undefined if there is none */
  readonly previous: number | undefined;
};

/** Counters since the start, and why the last moment stayed unknown. */
export type SeatState = {
  readonly judged: number;
  readonly unknown: number;
  /** moments that were not judged, because newer ones came or too many episodes waited */
  readonly dropped: number;
  /** moments that wait */
  readonly waiting: number;
  readonly reason: string;
};

export type SeatOptions = {
  readonly pace: Pace;
  /** s; what takes longer is unknown */
  readonly timeout: number;
  /** s; the same for a question about a whole episode */
  readonly episode_timeout: number;
  /** Episodes that may wait; the oldest is dropped for a new one. */
  readonly backlog: number;
  /** Resolves when a question may be asked; any time unless given. */
  readonly turn?: (() => Promise<void>) | undefined;
};

type Waiting = { readonly clip: LiveClip; readonly ended: Ended };

/**
 * Asks one critic, one question at a time. With the pace `latest` it is asked of the newest moment whenever it is free; with
 * `episode` of all moments of an episode once that has ended, the newest episode first. It can be late, hang or fail: nothing waits for it.
 */
export class CriticSeat {
  #present: LiveClip | undefined;
  readonly #episodes: Waiting[] = [];
  #working = false;
  #closed = false;
  #last: { readonly episode_id: string; readonly progress: number | undefined } | undefined;
  #counts = { judged: 0, unknown: 0, dropped: 0 };
  #reason = '';

  constructor(
    readonly critic: Critic,
    private readonly options: SeatOptions,
    private readonly onOpinion: (opinion: Opinion) => void,
  ) {}

  /** A critic that needs the whole episode is asked after its end, whatever the pace. */
  get #pace(): Pace {
    return this.critic.sees === 'episode' ? 'episode' : this.options.pace;
  }

  get state(): SeatState {
    const queued = this.#episodes.reduce((sum, { clip }) => sum + clip.moments.length, 0);
    return { ...this.#counts, waiting: queued + (this.#present === undefined ? 0 : 1), reason: this.#reason };
  }

  /** A new moment came: the last one of the clip. */
  present(clip: LiveClip): void {
    if (this.#pace !== 'latest') return;
    if (this.#present !== undefined) this.#counts.dropped++;
    this.#present = clip;
    this.#work();
  }

  /** An episode is over, or a person said something new of it. */
  ended(clip: LiveClip, ended: Ended): void {
    if (this.#pace !== 'episode') return;
    this.#episodes.push({ clip, ended });
    const overdue = this.#episodes.length > this.options.backlog ? this.#episodes.shift() : undefined;
    this.#counts.dropped += overdue?.clip.moments.length ?? 0;
    this.#work();
  }

  /** Asks nothing any more; what is being asked is not heard. */
  close(): void {
    this.#closed = true;
    this.#present = undefined;
    this.#episodes.length = 0;
  }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    void this.#workOff().finally(() => (this.#working = false));
  }

  async #workOff(): Promise<void> {
    const { turn } = this.options;
    while (!this.#closed && (this.#present !== undefined || this.#episodes.length > 0)) {
      // Something newer may come while it waits for its turn.
      if (turn !== undefined) await turn();
      const present = this.#present;
      this.#present = undefined;
      const episode = present === undefined ? this.#episodes.pop() : undefined;
      if (present !== undefined) await this.#judgeMoment(present, present.moments.length - 1);
      else if (episode !== undefined) await this.#judgeEpisode(episode);
    }
  }

  async #judgeEpisode({ clip, ended }: Waiting): Promise<void> {
    const { critic } = this;
    if (critic.sees === 'prefix') {
      for (const index of clip.moments.keys()) {
        await this.options.turn?.();
        if (!this.#closed) await this.#judgeMoment(clip, index);
      }
      return;
    }
    const { timeout, episode_timeout } = this.options;
    const judgements = await this.#ask(
      (signal) => judgeWhole(critic, clip, ended, signal),
      Math.max(timeout, episode_timeout),
    );
    clip.moments.forEach((_, index) =>
      this.#tell(clip, index, typeof judgements === 'string' ? unknown(judgements) : judgements[index]),
    );
  }

  async #judgeMoment(clip: LiveClip, index: number): Promise<void> {
    const { critic } = this;
    if (critic.sees !== 'prefix') return;
    const { episode_id, moments }: Clip = prefix(clip, index);
    const judgement = await this.#ask(
      (signal) => judgePresent(critic, { episode_id, moments }, signal),
      this.options.timeout,
    );
    this.#tell(clip, index, typeof judgement === 'string' ? unknown(judgement) : judgement);
  }

  /** @param timeout s; @returns the answer, or why there is none */
  async #ask<T>(question: (signal: AbortSignal) => Promise<T>, timeout: number): Promise<T | string> {
    const signal = AbortSignal.timeout(timeout * 1000);
    const late = new Promise<string>((resolve) =>
      signal.addEventListener('abort', () => resolve(`no answer within ${timeout} s`), { once: true }),
    );
    // A critic may throw at once, and what it says after the time-out is not heard.
    const answer = Promise.resolve()
      .then(() => question(signal))
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    return Promise.race([answer, late]);
  }

  #tell(clip: LiveClip, index: number, judgement: Judgement): void {
    if (this.#closed) return;
    const { episode_id } = clip;
    const previous = this.#last?.episode_id === episode_id ? this.#last.progress : undefined;
    const { progress } = judgement;
    if (progress !== undefined || this.#last?.episode_id !== episode_id)
      this.#last = { episode_id, progress };
    this.#counts.judged++;
    if (judgement.reason !== '') this.#counts.unknown++;
    this.#reason = judgement.reason;
    const { step } = clip.moments[index];
    this.onOpinion({ critic: this.critic, episode_id, step, judgement, previous, ...clip.sightings[index] });
  }
}
