/** The reward file of docs/rewards.md, as it stands there. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadReward } from '../../src/reward/reward-file.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { yamlIn } from './page.js';

test('the example of the page is a reward file without warnings', (t) => {
  const file = join(scratchFolder(t), 'reward.yaml');
  const [example] = yamlIn('rewards.md');
  writeFileSync(file, example);
  const { critics, mixer, warnings } = loadReward(file);
  assert.deepEqual([Object.keys(critics), Object.keys(mixer.terms), warnings], [['seen'], ['progress'], []]);
});
