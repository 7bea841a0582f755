/** The example of docs/progress-functions.md, as it stands there. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../../src/config/paths.js';
import { createCritics } from '../../src/reward/create-critics.js';
import { defaultCriteria, figuresOf } from '../../src/reward/design/preference-test.js';
import { loadReward } from '../../src/reward/reward-file.js';
import { scratchFolder } from '../config/scratch-folder.js';

const page = readFileSync(projectFile('docs', 'progress-functions.md'), 'utf8');

test('the example loads', async (t) => {
  const [, example] = /^```yaml\n([\s\S]*?)^```/m.exec(page) ?? [];
  const file = join(scratchFolder(t), 'reward.yaml');
  writeFileSync(file, example);
  const [critic] = await createCritics(loadReward(file));
  assert.equal(critic.model, 'progress_function');
});

test('every figure of the preference test is explained, with what is asked for', () => {
  const track = { name: 'e1', success: true, times: [0], judgements: [], idle_gain: 0, loop_gain: 0 };
  const { successes, failures, ...figures } = figuresOf([track, { ...track, success: false }]);
  assert.deepEqual([successes, failures], [1, 1]);
  for (const name of Object.keys(figures)) assert.ok(page.includes(`\`${name}\``), name);
  for (const [name, asked] of Object.entries(defaultCriteria))
    assert.match(page, new RegExp(`at (least|most) ${asked}`), name);
});
