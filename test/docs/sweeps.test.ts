/** The sweep of docs/sweeps.md, as it stands there. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planSweep } from '../../src/cli/sweep/plan.js';
import { loadSweep } from '../../src/cli/sweep/sweep-file.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { yamlIn } from './page.js';

test('the example of the page is a sweep', (t) => {
  const file = join(scratchFolder(t), 'sweep.yaml');
  writeFileSync(file, yamlIn('sweeps.md')[0]);
  const { bases, trials } = planSweep(loadSweep(file), '/out');
  assert.deepEqual([bases.length, trials.length], [6, 18]);
});
