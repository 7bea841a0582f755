import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFile } from '../../src/config/paths.js';
import { observationNames } from '../../src/robot/observation-spec.js';
import { loadTask } from '../../src/sim/task.js';
import { scratchFolder } from '../config/scratch-folder.js';

const file = projectFile('sim/tasks/lift.yaml');

test('the lift task has 13 actions and 53 observations', () => {
  const task = loadTask(file);
  assert.equal(task.action_joints.length, 13);
  assert.equal(observationNames(task.observation).length, 53);
});

test('a task that does not fit is refused with its key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-task-'));
  const text = readFileSync(file, 'utf8');
  const refuses = (from: string, to: string, message: RegExp): void => {
    assert.ok(text.includes(from), from);
    const changed = join(folder, 'task.yaml');
    writeFileSync(changed, text.replace(from, to));
    assert.throws(() => loadTask(changed), message);
  };
  refuses('horizon_steps: 60', 'horizon_steps: many', /horizon_steps: .*integer/);
  refuses('substeps: 20', 'substepps: 20', /substepps: unknown key; did you mean substeps/);
  refuses(
    '- right_wrist_yaw_joint',
    '- right_tail_joint',
    /action_joints\.6: unknown joint right_tail_joint; did you mean/,
  );
  refuses(
    'x: [0.32, 0.46]',
    'x: [0.46, 0.32]',
    /reset\.objects\.object\.x: lower 0\.46 is above upper 0\.32/,
  );
  refuses(
    '  object: { body: object }',
    '  objekt: { body: object }',
    /reset\.objects\.object: unknown frame object; did you mean objekt/,
  );
  refuses(
    '{ feature: twist, frame: object }',
    '{ feature: twist, frame: hand }',
    /twist is known of bodies only/,
  );
  refuses('    object: { x', '    hand: { x', /only bodies can be placed/);
  refuses(
    'quantities:',
    'variants:\n  - { name: one, frames: {} }\n  - { name: two, frames: { hand: { body: table } } }\nquantities:',
    /variants\.1\.frames\.hand: is a body in one variant and a site in another/,
  );
  refuses('{ feature: twist, frame: object }', '{ feature: twist }', /observation\.\d+: twist needs frame/);
  refuses(
    '{ feature: position, frame: hand }',
    '{ feature: position, frame: hand, reference: object }',
    /observation\.5\.reference: position takes frame only/,
  );
  refuses(
    '{ feature: joint_velocity, joints: *action_joints }',
    '{ feature: joint_velocity, joints: [right_elbow] }',
    /observation\.1\.joints\.0: unknown joint right_elbow; did you mean/,
  );
  refuses(
    '- right_wrist_yaw_joint',
    '- right_wrist_pitch_joint',
    /action_joints\.6: right_wrist_pitch_joint is listed twice/,
  );
  refuses('{ name: grasp, done', '{ name: reach, done', /stages\.1\.name: reach is listed twice/);
  refuses('{ name: head, width', '{ name: scene, width', /cameras\.1\.name: scene is listed twice/);
  refuses(
    'right_index_joint: 0.5',
    'right_index_joint: 50',
    /demonstrator\.hands\.right\.open\.right_index_joint: 50 is outside the limits/,
  );
  refuses('name: lift', 'name: ../lift', /name: must match pattern/);
  refuses('settle_steps: 5', 'settle_steps: 1000000000', /settle_steps: must be <= 10000/);
  refuses('model: sim/models/lift_scene.xml', 'model: .', /model: \. is not a file/);
  rmSync(folder, { recursive: true });
});

test('a task file goes on from another one: its keys replace whole keys, files stay where they were', (t) => {
  const folder = scratchFolder(t);
  const lines = {
    'parent.yaml': [`extends: ${file}`, 'name: parent', 'horizon_steps: 77'],
    'child.yaml': ['extends: parent.yaml', 'name: child', 'cameras: [{ name: head, width: 64, height: 48 }]'],
  };
  for (const [name, text] of Object.entries(lines)) writeFileSync(join(folder, name), text.join('\n'));
  const [child, lift] = [loadTask(join(folder, 'child.yaml')), loadTask(file)];
  assert.equal(child.name, 'child');
  assert.equal(child.horizon_steps, 77, 'from the file in between');
  assert.deepEqual(child.cameras, [{ name: 'head', width: 64, height: 48 }]);
  assert.deepEqual([child.model, child.robot.file], [lift.model, lift.robot.file]);
  assert.deepEqual(child.observation, lift.observation);
});

test('files that extend each other, or what is not there, are refused', (t) => {
  const folder = scratchFolder(t);
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  write('a.yaml', 'extends: b.yaml');
  write('b.yaml', 'extends: c.yaml');
  write('c.yaml', 'extends: a.yaml');
  assert.throws(() => loadTask(join(folder, 'a.yaml')), /c\.yaml: extends: .*a\.yaml extends this file/);
  assert.throws(() => loadTask(write('self.yaml', 'extends: self.yaml')), /extends: .*extends this file/);
  assert.throws(() => loadTask(write('lost.yaml', 'extends: nowhere.yaml')), /nowhere\.yaml/);
  write('list.yaml', '- 1');
  assert.throws(() => loadTask(write('of-list.yaml', 'extends: list.yaml')), /list\.yaml: .*expected a map/);
});

test('images of the observation have defaults, and are refused where they do not fit the cameras', (t) => {
  const folder = scratchFolder(t);
  const withImages = (...images: string[]): string => {
    const seeing = join(folder, 'seeing.yaml');
    const list = images.map((image) => `  - { ${image} }`);
    writeFileSync(seeing, [`extends: ${file}`, 'images:', ...list].join('\n'));
    return seeing;
  };
  assert.deepEqual(loadTask(file).images, []);
  assert.deepEqual(loadTask(withImages('camera: head, width: 84, height: 60')).images, [
    { camera: 'head', width: 84, height: 60, encoding: 'rgb8', crop: [0, 0, 1, 1] },
  ]);
  const head = 'camera: head, width: 84, height: 84';
  const refuses = (message: RegExp, ...images: string[]): void =>
    assert.throws(() => loadTask(withImages(...images)), message);
  refuses(/images\.0\.camera: unknown camera haed; did you mean head/, 'camera: haed, width: 84, height: 84');
  refuses(/images\.[01]\.camera: head is listed twice/, head, head);
  refuses(/images\.0\.crop: \[0\.5, 0, 0\.5, 1\] is empty/, `${head}, crop: [0.5, 0, 0.5, 1]`);
  refuses(/images\.0\.crop/, `${head}, crop: [0, 0, 1, 1.2]`);
  refuses(/images\.0\.width: must be >= 8/, 'camera: head, width: 4, height: 84');
  refuses(/images\.0\.encoding/, `${head}, encoding: bgr8`);
  refuses(/images\.0\.encoding: depth is shown in mono8/, `${head}, range_m: [0.2, 2]`);
  refuses(/images\.0\.range_m: 2 is not below 1/, `${head}, encoding: mono8, range_m: [2, 1]`);
});
