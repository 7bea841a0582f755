/** How much a return can be under a spec, for learners that clamp what they bootstrap. */
import type { MixerSpec, TermSpec } from './spec.js';
import { leastScaleOf } from './term-statistics.js';

/** Lower and upper end. */
type Range = readonly [number, number];

/**
 * The range in which the discounted return from any step of any episode lies, so the true value Q(s, a) of every policy too. Success alone
 * with weight 1 gives [0, 1], what the target of a sparse reward is clamped to. Infinite where nothing bounds a term.
 *
 * The range is the sum of those of its parts, each of which can also pay nothing:
 * - success pays once, gamma^k * success.
 * - potential: the terms from step t to a termination add up to -Phi(s_t), whatever happens (Ng et al. 1999), and a time-out is
 *   bootstrapped, so the value of the shaped problem is V - Phi. Phi is between the ends of weight * range.
 * - every other term pays per step between two ends p and P, so between p / (1 - gamma) and P / (1 - gamma) in all.
 * - a running sum S of pay that stays in an interval: sum_k gamma^k (S_k+1 - S_k) = C - S_t with C a weighted mean of later S (weights
 *   (1 - gamma) gamma^k, the last one gamma^(n-1)), so the return is within the interval's length either way. The interval is [-cap, cap]
 *   under a cap, and weight * range for a difference that nothing bends. A clip or a penalty only takes from a difference, so the
 *   upper end stays; the lower does not, since a way up that was clipped can be lost in full again and again.
 */
export function returnBounds(
  { success, terms, penalties }: MixerSpec,
  { gamma }: { gamma: number },
): readonly [low: number, high: number] {
  const isPenalised = Object.keys(penalties).length > 0;
  const bounds = Object.values(terms).map((term) => termBounds(term, gamma, isPenalised));
  return bounds.reduce(
    (sum: Range, bound) => [sum[0] + Math.min(0, bound[0]), sum[1] + Math.max(0, bound[1])],
    [0, success],
  );
}

function termBounds(term: TermSpec, gamma: number, isPenalised: boolean): Range {
  const { weight, form, cap } = term;
  const weights = typeof weight === 'number' ? [weight] : [weight.from, weight.to];
  if (form === 'potential') return hull(weights.flatMap((w) => term.range.map((value) => -w * value)));
  const [low, high] = stepBounds(term, weights);
  const lasting = 1 / (1 - gamma);
  const bounds: Range[] = [
    [scaled(low, lasting), scaled(high, lasting)],
    [-2 * cap, 2 * cap],
  ];
  if (form === 'difference' && term.squash === 'none') {
    const length = Math.max(...weights.map(Math.abs)) * Math.max(...rawBounds(term));
    bounds.push([isPenalised || term.clip < Infinity ? -Infinity : -length, length]);
  }
  return [Math.max(...bounds.map(([end]) => end)), Math.min(...bounds.map(([, end]) => end))];
}

/** What a step pays, 0 included. */
function stepBounds(term: TermSpec, weights: readonly number[]): Range {
  const amounts = term.squash === 'par' ? [-0.5, 0.5] : rawBounds(term);
  const [low, high] = hull([0, ...weights.flatMap((w) => amounts.map((amount) => w * amount))]);
  return [low, Math.min(term.clip, high)];
}

/** Of what a step brings before squashing and weight. */
function rawBounds(term: TermSpec): number[] {
  const [low, high] = term.range;
  const raw = term.form === 'count' ? [0, 1] : term.form === 'level' ? [low, high] : [low - high, high - low];
  return raw.map((amount) => amount / leastScaleOf(term));
}

function hull(values: readonly number[]): Range {
  return [Math.min(...values), Math.max(...values)];
}

/** 0 stays 0 without a discount, too. */
function scaled(value: number, factor: number): number {
  return value === 0 ? 0 : value * factor;
}
