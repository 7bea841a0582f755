import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planSweep } from '../../../src/cli/sweep/plan.js';
import { loadSweep, type Sweep } from '../../../src/cli/sweep/sweep-file.js';
import { projectFile } from '../../../src/config/paths.js';
import type { Hyperparameters } from '../../../src/learning/hyperparameters.js';
import { hyperparameters } from '../../../src/learning/hyperparameters.js';
import { scratchFolder } from '../../config/scratch-folder.js';

type Cleanup = Parameters<typeof scratchFolder>[0];

function load(t: Cleanup, text: string): Sweep {
  const file = join(scratchFolder(t), 'my.yaml');
  writeFileSync(file, text);
  return loadSweep(file);
}

const small = 'name: mine\ntasks: { lift: {} }\nseeds: [3]\nsteps: 2000\n';

test('a sweep has the defaults of its schema and of each method', (t) => {
  const sweep = load(
    t,
    `${small}settings: { full: {}, wide: { learner: { action_scale: 0.4 }, steps: 500 } }`,
  );
  assert.deepEqual([sweep.episodes, sweep.held_out, sweep.columns], [100, 0, [1000, 2000]]);
  const [full, wide] = sweep.settings;
  assert.deepEqual([full.label, full.method, full.steps, full.every], ['full', 'residual', 2000, 1000]);
  const { utd, action_scale, layer_norm } = hyperparameters({ action_scale: 0.4 });
  const { learner } = wide as { learner: Hyperparameters };
  assert.deepEqual([learner.utd, learner.action_scale, learner.layer_norm], [utd, action_scale, layer_norm]);
  assert.equal(wide.steps, 500);
});

test('learning from scratch is wide unless told otherwise; other methods have settings of their own', (t) => {
  const sweep = load(
    t,
    `${small}settings:
  rlpd: { method: rlpd, learner: { exploration_noise: 0.3 } }
  ppo: { method: ppo, learner: { epochs: 4 } }
  clone: { method: filtered_bc }`,
  );
  const [rlpd, ppo, clone] = sweep.settings.map(({ learner }) => learner as Record<string, unknown>);
  assert.deepEqual(
    [rlpd.action_scale, rlpd.residual_penalty, rlpd.warmup_noise, rlpd.exploration_noise],
    [1, 0, 1, 0.3],
  );
  assert.deepEqual([ppo.epochs, ppo.gae_lambda], [4, 0.9]);
  assert.deepEqual(clone, { noise: 0.04, clone_period: 2500 });
});

test('what does not fit is named with file, key and what was expected', (t) => {
  const wrong = [
    ['settings: {}', /my\.yaml: settings: .*fewer than 1/],
    [
      'setings: { full: {} }',
      /my\.yaml: (settings: is missing|setings: unknown key; did you mean settings\?)/,
    ],
    [
      'settings: { full: { lerner: {} } }',
      /my\.yaml: settings\.full\.lerner: unknown key; did you mean learner\?/,
    ],
    ['settings: { full: { learner: { gama: 1 } } }', /settings\.full\.learner: gama: .*did you mean gamma\?/],
    ['settings: { full: { learner: { gamma: 2 } } }', /settings\.full\.learner: gamma: .*1, got 2/],
    ['settings: { full: { learner: { seed: 2 } } }', /settings\.full\.learner: seed: is for the node/],
    ['settings: { p: { method: ppo, learner: { utd: 2 } } }', /settings\.p\.learner: utd: unknown key/],
    ['settings: { p: { method: sac } }', /settings\.p\.method: must be one of residual, rlpd, ppo/],
    ['settings: { base: {} }', /settings\.base: is what trials start from/],
    ['settings: { full: {} }\nreference: fall', /reference: unknown setting fall; did you mean full\?/],
    ['settings: { full: {} }\nseeds: [1]', /my\.yaml: .*unique/],
  ] as const;
  for (const [text, message] of wrong) assert.throws(() => load(t, small + text), message, text);
  const settings = '\nseeds: [0]\nsteps: 10\nsettings: { full: {} }';
  assert.throws(() => load(t, `name: x\ntasks: { lyft: {} }${settings}`), /lyft: .*did you mean lift\?/);
  const cloning = `name: x\ntasks: { lift: { cloning: { chunk: 8 } } }${settings}`;
  assert.throws(
    () => load(t, cloning),
    /tasks\.lift\.cloning\.chunk: unknown key; did you mean chunk_size\?/,
  );
});

test('every trial has a folder of its own and starts from the base policy of its task and seed', (t) => {
  const sweep = load(
    t,
    `name: x\ntasks: { lift: { demos: 7 }, handover: { cloning: { chunk_size: 8, execute: 4 } } }
seeds: [0, 5]\nsteps: 10\nheld_out: 20\nsettings: { full: {}, clone: { method: filtered_bc } }`,
  );
  const { bases, trials } = planSweep(sweep, '/out');
  assert.deepEqual(
    bases.map(({ folder }) => folder),
    ['/out/lift/base/0', '/out/handover/base/0', '/out/lift/base/5', '/out/handover/base/5'],
  );
  assert.equal(new Set(trials.map(({ folder }) => folder)).size, 8);
  const last = trials.at(-1);
  assert.deepEqual(
    [last?.title, last?.folder, last?.base],
    ['handover, clone, seed 5', '/out/handover/clone/5', '/out/handover/base/5'],
  );
  const job = last?.job;
  assert.ok(job?.kind === 'training' && job.method.kind === 'filtered_bc');
  assert.deepEqual([job.cloning.chunk_size, job.cloning.execute, job.cloning.seed], [8, 4, 5]);
  assert.deepEqual(job.method.cloning, job.cloning);
  assert.deepEqual([bases[0].job.demos, bases[1].job.demos, job.held_out], [7, 50, 20]);
});

test('the shipped sweeps load', () => {
  const folder = projectFile('sim', 'sweeps');
  const sweeps = readdirSync(folder).map((name) => loadSweep(join(folder, name)));
  assert.deepEqual(sweeps.map(({ name }) => name).sort(), ['ablations', 'lowest', 'smoke']);
  const ablations = sweeps.find(({ name }) => name === 'ablations');
  assert.equal(ablations?.seeds.length, 3);
  assert.equal(ablations.episodes, 100);
  assert.deepEqual(new Set(ablations.settings.map(({ method }) => method)).size, 4);
});
