/** The reward files of docs/vlm-critic.md, as they stand there. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFile } from '../../src/config/paths.js';
import { loadReward } from '../../src/reward/reward-file.js';
import { scratchFolder } from '../config/scratch-folder.js';

test('every example of the page is a reward file', (t) => {
  const file = join(scratchFolder(t), 'reward.yaml');
  const page = readFileSync(projectFile('docs', 'vlm-critic.md'), 'utf8');
  const prompts = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, content]) => {
    writeFileSync(file, content);
    return loadReward(file).critics['vlm']['prompt'];
  });
  assert.deepEqual(prompts, ['pairwise', 'hops', 'question']);
});
