/** How opinions become a reward: section `mixer` of a reward file, with every default filled in. */

/** In units of reward; a schedule is a straight line over the learner's control steps. */
export type Weight = number | { readonly from: number; readonly to: number; readonly steps: number };

/** One value of one or several critics, and how it is paid. What the keys mean: `schemas/reward.schema.json`. */
export type TermSpec = {
  readonly critics: readonly string[];
  readonly ensemble: 'minimum' | 'mean_minus_std';
  readonly k: number;
  readonly value: string;
  /** least and greatest value */
  readonly range: readonly [number, number];
  readonly form: 'potential' | 'difference' | 'level' | 'count';
  readonly weight: Weight;
  readonly normalise: 'none' | 'running';
  readonly squash: 'none' | 'par';
  readonly reference: number;
  /** Infinity: unlimited */
  readonly clip: number;
  /** Infinity: unlimited */
  readonly cap: number;
  readonly gate: 'none' | 'outcome';
  readonly max_uncertainty: number;
  readonly bins: number;
};

/** A component of a critic's judgement, and from where on it means something. */
export type Sign = { readonly critic: string; readonly component: string; readonly threshold: number };

export type PenaltySpec = Sign & { readonly factor: number };

export type MixerSpec = {
  /** paid on the step that ended in success */
  readonly success: number;
  readonly terms: Readonly<Record<string, TermSpec>>;
  readonly penalties: Readonly<Record<string, PenaltySpec>>;
  readonly infractions: Readonly<Record<string, Sign>>;
};

/** The default: nothing but the outcome is paid. */
export const successOnly: MixerSpec = { success: 1, terms: {}, penalties: {}, infractions: {} };

/** A term that pays one critic's progress as it is, with weight 1 and without limits. */
export function plainTerm(critic: string, form: TermSpec['form']): TermSpec {
  return {
    ...{ critics: [critic], ensemble: 'minimum', k: 1, value: 'progress', range: [0, 1], form, weight: 1 },
    ...{ normalise: 'none', squash: 'none', reference: 0, clip: Infinity, cap: Infinity },
    ...{ gate: 'none', max_uncertainty: 1, bins: 20 },
  };
}

/** The weight once the learner has taken `steps` control steps. */
export function weightAt(weight: Weight, steps: number): number {
  if (typeof weight === 'number') return weight;
  const share = Math.min(1, Math.max(0, steps / weight.steps));
  return weight.from + share * (weight.to - weight.from);
}
