/** The examples of docs/reward-mixer.md, as they stand there, load. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { returnBounds } from '../../src/reward/mixing/return-bounds.js';
import { loadReward, type RewardFile } from '../../src/reward/reward-file.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { yamlIn } from './page.js';

const sections = yamlIn('reward-mixer.md');
const names = ['look', 'side', 'touch'];
const head = ['task: lift', 'critics:', ...names.map((name) => `  ${name}: { kind: human }`), ''].join('\n');

test('every form of the page loads, and only the level with a warning', (t) => {
  const file = join(scratchFolder(t), 'reward.yaml');
  const load = (section: string): RewardFile => {
    writeFileSync(file, head + section);
    return loadReward(file);
  };
  const loaded = sections.map(load);
  const forms = loaded.map(({ mixer }) => Object.values(mixer.terms).map(({ form }) => form));
  assert.deepEqual(forms, [
    ['potential'],
    ['difference'],
    ['level'],
    ['count'],
    ['difference', 'difference'],
  ]);
  assert.deepEqual(
    loaded.map(({ warnings }) => warnings.length),
    [0, 0, 1, 0, 0],
  );
  assert.deepEqual(returnBounds(loaded[0].mixer, { gamma: 0.99 }), [-0.5, 1]);
});
