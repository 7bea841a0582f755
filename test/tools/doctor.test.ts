import assert from 'node:assert/strict';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeFindings, examine } from '../../src/cli/doctor.js';
import { projectRoot } from '../../src/config/paths.js';

test('the doctor finds nothing wrong in a project that is set up', async () => {
  const findings = await examine(projectRoot);
  assert.deepEqual(
    findings.filter(({ mend }) => mend !== undefined),
    [],
  );
  const values = new Map(findings.map(({ label, value }) => [label, value]));
  assert.equal(values.get('Node.js'), process.versions.node);
  assert.match(values.get('ROS 2') ?? '', /^(embedded|sourced)$/);
  assert.equal(values.get('device cpu'), 'available');
  assert.match(describeFindings(findings), /Nothing is wrong\.$/);
});

test('the doctor says what is missing in a fresh clone, and how to mend it', async () => {
  const clone = mkdtempSync(join(tmpdir(), 'graft-clone-'));
  cpSync(join(projectRoot, 'tools'), join(clone, 'tools'), { recursive: true });
  const wrong = (await examine(clone)).filter(({ mend }) => mend !== undefined);
  const labels = wrong.map(({ label }) => label);
  for (const label of ['rclnodejs', 'ROS packages', 'message bindings'])
    assert.ok(labels.includes(label), label);
  const text = describeFindings(wrong);
  assert.match(text, /^! rclnodejs +missing/m);
  assert.match(text, /rclnodejs: missing\. To mend it: run 'npm run setup'\./);
});
