/** The mixer: outcome and opinions in, one reward per executed step out. */
import { courseOf } from './course.js';
import { checkLengths, missingMoments, type EpisodeOpinions } from './opinions.js';
import { claimOf, countOf, payOf } from './pay.js';
import type { MixerSpec } from './spec.js';
import { checkedStatistics, counted, noStatistics, type TermStatistics } from './term-statistics.js';

/** What all terms remember, by name: plain data that JSON keeps. */
export type MixerState = Readonly<Record<string, TermStatistics>>;

/** When an episode is paid. The same point gives the same reward for the same opinions. */
export type MixPoint = {
  /** control steps of the learner, for scheduled weights */
  readonly steps: number;
  /** default: the mixer's own at the time */
  readonly statistics?: MixerState;
};

export type MixedReward = {
  /** [T], for the transition t -> t + 1 */
  readonly reward: readonly number[];
  /** what it is made of, each [T]: `success` and every term; they add up to the reward */
  readonly terms: Readonly<Record<string, readonly number[]>>;
  /** how much all terms together say was gained, in units of reward: what `HackingAlarm` is fed with */
  readonly claimed: number;
  /** the step that led into a hard infraction: the episode is one of `terminated_at + 1` steps that terminated */
  readonly terminated_at: number | undefined;
  /** moments, of T + 1, at which something that the mixer looks at is unknown */
  readonly missing: number;
};

/**
 * Pays episodes by a spec. `take` counts an episode for the statistics of later ones, once; `mix` only looks, so it can be repeated
 * whenever opinions come late: at the point that `take` gave it is as if they had come in time.
 */
export class Mixer {
  readonly #gamma: number;
  #statistics: MixerState;

  /** @param gamma the learner's discount per step */
  constructor(
    readonly spec: MixerSpec,
    { gamma }: { gamma: number },
  ) {
    this.#gamma = gamma;
    this.#statistics = Object.fromEntries(
      Object.entries(spec.terms).map(([name, term]) => [name, noStatistics(term)]),
    );
  }

  /** A mixer that goes on from `state()`; terms that it lacks begin anew. @throws Error if a term's part does not fit it */
  static restore(spec: MixerSpec, { gamma }: { gamma: number }, state: unknown): Mixer {
    const mixer = new Mixer(spec, { gamma });
    const found = (state ?? {}) as Readonly<Record<string, unknown>>;
    const restored = Object.entries(spec.terms)
      .filter(([name]) => Object.hasOwn(found, name))
      .map(([name, term]) => [name, checkedStatistics(term, name, found[name])] as const);
    mixer.#statistics = { ...mixer.#statistics, ...Object.fromEntries(restored) };
    return mixer;
  }

  state(): MixerState {
    return this.#statistics;
  }

  /**
   * Counts an episode. @returns the point at which it is to be mixed: the statistics without it
   * @throws Error if a critic's judgements are not one per moment
   */
  take(episode: EpisodeOpinions, { steps }: { steps: number }): MixPoint {
    checkLengths(episode);
    const point = { steps, statistics: this.#statistics };
    const course = courseOf(this.spec, episode);
    const after = Object.entries(this.spec.terms).map(([name, term]) => {
      const before = this.#statistics[name];
      return [name, counted(before, countOf(term, episode, course, before))] as const;
    });
    this.#statistics = Object.fromEntries(after);
    return point;
  }

  /** The rewards of an episode. Changes nothing. @throws Error as `take` */
  mix(episode: EpisodeOpinions, { steps, statistics = this.#statistics }: MixPoint): MixedReward {
    checkLengths(episode);
    const course = courseOf(this.spec, episode);
    const terms: Record<string, readonly number[]> = { success: this.#successPay(episode, course.success) };
    let claimed = 0;
    for (const [name, term] of Object.entries(this.spec.terms)) {
      const point = { gamma: this.#gamma, steps, statistics: statistics[name] };
      const pay = payOf(term, episode, course, point);
      terms[name] = pay;
      claimed += claimOf(term, episode, course, point, pay);
    }
    const reward = Array.from({ length: episode.steps }, (_, t) =>
      Object.values(terms).reduce((sum, pay) => sum + pay[t], 0),
    );
    const missing = missingMoments(this.spec, episode);
    return { reward, terms, claimed, terminated_at: course.infraction, missing };
  }

  #successPay({ steps }: EpisodeOpinions, success: boolean): number[] {
    return Array.from({ length: steps }, (_, t) => (success && t === steps - 1 ? this.spec.success : 0));
  }
}
