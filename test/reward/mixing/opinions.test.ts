/** What becomes of opinions that are unknown, and of several on the same moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../../../src/reward/judgement.js';
import { Mixer } from '../../../src/reward/mixing/mixer.js';
import type { EpisodeOpinions } from '../../../src/reward/mixing/opinions.js';
import { successOnly, type TermSpec } from '../../../src/reward/mixing/spec.js';
import { says } from '../clips.js';
import {
  difference,
  discounted,
  gamma,
  isNear,
  judged,
  mix,
  now,
  paid,
  potential,
  watched,
  withTerm,
} from './episodes.js';

test('an unknown opinion is not 0: the last known one stands, for a beginning nothing is known of the first', () => {
  const gaps = [undefined, 0.25, undefined, undefined, 0.75, undefined];
  isNear(paid(difference, watched(gaps)), [0, 0, 0, 0.5, 0]);
  isNear(paid(potential, watched(gaps, { terminated: false })), [
    ...[0.225 - 0.25, 0.225 - 0.25, 0.225 - 0.25],
    ...[0.9 * 0.75 - 0.25, 0.9 * 0.75 - 0.75],
  ]);
  isNear([discounted(paid(potential, watched(gaps)), gamma)], [-0.25]);
  const bonus = paid({ ...difference, form: 'count' }, watched([0, undefined, 0.05, 0.05]));
  isNear(bonus, [0, 1, 1 / Math.sqrt(2)]);
  isNear(paid({ ...difference, form: 'level' }, watched([0, undefined, 0.5])), [0, 0.5]);
  assert.equal(mix(withTerm(difference), watched(gaps)).missing, 4);
});

test('a potential that begins unknown begins as earlier episodes did, so nothing is earned by looking bad at first', () => {
  const mixer = new Mixer(withTerm({ ...potential, weight: 2 }), { gamma });
  const first = watched([undefined, 0.25, 0.75]);
  const returnOf = (episode: EpisodeOpinions): number =>
    discounted(mixer.mix(episode, now).terms.shaping, gamma);
  isNear([returnOf(first)], [-0.5]);
  mixer.take(first, now);
  mixer.take(watched([0.75, 0.5, 1]), now);
  // Opinions of the end only, as a person gives them: 0.5 is the mean of 0.25 and 0.75.
  for (const grade of [0, 0.5, 1]) isNear([returnOf(watched([undefined, undefined, grade]))], [-1]);
  isNear([returnOf(watched([0.25, 0.5, 1]))], [-0.5]);

  const both = new Mixer(withTerm({ ...potential, critics: ['late', 'look'] }), { gamma });
  both.take(judged({ late: [0.75, 1], look: [0.75, 1] }), now);
  const shaping = both.mix(judged({ late: [undefined, 0.5], look: [1, 1] }), now).terms.shaping;
  isNear(shaping, [-0.75]);
});

test('what is not a number or too uncertain counts as unknown', () => {
  const judgements = [
    says(0.5),
    says(NaN),
    says(0.1, { uncertainty: 0.8 }),
    says(0.75, { uncertainty: 0.2 }),
  ];
  const episode = { ...watched([0, 0, 0, 0]), judgements: new Map([['look', judgements]]) };
  const { terms, missing } = mix(withTerm({ ...difference, max_uncertainty: 0.3 }), episode);
  isNear(terms.shaping, [0, 0, 0.25]);
  assert.equal(missing, 2);
});

test('an episode without any opinion is paid by success alone', () => {
  const terms = { a: potential, b: difference, c: { ...difference, form: 'level' as const } };
  const silent = watched([undefined, undefined, undefined], { outcome: 'success' });
  for (const judgements of [silent.judgements, new Map<string, Judgement[]>()]) {
    const { reward, missing } = mix({ ...successOnly, terms }, { ...silent, judgements });
    assert.deepEqual(reward, [0, 1]);
    assert.equal(missing, 3);
  }
});

test('judgements that are not one per moment are refused', () => {
  const episode = { ...watched([0, 1, 0]), steps: 3 };
  assert.throws(
    () => mix(withTerm(difference), episode),
    /look gave 3 judgements of an episode of 4 moments/,
  );
});

test('an ensemble pays for its most careful member, and neither silence nor absence of one raises the value', () => {
  const both: TermSpec = { ...difference, critics: ['look', 'touch'] };
  const opinions = { look: [0, 0.5, 1, 1], touch: [0, 0.25, undefined, 0.5] };
  isNear(paid(both, judged(opinions)), [0.25, 0, 0.25]);
  isNear(paid({ ...both, form: 'level' }, judged(opinions)), [0.25, 0, 0.5]);
  isNear(paid(both, judged({ look: [0, 0.5, 1, 1] })), [0, 0, 0]);
  const spread: TermSpec = { ...both, form: 'level', ensemble: 'mean_minus_std', k: 0.5 };
  isNear(paid(spread, judged({ look: [0, 1, 1], touch: [0, 0.5, 1] })), [0.75 - 0.125, 1]);
  isNear(paid({ ...spread, k: 100 }, judged({ look: [0, 1], touch: [0, 0.5] })), [0]);
});
