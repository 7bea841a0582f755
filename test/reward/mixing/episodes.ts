/** Short ways to write specs and episodes, and to pay them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Mixer, type MixedReward } from '../../../src/reward/mixing/mixer.js';
import type { EpisodeOpinions } from '../../../src/reward/mixing/opinions.js';
import { plainTerm, successOnly, type MixerSpec, type TermSpec } from '../../../src/reward/mixing/spec.js';
import { says } from '../clips.js';

/** Pays the change of progress as the critic `look` tells it, with weight 1. */
export const difference: TermSpec = { ...plainTerm('look', 'difference'), bins: 10 };

export const potential = plainTerm('look', 'potential');

/** Success 1 and one term, `shaping`. */
export function withTerm(term: TermSpec, rest: Partial<MixerSpec> = {}): MixerSpec {
  return { ...successOnly, terms: { shaping: term }, ...rest };
}

type Progress = readonly (number | undefined)[];

/** An episode that `look` judged, and that failed unless it is said otherwise; undefined where no judgement came. */
export function watched(progress: Progress, rest: Partial<EpisodeOpinions> = {}): EpisodeOpinions {
  return judged({ look: progress }, rest);
}

/** As `watched`, by several critics. All have as many moments. */
export function judged(
  progress: Readonly<Record<string, Progress>>,
  rest: Partial<EpisodeOpinions> = {},
): EpisodeOpinions {
  const [first] = Object.values(progress);
  const judgements = new Map(
    Object.entries(progress).map(([critic, series]) => [
      critic,
      series.map((value) => (value === undefined ? undefined : says(value))),
    ]),
  );
  return { steps: first.length - 1, outcome: 'failure', terminated: true, judgements, ...rest };
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

export function discounted(amounts: readonly number[], gamma: number): number {
  return amounts.reduceRight((later, amount) => amount + gamma * later, 0);
}

/** `look` tells progress, `touch` a force at each moment; undefined where it says nothing. */
export function felt(
  progress: readonly number[],
  force: readonly (number | undefined)[],
  rest: Partial<EpisodeOpinions> = {},
): EpisodeOpinions {
  const episode = watched(progress, rest);
  const touch = force.map((value) =>
    value === undefined ? undefined : says(undefined, { components: { force: value } }),
  );
  return { ...episode, judgements: new Map([...episode.judgements, ['touch', touch]]) };
}

export const gamma = 0.9;
export const now = { steps: 0 };

/** What a mixer that has seen nothing yet pays. */
export function mix(spec: MixerSpec, episode: EpisodeOpinions, discount = gamma): MixedReward {
  return new Mixer(spec, { gamma: discount }).mix(episode, now);
}

/** What the term pays for each step. */
export function paid(term: TermSpec, episode: EpisodeOpinions): readonly number[] {
  return mix(withTerm(term), episode).terms.shaping;
}

/** Progress over an episode, as it may be. */
export const progressOf = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: 2,
  maxLength: 30,
});

export function isNear(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) =>
    assert.ok(
      Math.abs(value - expected[i]) < 1e-12,
      `[${i}] is ${value}, not ${expected[i]}: ${actual.join(' ')}`,
    ),
  );
}
