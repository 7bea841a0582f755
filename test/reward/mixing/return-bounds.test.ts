import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../../src/engine/index.js';
import { Mixer } from '../../../src/reward/mixing/mixer.js';
import { returnBounds } from '../../../src/reward/mixing/return-bounds.js';
import { successOnly, type MixerSpec, type TermSpec } from '../../../src/reward/mixing/spec.js';
import { says } from '../clips.js';
import { difference, discounted, potential, watched, withTerm } from './episodes.js';

test('the bounds of each form are those of its derivation', () => {
  const bounds = (spec: MixerSpec, gamma = 0.9): number[] =>
    returnBounds(spec, { gamma }).map((x) => +x.toFixed(9));
  assert.deepEqual(bounds(successOnly), [0, 1]);
  assert.deepEqual(bounds(successOnly, 1), [0, 1]);
  assert.deepEqual(bounds(withTerm({ ...potential, weight: 0.5 })), [-0.5, 1]);
  assert.deepEqual(bounds(withTerm({ ...potential, weight: -2 })), [0, 3]);
  assert.deepEqual(bounds(withTerm({ ...difference, weight: 0.5 }), 1), [-0.5, 1.5]);
  assert.deepEqual(bounds(withTerm({ ...difference, cap: 0.2 })), [-0.4, 1.4]);
  assert.deepEqual(bounds(withTerm({ ...difference, clip: 0.05 })), [-10, 1.5]);
  assert.deepEqual(bounds(withTerm({ ...difference, form: 'level', weight: 0.5 })), [0, 6]);
  assert.deepEqual(bounds(withTerm({ ...difference, form: 'level' }), 1), [0, Infinity]);
  assert.deepEqual(bounds(withTerm({ ...difference, form: 'level', cap: 0.5 }), 1), [0, 2]);
  assert.deepEqual(bounds(withTerm({ ...difference, weight: { from: 1, to: -2, steps: 9 } })), [-2, 3]);
});

test('what is penalised can lose more than its range: a way up that counts half is lost in full each time', () => {
  const penalties = { any: { critic: 'look', component: 'progress', threshold: 0.5, factor: 0.5 } };
  const spec = withTerm(difference, { penalties });
  const [low] = returnBounds(spec, { gamma: 0.9 });
  const loops = Array.from({ length: 41 }, (_, m) => m % 2);
  const value = discounted(new Mixer(spec, { gamma: 0.9 }).mix(watched(loops), { steps: 0 }).reward, 0.9);
  assert.ok(value < -1 && value > low, `${value} and ${low}`);
});

const range = fc.constantFrom<readonly [number, number]>([0, 1], [-2, 5], [0.5, 1]);
const weight = fc.oneof(
  fc.double({ min: -3, max: 3, noNaN: true }),
  fc.record({ from: fc.constantFrom(-1, 2), to: fc.constantFrom(0, 1), steps: fc.constant(100) }),
);
const limited = fc.record({
  form: fc.constantFrom<TermSpec['form']>('difference', 'level', 'count'),
  ...{ range, weight },
  clip: fc.constantFrom(0.05, Infinity),
  cap: fc.constantFrom(0.3, Infinity),
  gate: fc.constantFrom<TermSpec['gate']>('none', 'outcome'),
  squash: fc.constantFrom<TermSpec['squash']>('none', 'par'),
  normalise: fc.constantFrom<TermSpec['normalise']>('none', 'running'),
});
const anyPotential = fc.record({
  form: fc.constant<TermSpec['form']>('potential'),
  ...{ range, weight: fc.double({ min: -3, max: 3, noNaN: true }) },
});
const someTerm: fc.Arbitrary<Partial<TermSpec>> = fc.oneof(limited, anyPotential);

test('no return from any step of an episode that terminates lies outside the bounds', () => {
  fc.assert(
    fc.property(
      fc.array(someTerm, { maxLength: 3 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(0.5, 0.9, 0.99),
      fc.nat(),
      (chosen, isPenalised, isForbidden, gamma, seed) => {
        const random = createRandom(seed);
        const terms = Object.fromEntries(
          chosen.map((term, i): [string, TermSpec] => [`t${i}`, { ...difference, value: 'score', ...term }]),
        );
        const harm = { critic: 'look', component: 'score', threshold: 0.9 };
        const spec: MixerSpec = {
          ...{ success: 1, terms },
          penalties: isPenalised ? { harm: { ...harm, factor: 0.3 } } : {},
          infractions: isForbidden ? { harm: { ...harm, threshold: 4.9 } } : {},
        };
        const mixer = new Mixer(spec, { gamma });
        const [low, high] = returnBounds(spec, { gamma });
        for (let i = 0; i < 4; i++) {
          const jump = random.uniform() < 0.5;
          const scores = Array.from({ length: 30 }, (_, m) =>
            jump ? (m % 2 === 0 ? -9 : 9) : 8 * random.uniform() - 3,
          );
          const look = scores.map((score) =>
            random.uniform() < 0.1 ? undefined : says(undefined, { components: { score } }),
          );
          const outcome = random.uniform() < 0.5 ? 'success' : 'failure';
          const episode = { ...watched(scores, { outcome }), judgements: new Map([['look', look]]) };
          const { reward } = mixer.mix(episode, mixer.take(episode, { steps: 50 * i }));
          for (const t of reward.keys()) {
            const value = discounted(reward.slice(t), gamma);
            assert.ok(value >= low - 1e-9 && value <= high + 1e-9, `${value} is not in [${low}, ${high}]`);
          }
        }
      },
    ),
    { seed: 1, numRuns: 600 },
  );
});

test('with 40 % of the done labels flipped, what is paid stays within the bounds', () => {
  const gamma = 0.97;
  const random = createRandom(7);
  const done: TermSpec = { ...difference, value: 'done', weight: 0.5 };
  const specs = [withTerm(done), withTerm({ ...done, cap: 0.25 }), withTerm({ ...done, form: 'potential' })];
  for (const spec of specs) {
    const mixer = new Mixer(spec, { gamma });
    const [low, high] = returnBounds(spec, { gamma });
    assert.ok(low >= -0.5 && high <= 1.5, 'what a critic can add or take is at most its weight');
    for (let i = 0; i < 300; i++) {
      const look = Array.from({ length: 61 }, (_, m) => {
        const truth = m > 50 ? 1 : 0;
        return says(undefined, { done: random.uniform() < 0.4 ? 1 - truth : truth });
      });
      const episode = { ...watched(look.map(() => 0)), judgements: new Map([['look', look]]) };
      const { reward } = mixer.mix(episode, { steps: 0 });
      for (const t of reward.keys()) {
        const value = discounted(reward.slice(t), gamma);
        assert.ok(value >= low - 1e-9 && value <= high + 1e-9);
      }
    }
  }
});
