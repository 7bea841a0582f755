import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nextSession } from '../../src/cli/demo.js';
import { launchArguments, logTail, rosDomain } from '../../src/cli/launch-child.js';

test('launch arguments name the shipped file and leave out what is empty', () => {
  const args = launchArguments({
    file: 'evaluate_sim_launch.yaml',
    arguments: { checkpoint: '', episodes: 20, record: false },
  });
  assert.equal(args[0], 'launch');
  assert.ok(existsSync(args[1]));
  assert.deepEqual(args.slice(2), ['episodes:=20', 'record:=false']);
});

test('a launch file of an absolute path is taken as it is', () => {
  assert.deepEqual(launchArguments({ file: '/elsewhere/my_launch.yaml', arguments: {} }), [
    'launch',
    '/elsewhere/my_launch.yaml',
  ]);
});

test("a run takes the user's ROS domain, else one of its own that DDS allows", () => {
  assert.equal(rosDomain({ ROS_DOMAIN_ID: '7' }, 1), '7');
  for (let pid = 1; pid < 500; pid++) {
    const domain = Number(rosDomain({}, pid));
    assert.ok(domain >= 1 && domain <= 101);
  }
});

test('a failure shows the end of the log and where all of it is', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'launch.log');
  writeFileSync(file, 'one\ntwo\nthree\n');
  assert.equal(logTail(file, 2), `  two\n  three\n  (all of it: ${file})`);
});

test('every start of a training has a bag of its own', () => {
  assert.equal(nextSession([]), 0);
  assert.equal(nextSession(['0', '10', '2', 'notes']), 11);
});
