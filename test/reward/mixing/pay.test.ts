/** What each form of a term pays, and what its limits do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Mixer } from '../../../src/reward/mixing/mixer.js';
import type { EpisodeOpinions } from '../../../src/reward/mixing/opinions.js';
import { successOnly, type MixerSpec, type TermSpec } from '../../../src/reward/mixing/spec.js';
import { says } from '../clips.js';
import {
  difference,
  discounted,
  gamma,
  isNear,
  mix,
  paid,
  potential,
  progressOf,
  sum,
  watched,
  withTerm,
} from './episodes.js';

test('a potential pays gamma Phi(next) - Phi: nothing counts after a termination, the last opinion does at a time-out', () => {
  const term = { ...potential, weight: 2 };
  const progress = [0.1, 0.5, 0.8];
  isNear(paid(term, watched(progress)), [0.9 - 0.2, -1]);
  isNear(paid(term, watched(progress, { terminated: false })), [0.9 - 0.2, 0.9 * 1.6 - 1]);
});

test('differences add up to the last value less the first: a failure is paid for what it reached, not up to 1', () => {
  fc.assert(
    fc.property(progressOf, fc.double({ min: -5, max: 5, noNaN: true }), (progress, weight) => {
      const pay = paid({ ...difference, weight }, watched(progress));
      isNear([sum(pay)], [weight * (progress[progress.length - 1] - progress[0])]);
    }),
    { seed: 1 },
  );
});

test('nothing that comes later changes what was paid before, so nothing is scaled to the range of an episode', () => {
  const terms = {
    one: difference,
    two: { ...potential, weight: 3 },
    three: { ...difference, form: 'level' as const },
    four: { ...difference, form: 'count' as const },
  };
  fc.assert(
    fc.property(progressOf, progressOf, (progress, later) => {
      const open = { terminated: false, outcome: 'unknown' as const };
      const short = mix({ ...successOnly, terms }, watched(progress, open)).reward;
      const long = mix({ ...successOnly, terms }, watched([...progress, ...later], open)).reward;
      isNear(long.slice(0, short.length), short);
    }),
    { seed: 2 },
  );
});

/** Up and down again, `times` times. */
function loops(up: readonly number[], down: readonly number[], times: number): number[] {
  return [up[0], ...Array.from({ length: times }, () => [...up.slice(1), ...down]).flat()];
}

test('going forward and back N times earns nothing that depends on N', () => {
  for (let n = 1; n <= 40; n++) {
    const episode = watched(loops([0.2, 0.5, 0.9], [0.6, 0.2], n), { terminated: false });
    isNear([sum(paid(difference, episode))], [0]);
    isNear([sum(mix(withTerm(potential), episode, 1).terms.shaping)], [0]);
    // Discounted, a potential pays gamma^T Phi(end) - Phi(start): between -Phi(start) and 0 for a loop.
    const shaping = paid(potential, episode);
    isNear([discounted(shaping, gamma)], [0.2 * gamma ** episode.steps - 0.2]);
    // Without discounting, its sum falls by (1 - gamma) Phi for each step spent.
    assert.ok(sum(shaping) < 0);
    // Discounted, the difference pays at most the way up once.
    assert.ok(discounted(paid(difference, episode), gamma) <= 0.7);
  }
});

test('a slow way up and a fall pay nothing, clipped and penalised or not; the level pays for every round', () => {
  const round = [[0, 0.1, 0.2, 0.3, 0.4], [0]] as const;
  const total = (term: TermSpec, times: number, rest: Partial<MixerSpec> = {}): number =>
    sum(mix(withTerm(term, rest), watched(loops(...round, times))).terms.shaping);
  const penalties = { any: { critic: 'look', component: 'progress', threshold: 0.15, factor: 0.5 } };
  for (const times of [1, 10, 50]) {
    isNear([total({ ...difference, clip: 0.1 }, times)], [0]);
    assert.ok(total({ ...difference, clip: 0.05 }, times) < 0);
    assert.ok(total(difference, times, { penalties }) < 0);
    assert.ok(total({ ...difference, form: 'level' }, times) > 0.9 * times);
    assert.ok(Math.abs(total({ ...difference, squash: 'par', cap: 0.01 }, times)) <= 0.01 + 1e-12);
  }
});

