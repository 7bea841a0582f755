/** What the mixer makes of an episode as a whole, and what it remembers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../../src/engine/index.js';
import { Mixer } from '../../../src/reward/mixing/mixer.js';
import type { EpisodeOpinions } from '../../../src/reward/mixing/opinions.js';
import { successOnly, type MixerSpec } from '../../../src/reward/mixing/spec.js';
import { says } from '../clips.js';
import {
  difference,
  discounted,
  felt,
  gamma,
  isNear,
  mix,
  now,
  potential,
  progressOf,
  sum,
  watched,
  withTerm,
} from './episodes.js';

test('success alone is paid on the last step of a success, whatever critics say', () => {
  const episode = watched([0, 0.5, 1, 1], { outcome: 'success' });
  assert.deepEqual(mix(successOnly, episode).reward, [0, 0, 1]);
  assert.deepEqual(mix({ ...successOnly, success: 2.5 }, episode).reward, [0, 0, 2.5]);
  for (const outcome of ['failure', 'unknown'] as const)
    assert.deepEqual(mix(successOnly, { ...episode, outcome }).reward, [0, 0, 0]);
});

test('rewards are the sum of their terms', () => {
  const terms = { one: difference, two: { ...potential, weight: 0.5 } };
  const { reward, terms: parts } = mix(
    { ...successOnly, terms },
    watched([0, 0.3, 0.9], { outcome: 'success' }),
  );
  assert.deepEqual(Object.keys(parts), ['success', 'one', 'two']);
  isNear(
    reward,
    reward.map((_, t) => parts.success[t] + parts.one[t] + parts.two[t]),
  );
  isNear(parts.success, [0, 1]);
});

test('what is claimed is what was paid, and for a potential what it rose by, success not included', () => {
  const progress = [0.25, 0.5, 0.75, 0.5];
  const terms = { change: { ...difference, cap: 0.125 }, phi: { ...potential, weight: 2 } };
  const spec = { ...successOnly, terms };
  isNear([mix(spec, watched(progress, { outcome: 'success' })).claimed], [-0.125 + 0.5]);
  isNear([mix(spec, watched([undefined, undefined])).claimed], [0]);
  const infractions = { high: { critic: 'look', component: 'progress', threshold: 0.75 } };
  isNear([mix({ ...spec, infractions }, watched(progress)).claimed], [0.125 + 1]);
});

test('penalties multiply what is gained in a step and leave losses as they are', () => {
  const penalties = {
    press: { critic: 'touch', component: 'force', threshold: 10, factor: 0.5 },
    crush: { critic: 'touch', component: 'force', threshold: 20, factor: 0.1 },
  };
  const progress = [0, 0.25, 0.5, 0.25, 0.5];
  const { terms, reward } = mix(
    withTerm(difference, { penalties }),
    felt(progress, [0, 10, 25, 25, 0], { outcome: 'success' }),
  );
  isNear(terms.shaping, [0.125, 0.25 * 0.5 * 0.1, -0.25, 0.25]);
  isNear([reward[3]], [1.25]);
  const silent = felt(progress, [undefined, undefined, 10, undefined, undefined]);
  isNear(mix(withTerm(difference, { penalties }), silent).terms.shaping, [0.25, 0.125, -0.25, 0.125]);
});

test('a hard infraction ends the episode at the step that led there: no success, no shaping, the potential given back', () => {
  const infractions = { crush: { critic: 'touch', component: 'force', threshold: 20 } };
  const terms = {
    change: difference,
    near: { ...difference, form: 'level' as const },
    held: { ...difference, gate: 'outcome' as const },
    phi: { ...potential, weight: 2 },
  };
  const spec = { ...successOnly, terms, infractions };
  const progress = [0.25, 0.5, 0.75, 1];
  const fine = mix(spec, felt(progress, [0, 0, 19, undefined], { outcome: 'success' }));
  assert.deepEqual([fine.terminated_at, fine.terms.success[2]], [undefined, 1]);

  const crushed = mix(spec, felt(progress, [0, 0, 25, 0], { outcome: 'success', terminated: false }));
  assert.equal(crushed.terminated_at, 1);
  isNear(crushed.terms.success, [0, 0, 0]);
  isNear(crushed.terms.change, [0.25, 0, 0]);
  isNear(crushed.terms.near, [0.5, 0, 0]);
  isNear(crushed.terms.held, [0, 0, 0]);
  isNear(crushed.terms.phi, [gamma * 1 - 0.5, -1, 0]);
  isNear([discounted(crushed.terms.phi, gamma)], [-0.5]);

  const atOnce = mix(spec, felt(progress, [25, 0, 0, 0], { outcome: 'success' }));
  assert.equal(atOnce.terminated_at, 0);
  isNear(atOnce.reward, [-0.5, 0, 0]);
});

test('terms are normalised each by its own size, and one that never changes is not blown up', () => {
  const normalise = 'running';
  const terms = {
    small: { ...difference, normalise, weight: 2 } as const,
    large: { ...difference, normalise, critics: ['touch'], value: 'force', range: [0, 1000] } as const,
    still: { ...difference, normalise, critics: ['rest'] } as const,
  };
  const mixer = new Mixer({ ...successOnly, terms }, { gamma });
  const random = createRandom(5);
  const draw = (): EpisodeOpinions => {
    const numbers = Array.from({ length: 21 }, () => random.uniform());
    const episode = felt(
      numbers.map((x) => x / 100),
      numbers.map((x) => 900 * x),
    );
    const rest = numbers.map((x) => says(0.5 + x * 1e-12));
    return { ...episode, judgements: new Map([...episode.judgements, ['rest', rest]]) };
  };
  for (let i = 0; i < 200; i++) mixer.take(draw(), now);
  const pay = mixer.mix(draw(), now).terms;
  const size = (amounts: readonly number[]): number =>
    Math.sqrt(sum(amounts.map((x) => x * x)) / amounts.length);
  assert.ok(Math.abs(size(pay.small) - 2) < 0.5, `${size(pay.small)}`);
  assert.ok(Math.abs(size(pay.large) - 1) < 0.25, `${size(pay.large)}`);
  isNear(
    pay.small.map((x) => x / 2),
    pay.large,
  );
  assert.ok(size(pay.still) < 1e-8, `${size(pay.still)}`);
});

test('every step counts the same for the size of a term, whichever episode it was in', () => {
  const mixer = new Mixer(withTerm({ ...difference, form: 'level', normalise: 'running' }), { gamma });
  mixer.take(watched([0, 0.6]), now);
  mixer.take(watched([0, 0.2, undefined, 0.2, 0.2]), now);
  assert.equal(mixer.state().shaping.steps, 4);
  const scale = Math.sqrt((0.36 + 3 * 0.04) / 4);
  isNear(mixer.mix(watched([0, 0.5, undefined]), now).terms.shaping, [0.5 / scale, 0]);
});

test('a bonus falls with the visits that its bin has had in this and earlier episodes', () => {
  const mixer = new Mixer(withTerm({ ...difference, form: 'count', bins: 2 }), { gamma });
  const episode = watched([0, 0.1, 0.6, 1]);
  const first = mixer.take(episode, now);
  isNear(mixer.mix(episode, first).terms.shaping, [1, 1, 1 / Math.sqrt(2)]);
  const second = mixer.take(episode, now);
  isNear(mixer.mix(episode, second).terms.shaping, [1 / Math.sqrt(2), 1 / Math.sqrt(3), 1 / 2]);
  isNear(mixer.mix(episode, first).terms.shaping, [1, 1, 1 / Math.sqrt(2)]);
});

const manyTerms: MixerSpec = {
  ...successOnly,
  terms: {
    scaled: { ...difference, normalise: 'running' },
    bonus: { ...difference, form: 'count', weight: 0.1 },
    held: { ...difference, gate: 'outcome', cap: 0.5 },
    phi: potential,
  },
  infractions: { far: { critic: 'look', component: 'progress', threshold: 0.99 } },
};

test('an episode mixed again once late opinions are in is paid as if they had come in time, and often as once', () => {
  fc.assert(
    fc.property(fc.array(progressOf, { minLength: 2, maxLength: 6 }), fc.nat(), (all, seed) => {
      const random = createRandom(seed);
      const [late, ...others] = all;
      const holes = late.map((value) => (random.uniform() < 0.5 ? undefined : value));
      const mixer = new Mixer(manyTerms, { gamma });
      mixer.take(watched(others[0]), now);
      const point = mixer.take(watched(holes, { outcome: 'success' }), now);
      const once = mixer.mix(watched(holes, { outcome: 'success' }), point);
      for (const other of others) mixer.take(watched(other), now);
      const state = JSON.stringify(mixer.state());
      assert.deepEqual(mixer.mix(watched(holes, { outcome: 'success' }), point), once);

      const inTime = new Mixer(manyTerms, { gamma });
      inTime.take(watched(others[0]), now);
      const whole = watched(late, { outcome: 'success' });
      assert.deepEqual(mixer.mix(whole, point), inTime.mix(whole, inTime.take(whole, now)));
      assert.equal(JSON.stringify(mixer.state()), state, 'mixing changes nothing');
    }),
    { seed: 6 },
  );
});

test('a restored mixer goes on as the one that was saved', () => {
  const mixer = new Mixer(manyTerms, { gamma });
  for (const value of [0.2, 0.5, 0.9]) mixer.take(watched([0, value, 0.1]), now);
  const saved: unknown = JSON.parse(JSON.stringify(mixer.state()));
  const restored = Mixer.restore(manyTerms, { gamma }, saved);
  const episode = watched([0.1, 0.6, 0.2], { outcome: 'success' });
  assert.deepEqual(restored.mix(episode, now), mixer.mix(episode, now));
  restored.take(episode, now);
  mixer.take(episode, now);
  assert.deepEqual(restored.state(), mixer.state());
  const { bonus } = mixer.state();
  for (const broken of [
    null,
    { ...bonus, steps: -1 },
    { ...bonus, mean_square: NaN },
    { ...bonus, episodes: 0.5 },
    { ...bonus, visits: [1] },
  ])
    assert.throws(() => Mixer.restore(manyTerms, { gamma }, { bonus: broken }), /term bonus/);
  assert.deepEqual(
    Mixer.restore(manyTerms, { gamma }, undefined).state(),
    new Mixer(manyTerms, { gamma }).state(),
  );
});
