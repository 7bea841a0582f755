/** The interface of every critic, and how a whole episode is put to one. */
import { prefix, present, unknown, type Clip, type Ended, type Judgement, type Moment } from './judgement.js';

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

/** The judgement of a clip's last moment. What was not really seen, at the time or before, is neither asked about nor shown. */
export async function judgePresent(
  critic: PrefixCritic,
  { episode_id, moments }: Clip,
  signal?: AbortSignal,
): Promise<Judgement> {
  const { stale = [] } = present({ episode_id, moments });
  if (stale.length > 0) return unknownAsStale(stale);
  return critic.judge({ episode_id, moments: moments.filter(isFresh) }, signal);
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
  if (critic.sees === 'episode') return judgeWhole(critic, clip, ended, signal);
  const judgements: Judgement[] = [];
  for (const index of clip.moments.keys())
    judgements.push(await judgePresent(critic, prefix(clip, index), signal));
  return judgements;
}

/** As `judgeAll`, of a critic that needs the whole episode. @throws Error if it does not give one judgement per moment */
export async function judgeWhole(
  critic: EpisodeCritic,
  { episode_id, moments }: Clip,
  ended: Ended,
  signal?: AbortSignal,
): Promise<readonly Judgement[]> {
  const seen = moments.filter(isFresh);
  const said =
    seen.length === 0 ? [] : await critic.judgeEpisode({ episode_id, moments: seen }, ended, signal);
  if (said.length !== seen.length)
    throw new Error(`${critic.name} gave ${said.length} judgements of ${seen.length} moments`);
  const bySeen = new Map(seen.map((moment, i) => [moment, said[i]]));
  return moments.map((moment) => bySeen.get(moment) ?? unknownAsStale(moment.stale ?? []));
}

function isFresh({ stale = [] }: Moment): boolean {
  return stale.length === 0;
}

function unknownAsStale(stale: readonly string[]): Judgement {
  return unknown(`stale: ${stale.join(', ')}`);
}
