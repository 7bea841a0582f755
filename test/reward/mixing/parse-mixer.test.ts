import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ConfigError } from '../../../src/config/config-error.js';
import { loadReward, type RewardFile } from '../../../src/reward/reward-file.js';
import { scratchFolder } from '../../config/scratch-folder.js';

const head = `
task: lift
critics:
  look: { kind: success_expression }
  person: { kind: human }
`;

function load(t: TestContext, mixer: string): RewardFile {
  const file = join(scratchFolder(t), 'reward.yaml');
  writeFileSync(file, head + mixer);
  return loadReward(file);
}

test('a file without a mixer pays success only, and so does an empty one', (t) => {
  const expected = { success: 1, terms: {}, penalties: {}, infractions: {} };
  for (const mixer of ['', 'mixer: {}']) {
    const reward = load(t, mixer);
    assert.deepEqual(reward.mixer, expected);
    assert.deepEqual(reward.warnings, []);
  }
});

test('a term that names its critic only is the potential of progress with weight 1', (t) => {
  assert.deepEqual(load(t, 'mixer: { terms: { shaping: { critic: look } } }').mixer.terms.shaping, {
    ...{ critics: ['look'], ensemble: 'minimum', k: 1, value: 'progress', range: [0, 1] },
    ...{ form: 'potential', weight: 1, normalise: 'none', squash: 'none', reference: 0 },
    ...{ clip: Infinity, cap: Infinity, gate: 'none', max_uncertainty: 1, bins: 20 },
  });
});

test('every key of a term, a penalty and an infraction arrives', (t) => {
  const { mixer } = load(
    t,
    `
mixer:
  success: 2
  terms:
    held:
      { critics: [look, person], ensemble: mean_minus_std, k: 2, value: force, range: [-5, 5], form: difference,
        weight: { from: 1, to: 0, steps: 100 }, normalise: running, squash: par, reference: 0.5, clip: 0.25, cap: 0.75,
        gate: outcome, max_uncertainty: 0.25 }
    new: { critic: look, form: count, bins: 7 }
  penalties: { press: { critic: look, component: force, threshold: 10, factor: 0.5 } }
  infractions: { crush: { critic: person, component: done, threshold: 0.9 } }
`,
  );
  assert.equal(mixer.success, 2);
  assert.deepEqual(mixer.terms.held, {
    ...{ critics: ['look', 'person'], ensemble: 'mean_minus_std', k: 2, value: 'force', range: [-5, 5] },
    ...{ form: 'difference', weight: { from: 1, to: 0, steps: 100 }, normalise: 'running', squash: 'par' },
    ...{ reference: 0.5, clip: 0.25, cap: 0.75, gate: 'outcome', max_uncertainty: 0.25, bins: 20 },
  });
  assert.deepEqual([mixer.terms.new.form, mixer.terms.new.bins], ['count', 7]);
  assert.deepEqual(mixer.penalties, {
    press: { critic: 'look', component: 'force', threshold: 10, factor: 0.5 },
  });
  assert.deepEqual(mixer.infractions, { crush: { critic: 'person', component: 'done', threshold: 0.9 } });
});

test('form level loads with a warning that says what it does', (t) => {
  const { warnings } = load(t, 'mixer: { terms: { near: { critic: look, form: level } } }');
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /mixer\.terms\.near: .*out-earn one that finishes/);
});

const term = (keys: string): string => `mixer: { terms: { shaping: { ${keys} } } }`;
const signs = (section: string, keys: string): string => `mixer: { ${section}: { bad: { ${keys} } } }`;

const refused: readonly (readonly [why: string, mixer: string, key: string, problem: RegExp])[] = [
  [
    'an unknown critic',
    term('critic: loook'),
    'terms.shaping.critic',
    /unknown critic loook; did you mean look\?/,
  ],
  ['one among several', term('critics: [look, persn]'), 'terms.shaping.critics.1', /did you mean person\?/],
  ['no critic', term('form: level'), 'terms.shaping', /needs either critic or critics/],
  [
    'critic and critics',
    term('critic: look, critics: [look]'),
    'terms.shaping',
    /needs either critic or critics/,
  ],
  ['an unknown key', term('critic: look, wieght: 1'), 'terms.shaping.wieght', /did you mean weight\?/],
  [
    'an unknown form',
    term('critic: look, form: delta'),
    'terms.shaping.form',
    /must be one of potential, difference/,
  ],
  [
    'a component without a range',
    term('critic: look, value: force'),
    'terms.shaping.range',
    /is missing: nothing else/,
  ],
  ['a range the wrong way', term('critic: look, range: [1, 0]'), 'terms.shaping.range', /1 is not below 0/],
  ['progress beyond 1', term('critic: look, range: [0, 2]'), 'terms.shaping.range', /between 0 and 1/],
  [
    'par on a difference without a cap',
    term('critic: look, form: difference, squash: par'),
    'terms.shaping.squash',
    /needs a cap/,
  ],
  [
    'a schedule that lacks an end',
    term('critic: look, weight: { from: 1, steps: 9 }'),
    'terms.shaping.weight.to',
    /is missing/,
  ],
  [
    'a term named success',
    'mixer: { terms: { success: { critic: look } } }',
    'terms.success',
    /what the outcome pays/,
  ],
  [
    'a penalty without its critic',
    signs('penalties', 'critic: lok, component: x, threshold: 1, factor: 0'),
    'penalties.bad.critic',
    /did you mean look\?/,
  ],
  [
    'a penalty that rewards',
    signs('penalties', 'critic: look, component: x, threshold: 1, factor: 2'),
    'penalties.bad.factor',
    /must be <= 1/,
  ],
  [
    'an infraction without its critic',
    signs('infractions', 'critic: nobody, component: x, threshold: 1'),
    'infractions.bad.critic',
    /unknown critic nobody/,
  ],
  ['a negative success', 'mixer: { success: -1 }', 'success', /must be >= 0/],
  [
    'a weight that is not finite',
    term('critic: look, weight: .nan'),
    'terms.shaping.weight',
    /must be number,object, got NaN/,
  ],
  ...[
    'clip: 0.1',
    'cap: 1',
    'gate: outcome',
    'squash: par',
    'normalise: running',
    'weight: { from: 1, to: 0, steps: 9 }',
  ].map(
    (keys) =>
      [
        `a potential with ${keys}`,
        term(`critic: look, ${keys}`),
        `terms.shaping.${keys.split(':')[0]}`,
        /does not go together with form potential: with .* the optimal policy may change/,
      ] as const,
  ),
  [
    'a penalty beside a potential',
    'mixer: { terms: { shaping: { critic: look } }, penalties: { bad: { critic: look, component: x, threshold: 1, factor: 0 } } }',
    'penalties.bad',
    /invariance of the potential shaping/,
  ],
];

for (const [why, mixer, key, problem] of refused)
  test(`refused with file, key and reason: ${why}`, (t) => {
    assert.throws(
      () => load(t, mixer),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.key, `mixer.${key}`);
        assert.match(error.problem, problem);
        assert.match(error.file, /reward\.yaml$/);
        return true;
      },
    );
  });
