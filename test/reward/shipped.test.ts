/** The reward files that ship with the project. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { projectFile } from '../../src/config/paths.js';
import { createCritics } from '../../src/reward/create-critics.js';
import { judgeAll } from '../../src/reward/critic.js';
import { signNames } from '../../src/reward/critics/progress-function/compile.js';
import { findReward } from '../../src/reward/reward-file.js';
import { unlabelled } from './clips.js';
import { clipOf, type Values } from './moments.js';

const names = readdirSync(projectFile('rewards')).map((file) => basename(file, '.yaml'));
const functions = names.filter((name) => name.endsWith('_progress'));

test('every task has a progress function that ships with the project', () => {
  const tasks = readdirSync(projectFile('sim', 'tasks')).map((file) => basename(file, '.yaml'));
  assert.deepEqual(
    tasks.filter((task) => !functions.includes(`${task}_progress`)),
    [],
  );
});

for (const name of functions)
  test(`${name} loads, and begins low`, async () => {
    const reward = findReward(name);
    assert.equal(`${reward.task.name}_progress`, name);
    const [critic] = await createCritics(reward);
    // Far from everything: nothing is in a hand, and nothing where it should be.
    const far: Values = {
      ...Object.fromEntries(
        signNames(reward.task).map((sign) => [
          sign,
          sign.endsWith('distance') || sign.startsWith('offset') ? 1 : 0,
        ]),
      ),
    };
    const observed = Object.fromEntries(
      reward.task.observation.flatMap((feature) =>
        feature.feature === 'position_in'
          ? [[`${feature.frame}.position_in_${feature.reference}.x`, 0.5]]
          : [],
      ),
    ) as Values;
    const [judgement] = await judgeAll(critic, clipOf(reward.task, { ...far, ...observed }), unlabelled);
    assert.equal(judgement.reason, '');
    assert.ok((judgement.progress ?? 1) < 0.05, `${judgement.progress}`);
    assert.equal(judgement.done, 0);
  });