test('a clip bounds what a step pays, not what it costs', () => {
  isNear(paid({ ...difference, clip: 0.25 }, watched([0, 0.75, 0])), [0.25, -0.75]);
  isNear(paid({ ...difference, clip: 0.25, weight: -1 }, watched([0, 0.75, 0])), [-0.75, 0.25]);
});

test('par pays 0 at the reference, less than half the weight in all, and grows most there', () => {
  const term: TermSpec = { ...difference, form: 'level', squash: 'par', reference: 0.25, weight: 2 };
  const wide = (progress: readonly number[]): EpisodeOpinions => ({
    ...watched(progress),
    judgements: new Map([['look', progress.map((value) => says(0, { components: { score: value } }))]]),
  });
  const scored = { ...term, value: 'score', range: [-100, 100] as const };
  isNear(paid(scored, wide([0, 0.25])), [0]);
  const [low, below, above, high] = paid(scored, wide([0, -100, -0.75, 1.25, 100]));
  assert.ok(low > -1 - 1e-12 && high < 1 + 1e-12 && high > 0.999);
  isNear([below, above], [1 - 2 / (1 + Math.exp(-1)), 2 / (1 + Math.exp(-1)) - 1]);
});

test('a cap bounds the sum at every step, and what lies beyond it is neither paid later nor owed', () => {
  const term: TermSpec = { ...difference, form: 'level', cap: 0.5 };
  isNear(paid(term, watched([0, 0.25, 0.5, 0.5])), [0.25, 0.25, 0]);
  isNear(paid({ ...difference, cap: 0.5 }, watched([0, 0.75, 0.5, 0.75])), [0.5, -0.25, 0.25]);
  fc.assert(
    fc.property(progressOf, (progress) => {
      let total = 0;
      for (const amount of paid({ ...difference, weight: 3, cap: 0.4 }, watched(progress))) {
        total += amount;
        assert.ok(Math.abs(total) <= 0.4 + 1e-12);
      }
    }),
    { seed: 3 },
  );
});

const gatedTerms = fc.record({
  form: fc.constantFrom<TermSpec['form']>('difference', 'level', 'count'),
  weight: fc.double({ min: -3, max: 3, noNaN: true }),
  clip: fc.constantFrom(0.05, Infinity),
  cap: fc.constantFrom(0.3, Infinity),
});

test('with the gate, no failed episode out-scores a successful one, and a term that a success contradicts pays nothing', () => {
  fc.assert(
    fc.property(fc.array(gatedTerms, { maxLength: 3 }), progressOf, progressOf, (chosen, good, bad) => {
      const terms = Object.fromEntries(
        chosen.map((term, i): [string, TermSpec] => [`t${i}`, { ...difference, ...term, gate: 'outcome' }]),
      );
      const spec = { ...successOnly, terms };
      const success = mix(spec, watched(good, { outcome: 'success' })).reward;
      for (const outcome of ['failure', 'unknown'] as const) {
        const failure = mix(spec, watched(bad, { outcome })).reward;
        assert.equal(sum(failure), 0);
        assert.ok(sum(success) >= 1 && discounted(success, gamma) > 0);
      }
    }),
    { seed: 4 },
  );
  const gate = 'outcome';
  isNear(paid({ ...difference, gate }, watched([0, 0.5, 1], { outcome: 'success' })), [0.5, 0.5]);
  isNear(paid({ ...difference, gate }, watched([0.5, 1, 0], { outcome: 'success' })), [0, 0]);
  // What is lost early and regained late adds up to 0, but not when discounted: worse than a failure without it.
  const late = [1, ...new Array<number>(20).fill(0), 1];
  isNear([sum(paid({ ...difference, gate }, watched(late, { outcome: 'success' })).map(Math.abs))], [0]);
});

test('a scheduled weight follows a line over control steps and is one number within an episode', () => {
  const spec = withTerm({ ...difference, weight: { from: 1, to: 0, steps: 1000 } });
  const mixer = new Mixer(spec, { gamma });
  for (const [steps, weight] of [
    [0, 1],
    [250, 0.75],
    [1000, 0],
    [5000, 0],
  ])
    isNear(mixer.mix(watched([0, 0.5, 1]), { steps }).terms.shaping, [0.5 * weight, 0.5 * weight]);
});
