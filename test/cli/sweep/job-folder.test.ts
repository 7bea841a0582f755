import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { firstDifference, jobState, openJobFolder } from '../../../src/cli/sweep/job-folder.js';
import { trainingJob } from '../../../src/cli/sweep/sweep-file.js';
import { hyperparameters } from '../../../src/learning/hyperparameters.js';
import { jobFiles } from '../../../src/trial/job.js';
import { scratchFolder } from '../../config/scratch-folder.js';
import { settingOf, sweepOf } from './trials.js';

const sweep = sweepOf([settingOf('full')]);
const jobOf = (utd: number, seed = 0): ReturnType<typeof trainingJob> =>
  trainingJob(sweep, sweep.tasks[0], settingOf('full', { learner: hyperparameters({ utd }) }), seed);

test('a job is new, interrupted or finished; a start removes what an earlier one left', (t) => {
  const folder = join(scratchFolder(t), 'lift', 'full', '0');
  assert.equal(jobState(folder, jobOf(1)), 'new');
  openJobFolder(folder, jobOf(1));
  assert.equal(jobState(folder, jobOf(1)), 'interrupted');
  for (const file of [jobFiles.points, jobFiles.result]) writeFileSync(join(folder, file), '{}\n');
  assert.equal(jobState(folder, jobOf(1)), 'finished');
  openJobFolder(folder, jobOf(1));
  assert.equal(jobState(folder, jobOf(1)), 'interrupted');
  assert.ok(!existsSync(join(folder, jobFiles.points)));
});

test('a changed setting is noticed, whether the job is finished or not', (t) => {
  const folder = scratchFolder(t);
  openJobFolder(folder, jobOf(1));
  assert.throws(
    () => jobState(folder, jobOf(2)),
    /trial\.json: method\.learner\.utd: was 1 and is 2 now; give the setting another name, .* or remove /,
  );
  assert.throws(() => jobState(folder, jobOf(1, 4)), /trial\.json: seed: was 0 and is 4 now/);
});

test('the first difference of two trees is found, also a value that only one has', () => {
  assert.equal(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), undefined);
  assert.deepEqual(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }), {
    key: 'a.1.b',
    was: 2,
    is: 3,
  });
  assert.deepEqual(firstDifference({ a: 1 }, { a: 1, b: 2 }), { key: 'b', was: undefined, is: 2 });
  assert.deepEqual(firstDifference({ a: { c: 1 } }, { a: 1 }), { key: 'a', was: { c: 1 }, is: 1 });
});
