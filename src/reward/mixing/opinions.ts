/** What critics said of a whole episode, read as numbers. Unknown stays unknown. */
import type { Judgement } from '../judgement.js';
import { meanAndSpread } from '../statistics.js';
import type { MixerSpec, Sign, TermSpec } from './spec.js';

/** An episode that ended, as the mixer sees it. */
export type EpisodeOpinions = {
  /** T, executed */
  readonly steps: number;
  readonly outcome: 'unknown' | 'success' | 'failure';
  /** True if the task ended, false if only the clock did. */
  readonly terminated: boolean;
  /** by critic, [T + 1]; undefined where nothing came, as of a critic that is not there at all */
  readonly judgements: ReadonlyMap<string, readonly (Judgement | undefined)[]>;
};

/** Numbers of the moments 0 to T, undefined where they are unknown. */
type Series = readonly (number | undefined)[];

/** @throws Error if a critic's judgements are not one per moment */
export function checkLengths({ steps, judgements }: EpisodeOpinions): void {
  for (const [critic, { length }] of judgements) {
    if (length !== steps + 1)
      throw new Error(`${critic} gave ${length} judgements of an episode of ${steps + 1} moments`);
  }
}

/** What a term's critics say together at each moment, [T + 1]; unknown where one of them says nothing. For terms that pay for a moment. */
export function valuesAsStated(term: TermSpec, episode: EpisodeOpinions): Series {
  const byCritic = term.critics.map((critic) => stated(term, critic, episode));
  return moments(episode).map((m) => {
    const here = byCritic.map((series) => series[m]);
    return here.every((value) => value !== undefined) ? together(term, here) : undefined;
  });
}

/** Values without gaps, and since when they are the critics' own. */
export type Carried = {
  /** [T + 1] */
  readonly values: readonly number[];
  /** the moment from which on every critic has spoken; before it a value comes from a later moment */
  readonly since: number;
};

/**
 * The same without gaps, for terms that pay for what lies between two moments: each critic's last known value stands until it speaks
 * again, and its first one also for what was before. So silence changes nothing, nor does the silence of one critic let the others decide.
 * @returns undefined if one of the critics said nothing of the whole episode
 */
export function valuesCarried(term: TermSpec, episode: EpisodeOpinions): Carried | undefined {
  const byCritic: (readonly number[])[] = [];
  let since = 0;
  for (const critic of term.critics) {
    const series = stated(term, critic, episode);
    const first = series.findIndex((value) => value !== undefined);
    if (first < 0) return undefined;
    since = Math.max(since, first);
    byCritic.push(carried(series));
  }
  const at = (m: number): number[] => byCritic.map((series) => series[m]);
  return { values: moments(episode).map((m) => together(term, at(m))), since };
}

/** The first moment at which the sign is known to be there. */
export function firstSeen(
  { critic, component, threshold }: Sign,
  episode: EpisodeOpinions,
): number | undefined {
  const at = moments(episode).findIndex((m) => {
    const value = saidAt(episode, critic, component, m);
    return value !== undefined && value >= threshold;
  });
  return at < 0 ? undefined : at;
}

/** Whether the sign is there at each moment, [T + 1]: as last known, and not before anything is known. */
export function holds({ critic, component, threshold }: Sign, episode: EpisodeOpinions): readonly boolean[] {
  let last: number | undefined;
  return moments(episode).map((m) => {
    last = saidAt(episode, critic, component, m) ?? last;
    return last !== undefined && last >= threshold;
  });
}

/** How many moments, 0 to T, lack a value that a term, a penalty or an infraction looks at. */
export function missingMoments(spec: MixerSpec, episode: EpisodeOpinions): number {
  const { terms, penalties, infractions } = spec;
  const looked: Series[] = Object.values(terms).map((term) => valuesAsStated(term, episode));
  for (const { critic, component } of [...Object.values(penalties), ...Object.values(infractions)])
    looked.push(moments(episode).map((m) => saidAt(episode, critic, component, m)));
  return moments(episode).filter((m) => looked.some((series) => series[m] === undefined)).length;
}

function moments({ steps }: EpisodeOpinions): number[] {
  return Array.from({ length: steps + 1 }, (_, m) => m);
}

/** What a critic says of the term's value, within the term's range; unknown also where it is too uncertain. */
function stated(
  { value, range, max_uncertainty }: TermSpec,
  critic: string,
  episode: EpisodeOpinions,
): Series {
  const [low, high] = range;
  return moments(episode).map((m) => {
    const uncertainty = episode.judgements.get(critic)?.[m]?.uncertainty;
    if (uncertainty !== undefined && uncertainty > max_uncertainty) return undefined;
    const said = saidAt(episode, critic, value, m);
    return said === undefined ? undefined : Math.min(high, Math.max(low, said));
  });
}

function saidAt(
  { judgements }: EpisodeOpinions,
  critic: string,
  value: string,
  m: number,
): number | undefined {
  const judgement = judgements.get(critic)?.[m];
  if (judgement === undefined) return undefined;
  const { progress, done, components } = judgement;
  const said = value === 'progress' ? progress : value === 'done' ? done : components[value];
  return Number.isFinite(said) ? said : undefined;
}

/** Without gaps; empty if nothing is known. */
function carried(series: Series): number[] {
  let last = series.find((value) => value !== undefined);
  return series.flatMap((value) => {
    last = value ?? last;
    return last ?? [];
  });
}

/**
 * One value out of those of several critics: the worst case, or the mean less what they disagree by (WCO and UWO of arXiv 2310.02743, with the
 * standard deviation for the variance, so that k has no unit).
 */
function together({ ensemble, k, range }: TermSpec, values: readonly number[]): number {
  if (ensemble === 'minimum') return Math.min(...values);
  const { mean, spread } = meanAndSpread(values);
  return Math.max(range[0], mean - k * spread);
}
