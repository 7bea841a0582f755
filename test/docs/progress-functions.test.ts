/** The example of docs/progress-functions.md, as it stands there. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCritics } from '../../src/reward/create-critics.js';
import { defaultCriteria, figuresOf } from '../../src/reward/design/preference-test.js';
import { loadReward } from '../../src/reward/reward-file.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { page, yamlIn } from './page.js';

test('the example loads', async (t) => {
  const [example] = yamlIn('progress-functions.md');
  const file = join(scratchFolder(t), 'reward.yaml');
  writeFileSync(file, example);
  const [critic] = await createCritics(loadReward(file));
  assert.equal(critic.model, 'progress_function');
});

test('every figure of the preference test is explained, with what is asked for', () => {
  const text = page('progress-functions.md');
  const track = { name: 'e1', success: true, times: [0], judgements: [], idle_gain: 0, loop_gain: 0 };
  const { successes, failures, ...figures } = figuresOf([track, { ...track, success: false }]);
  assert.deepEqual([successes, failures], [1, 1]);
  for (const name of Object.keys(figures)) assert.ok(text.includes(`\`${name}\``), name);
  for (const [name, asked] of Object.entries(defaultCriteria))
    assert.match(text, new RegExp(`at (least|most) ${asked}`), name);
});
