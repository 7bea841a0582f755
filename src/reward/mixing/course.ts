/** What an episode was, as far as all terms are concerned: where it ended, how, and what was penalised on the way. */
import { firstSeen, holds, type EpisodeOpinions } from './opinions.js';
import type { MixerSpec } from './spec.js';

export type Course = {
  /** the step that led into a hard infraction */
  readonly infraction: number | undefined;
  /** steps before it, or all: those for which something is paid */
  readonly paid: number;
  /** whether nothing comes after the last step that counts */
  readonly terminated: boolean;
  readonly success: boolean;
  /** [T], what positive shaping of each step is multiplied by */
  readonly factor: readonly number[];
};

/**
 * An infraction ends the episode at the step that led there, whatever came later (CaRL, arXiv 2504.17838); one seen at the very beginning
 * ends it at step 0.
 */
export function courseOf({ penalties, infractions }: MixerSpec, episode: EpisodeOpinions): Course {
  const { steps, outcome, terminated } = episode;
  const seen = Object.values(infractions).flatMap((sign) => firstSeen(sign, episode) ?? []);
  const infraction = seen.length === 0 || steps === 0 ? undefined : Math.max(0, Math.min(...seen) - 1);
  const penalised = Object.values(penalties).map((sign) => ({ ...sign, held: holds(sign, episode) }));
  const factor = Array.from({ length: steps }, (_, t) =>
    penalised.reduce((product, { held, factor }) => (held[t + 1] ? product * factor : product), 1),
  );
  return {
    infraction,
    paid: infraction ?? steps,
    terminated: terminated || infraction !== undefined,
    success: outcome === 'success' && infraction === undefined,
    factor,
  };
}
