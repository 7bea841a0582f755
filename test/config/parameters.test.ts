import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.js';
import { editDistance, nearestName } from '../../src/config/nearest.js';
import {
  parameterizedNodes,
  parameterSchema,
  parameterTable,
  resolveParameters,
} from '../../src/config/parameters.js';
import { projectFile } from '../../src/config/paths.js';
import { loadYaml, parseYaml } from '../../src/config/yaml-file.js';
import { scratchFolder } from './scratch-folder.js';

const learner = (given: Record<string, unknown>): Record<string, unknown> =>
  resolveParameters('residual_learner', given, 'lift.yaml');

test('an unknown parameter is refused with the nearest name', () => {
  assert.throws(() => learner({ acton_scale: 0.1 }), {
    name: 'ConfigError',
    file: 'lift.yaml',
    key: 'acton_scale',
    message: 'lift.yaml: acton_scale: unknown key; did you mean action_scale?',
  });
  assert.throws(() => learner({ completely_different: 1 }), /unknown key; known keys: autostart, task/);
});

test('NaN, infinite, out-of-range and wrongly typed parameters are refused, with unit and meaning', () => {
  assert.throws(() => learner({ gamma: NaN }), /lift\.yaml: gamma: .*got NaN/);
  assert.throws(() => learner({ critic_lr: Infinity }), /critic_lr: .*got Infinity/);
  assert.throws(() => learner({ gamma: 1.5 }), /gamma: must be <= 1, got 1\.5 \(discount per control step\)/);
  assert.throws(() => learner({ action_scale: 0 }), /action_scale: must be > 0, got 0/);
  assert.throws(() => learner({ batch_size: 2.5 }), /batch_size: must be integer, got 2\.5/);
  assert.throws(
    () => learner({ engine: 'torch' }),
    /engine: must be one of auto, native, onnx, tfjs, got "torch"/,
  );
  assert.throws(() => resolveParameters('safety', { max_age: 'x' }, 'f'), /max_age: .*got "x".*\[s\]/);
});

test('defaults are filled in, what was given stays, and the given object is left alone', () => {
  const given = { gamma: 0.5 };
  const values = learner(given);
  assert.equal(values.gamma, 0.5);
  assert.equal(values.n_step, 5);
  assert.deepEqual(given, { gamma: 0.5 });
  const [first, second] = [learner({}), learner({})];
  assert.notEqual(first.demos, second.demos, 'two nodes must not share one default array');
});

test('every parameter of every node has a default that fits its own schema, and a description', () => {
  for (const node of parameterizedNodes()) {
    const values = resolveParameters<Record<string, unknown>>(node, {}, 'defaults');
    for (const [name, schema] of Object.entries(parameterSchema(node).properties ?? {})) {
      assert.ok(name in values, `${node}.${name} has no default`);
      assert.notEqual(schema.description ?? '', '', `${node}.${name} has no description`);
    }
  }
  assert.throws(() => parameterSchema('no_such_node'), ConfigError);
});

test('docs/parameters.md is the table of the schemas (made by `npx graft docs`)', () => {
  const file = projectFile('docs', 'parameters.md');
  assert.ok(existsSync(file), 'docs/parameters.md is missing: run npx graft docs');
  assert.equal(readFileSync(file, 'utf8'), parameterTable());
});

test('every row of the parameter table has five cells', () => {
  const rows = parameterTable()
    .split('\n')
    .filter((line) => line.startsWith('|'));
  assert.ok(rows.length > 50);
  for (const row of rows) assert.equal(row.split('|').length, 7, row);
  assert.ok(rows.some((row) => row.includes('| `gamma` | number | `0.97` | (0, 1] |')));
});

test('the nearest name is one within a typing error, or the only one that continues it, else none', () => {
  assert.equal(nearestName('right_elbow', ['left_elbow_joint', 'right_elbow_joint']), 'right_elbow_joint');
  assert.equal(nearestName('elbow', ['left_elbow_joint', 'right_elbow_joint']), undefined);
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(nearestName('max_residul', ['max_age', 'max_residual']), 'max_residual');
  assert.equal(nearestName('frequency', ['max_age', 'max_residual']), undefined);
});

test('YAML errors name the file and the line or key', (t) => {
  const folder = scratchFolder(t);
  const write = (text: string): string => {
    const file = join(folder, 'robot.yaml');
    writeFileSync(file, text);
    return file;
  };
  assert.throws(() => parseYaml(join(folder, 'none.yaml')), /none\.yaml: cannot be read: ENOENT/);
  assert.throws(() => parseYaml(write('a: 1\nb: [1,\n')), /robot\.yaml: .*line/);
  assert.throws(() => parseYaml(write('a: *b\n')), /robot\.yaml: is not valid YAML: Unresolved alias/);
  assert.throws(() => parseYaml(write('a: 1\n---\nb: 1\n')), /robot\.yaml: holds several YAML documents/);
  assert.throws(() => loadYaml(write(''), 'robot'), /robot\.yaml: must be object, got null/);
  assert.throws(() => loadYaml(write('name: a\njoints: []\n'), 'robot'), /joints|coupled_joints/);
});
