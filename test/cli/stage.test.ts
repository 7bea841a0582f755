import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interrupted } from '../../src/cli/launch-child.js';
import { readSpentSeconds, readStage, runFolder, type RunFolder } from '../../src/cli/run-folder.js';
import { discardStage, isComplete, runStage, type Stage } from '../../src/cli/stage.js';

function newRun(t: TestContext): RunFolder {
  const folder = mkdtempSync(join(tmpdir(), 'graft-stage-'));
  t.after(() => rmSync(folder, { recursive: true }));
  t.mock.method(console, 'error', () => undefined);
  return runFolder(folder);
}

test('a complete stage is not run again, unless its settings changed', async (t) => {
  const run = newRun(t);
  let times = 0;
  const stage: Stage = {
    name: 'train',
    title: 'Train',
    settings: { steps: 10 },
    run: () => Promise.resolve(times++),
  };
  await runStage(run, stage, '1/1');
  await runStage(run, stage, '1/1');
  assert.equal(times, 1);
  assert.deepEqual(readStage(run, 'train')?.settings, { steps: 10 });
  await runStage(run, { ...stage, settings: { steps: 20 } }, '1/1');
  assert.equal(times, 2);
});

test('an interrupted stage is not complete and keeps its time', async (t) => {
  const run = newRun(t);
  const stage: Stage = {
    name: 'train',
    title: 'Train',
    settings: {},
    run: async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      throw new Interrupted();
    },
  };
  await assert.rejects(runStage(run, stage, '1/1'), Interrupted);
  assert.equal(isComplete(run, stage), false);
  assert.ok(readSpentSeconds(run, 'train') >= 0.025);
  await runStage(run, { ...stage, run: () => Promise.resolve() }, '1/1');
  assert.ok((readStage(run, 'train')?.seconds ?? 0) >= 0.025);
  assert.equal(readSpentSeconds(run, 'train'), 0);
});

test('a stage whose input is made anew is forgotten, with what it would go on from', async (t) => {
  const run = newRun(t);
  let discarded = 0;
  const stage: Stage = {
    name: 'train',
    title: 'Train',
    settings: {},
    run: () => Promise.resolve(),
    discard: () => {
      discarded++;
    },
  };
  await runStage(run, stage, '1/1');
  discardStage(run, stage);
  assert.equal(isComplete(run, stage), false);
  assert.equal(discarded, 1);
});
