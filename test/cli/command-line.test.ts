import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graft } from '../../src/cli/command-line.js';

/** Exit code and standard error of a command line that fails before it starts anything. */
async function fails(t: { mock: typeof test.mock }, ...argv: string[]): Promise<string> {
  let errors = '';
  const take = (text: unknown): boolean => {
    errors += String(text);
    return true;
  };
  t.mock.method(process.stderr, 'write', take);
  t.mock.method(console, 'error', (text: unknown) => take(`${String(text)}\n`));
  const code = await graft(argv);
  t.mock.restoreAll();
  assert.notEqual(code, 0, `graft ${argv.join(' ')} did not fail`);
  return errors;
}

test('wrong options are named', async (t) => {
  assert.match(
    await fails(t, 'evaluate', '--run', 'x', '--policy', 'base', '--episode', '5'),
    /--episode'.*Did you mean --episodes/s,
  );
  assert.match(await fails(t, 'evaluate', '--policy', 'base'), /--run: base needs a run folder/);
  assert.match(await fails(t, 'evaluate', '--run', 'x', '--policy', 'both'), /both.*base, residual, expert/s);
  assert.match(await fails(t, 'demos', '--out', 'x', '--worlds', '0'), /--worlds.*from 1/s);
  assert.match(await fails(t, 'task', 'check', 'lyft'), /lyft: is neither a task .*did you mean lift\?/);
  assert.match(await fails(t, 'robot', 'init', 'absent.xml'), /absent\.xml/);
  assert.match(
    await fails(t, 'evaluate', '--run', 'x', '--policy', 'base', '--episodes', '0'),
    /--episodes.*from 1/s,
  );
  assert.match(await fails(t, 'demo', '--seed', '1.5'), /--seed.*1\.5.*whole number/s);
  assert.match(await fails(t, 'bc', '--out', 'x'), /--bags/);
  assert.match(await fails(t, 'trian'), /trian/);
});

test('missing folders are named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const absent = join(folder, 'absent');
  const evaluate = ['evaluate', '--policy', 'base', '--run'];
  assert.match(await fails(t, ...evaluate, absent), new RegExp(`${absent}: no such folder`));
  assert.match(await fails(t, ...evaluate, folder), /base\/manifest\.yaml: does not exist; .*graft bc/);
  assert.match(await fails(t, 'report', '--run', absent), /no such folder/);
  assert.match(await fails(t, 'bc', '--bags', absent, '--out', folder), /no such folder/);
  assert.match(await fails(t, 'bc', '--bags', folder, '--out', folder), /holds no bag/);
  assert.match(await fails(t, 'demo', '--resume', '--out', absent), /no such folder/);
});

test('a parameter file for training is checked before anything runs', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'settings.yaml');
  const demo = (): Promise<string> => fails(t, 'demo', '--out', join(folder, 'run'), '--settings', file);
  assert.match(await demo(), /settings\.yaml: cannot be read/);
  const wrong = [
    ['residual_learner: { ros__parameters: { gama: 0.98 } }', /settings\.yaml: gama: .*did you mean gamma/],
    ['residual_learner: { ros__parameters: { gamma: 1.5 } }', /settings\.yaml: gamma: .*1/],
    [
      'residual_learner: { gamma: 0.98 }',
      /settings\.yaml: residual_learner: expected a map with ros__parameters/,
    ],
    ['gamma: 0.98', /settings\.yaml: expected a map with residual_learner/],
  ] as const;
  for (const [text, message] of wrong) {
    writeFileSync(file, text);
    assert.match(await demo(), message);
  }
});
