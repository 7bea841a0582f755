/** The interface of every critic, and how a whole episode is put to one. */
import { prefix, type Clip, type Ended, type Judgement } from './judgement.js';

/** Who says it. */
export type CriticIdentity = {
  /** in the reward file */
  readonly name: string;
  /** what kind of critic, and which model */
  readonly model: string;
  /** of its files and settings: the same version gives the same judgement */
  readonly version: string;
  /** A task counts as done from this probability on. */
  readonly done_threshold: number;
  /**
   * Of a critic that learns from another (its setting `teacher`): told what that one said of a clip's moments, one entry per moment,
   * undefined for those that it did not judge. Returns at once; what it learns shows in later judgements, under a new version.
   */
  learn?(clip: Clip, judgements: readonly (Judgement | undefined)[]): void;
  dispose(): Promise<void>;
};

/** Judges the present from the past alone: it is never shown what comes later. */
export type PrefixCritic = CriticIdentity & {
  readonly sees: 'prefix';
  /**
   * The judgement of the clip's last moment.
   * Rejects when it cannot judge at all (a server that is down); what it cannot say of this moment is `unknown`.
   */
  judge(clip: Clip, signal?: AbortSignal): Promise<Judgement>;
};

/** Needs the whole episode, so it is asked after its end only. */
export type EpisodeCritic = CriticIdentity & {
  readonly sees: 'episode';
  /** One judgement per moment. Rejects as `PrefixCritic.judge`. */
  judgeEpisode(clip: Clip, ended: Ended, signal?: AbortSignal): Promise<readonly Judgement[]>;
};

export type Critic = PrefixCritic | EpisodeCritic;

/**
 * Judgements of all moments of an episode that is over. A critic of the present is shown one beginning after the other, so
 * what came later cannot tell it anything.
 */
export async function judgeAll(
  critic: Critic,
  clip: Clip,
  ended: Ended,
  signal?: AbortSignal,
): Promise<readonly Judgement[]> {
  if (critic.sees === 'episode') return critic.judgeEpisode(clip, ended, signal);
  const judgements: Judgement[] = [];
  for (const index of clip.moments.keys()) judgements.push(await critic.judge(prefix(clip, index), signal));
  return judgements;
}
