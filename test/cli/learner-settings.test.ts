import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { learnerSettings } from '../../src/cli/learner-settings.js';
import { projectFile } from '../../src/config/paths.js';

const folder = projectFile('launch', 'config');
const files = readdirSync(folder)
  .map((name) => projectFile('launch', 'config', name))
  .filter((file) => readFileSync(file, 'utf8').includes('residual_learner:'));

test('every shipped file of learner settings fits the schema', () => {
  assert.ok(files.length >= 3, files.join(', '));
  for (const file of files) assert.ok(Object.keys(learnerSettings(file)).length > 0, file);
});
