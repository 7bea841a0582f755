/** The reward files of docs/vlm-critic.md, as they stand there. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadReward } from '../../src/reward/reward-file.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { yamlIn } from './page.js';

test('every example of the page is a reward file', (t) => {
  const file = join(scratchFolder(t), 'reward.yaml');
  const prompts = yamlIn('vlm-critic.md').map((content) => {
    writeFileSync(file, content);
    return loadReward(file).critics['vlm']['prompt'];
  });
  assert.deepEqual(prompts, ['pairwise', 'hops', 'question']);
});
