/** The interface of every critic, and how a whole episode is put to one. */
import { prefix, present, unknown, type Clip, type Ended, type Judgement } from './judgement.js';

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

/** The judgement of a clip's last moment; nothing is asked about one that was not really seen. */
export async function judgePresent(
  critic: PrefixCritic,
  clip: Clip,
  signal?: AbortSignal,
): Promise<Judgement> {
  const { stale = [] } = present(clip);
  return stale.length > 0 ? unknown(`stale: ${stale.join(', ')}`) : critic.judge(clip, signal);
}

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
  for (const index of clip.moments.keys())
    judgements.push(await judgePresent(critic, prefix(clip, index), signal));
  return judgements;
}
