import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Schema } from '../../src/config/schema.js';
import { createNode } from '../../src/ros/index.js';
import { patternMatches, readRosArguments } from '../../src/ros/parameter-overrides.js';
import { declareParameters } from '../../src/ros/parameters.js';
import { eventually, withGraph } from './graph.js';

type Toy = {
  speed: number;
  count: number;
  label: string;
  joints: string[];
  gains: number[];
  seeds: number[];
};
const schema: Schema = {
  type: 'object',
  properties: {
    speed: { type: 'number', default: 1, minimum: 0, maximum: 10, unit: 'm/s', description: 'how fast' },
    count: { type: 'integer', default: 2, minimum: 0, description: 'how many', read_only: true },
    label: { type: 'string', default: 'none', enum: ['none', 'some'] },
    joints: { type: 'array', items: { type: 'string' }, default: ['a'] },
    gains: { type: 'array', items: { type: 'number' }, default: [0.5] },
    seeds: { type: 'array', items: { type: 'integer' }, default: [] },
  },
};
const defaults: Toy = { speed: 1, count: 2, label: 'none', joints: ['a'], gains: [0.5], seeds: [] };

/** What node /ns/toy makes of a parameter file and further arguments. */
async function resolved(yaml: string, argv: readonly string[] = []): Promise<Toy> {
  const folder = mkdtempSync(join(tmpdir(), 'parameters-'));
  const file = join(folder, 'toy.yaml');
  writeFileSync(file, yaml);
  let values: Toy | undefined;
  try {
    await withGraph(
      (graph) => {
        const node = createNode(graph, 'toy');
        values = declareParameters<Toy>(graph.rcl, node, 'toy', graph, schema).values;
        return Promise.resolve();
      },
      ['--ros-args', '-r', '__ns:=/ns', '--params-file', file, ...argv],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.ok(values !== undefined);
  return values;
}

const under = (pattern: string, text: string): string => `${pattern}:\n  ros__parameters: {${text}}\n`;

test('node patterns', () => {
  const matching = ['toy', '/ns/toy', '/**', '/*/toy', '/**/toy', '/ns/*', '/**/ns/toy', '**', '/ns/**'];
  for (const pattern of matching) assert.ok(patternMatches(pattern, '/ns/toy'), pattern);
  const others = ['/toy', 'ns', '/*', '/ns', '/*/*/toy', 'to', '/ns/toys', '/ns/to.'];
  for (const pattern of others) assert.ok(!patternMatches(pattern, '/ns/toy'), pattern);
});

for (const pattern of ['toy', '/**', '/ns/toy', '/*/toy', '/**/toy']) {
  test(`a file addresses a node by ${pattern}`, async () => {
    assert.deepEqual(await resolved(under(pattern, 'speed: 2.5, label: some')), {
      ...defaults,
      speed: 2.5,
      label: 'some',
    });
  });
}

test('other nodes are left alone', async () => {
  assert.deepEqual(await resolved(under('/other/toy', 'speed: 2.5') + under('toys', 'speed: 3.0')), defaults);
});

test('later patterns win, and the command line wins over every file', async () => {
  const yaml = under('/**', 'speed: 2.0') + under('/ns/toy', 'speed: 3.0');
  assert.equal((await resolved(yaml)).speed, 3);
  assert.equal((await resolved(yaml, ['-p', 'speed:=4.0'])).speed, 4);
  assert.equal((await resolved(yaml, ['-p', 'toy:speed:=5.0'])).speed, 5);
});

test('whole numbers serve as floating-point ones; arrays of every type arrive', async () => {
  const yaml = under('toy', 'speed: 3, gains: [1, 2], joints: [u, v], seeds: [7, 8]');
  const expected = { ...defaults, speed: 3, gains: [1, 2], joints: ['u', 'v'], seeds: [7, 8] };
  assert.deepEqual(await resolved(yaml), expected);
  assert.deepEqual((await resolved(under('toy', 'joints: []'))).joints, []);
});

test('mistakes name the file, the key and what was expected', async () => {
  await assert.rejects(resolved(under('/ns/toy', 'sped: 1.0')), {
    name: 'ConfigError',
    message: /toy\.yaml \(\/ns\/toy\): sped: .*did you mean speed\?/,
  });
  await assert.rejects(
    resolved(under('/**', 'no_node_has_this: 1')),
    /toy\.yaml \(\/\*\*\): no_node_has_this/,
  );
  await assert.rejects(resolved('', ['-p', 'sped:=1.0']), /command line \(-p\): sped/);
  await assert.rejects(
    resolved(under('toy', 'speed: fast')),
    /toy\.yaml \(toy\): speed: must be number, got "fast"/,
  );
  await assert.rejects(resolved(under('toy', 'count: 1.5')), /count: must be integer, got 1.5/);
  await assert.rejects(resolved(under('toy', 'speed: 11.0')), /speed: must be <= 10, got 11/);
  await assert.rejects(resolved(under('toy', 'label: nothing')), /label: must be one of none, some/);
  await assert.rejects(resolved(under('toy', 'joints: [1, 2]')), /joints/);
  await assert.rejects(resolved(under('toy', 'gains: [1, x]')), {
    name: 'ConfigError',
    message: /toy\.yaml.*same type/,
  });
});

test('a wildcard may carry what only other nodes have', async () => {
  assert.deepEqual(await resolved(under('/**', 'ack_window: 3, nodes: [a]')), defaults);
});

test('arguments of rcl', () => {
  const argv = [
    '-p',
    'no:=1',
    '--ros-args',
    '-p',
    'a:=1',
    '-r',
    '__node:=n',
    '--params-file',
    'f',
    '--',
    '-p',
    'b:=2',
  ];
  assert.deepEqual(readRosArguments(argv), {
    parameterFiles: ['f'],
    commandLine: new Set(['a']),
    nodeName: 'n',
    namespace: undefined,
  });
});

const rclType = { boolean: 1, integer: 2, double: 3, string: 4 };

test('changes at run time are checked, handed on, and described', async () => {
  await withGraph(async (graph, spinning) => {
    const node = createNode(graph, 'toy');
    const parameters = declareParameters<Toy>(graph.rcl, node, 'toy', graph, schema);
    node.spin();
    const client = spinning('setter').client('/toy/set_parameters', 'rcl_interfaces/srv/SetParameters');
    const set = async (name: string, value: Record<string, unknown>): Promise<string> => {
      const all = { type: 0, bool_value: false, integer_value: 0n, double_value: 0, string_value: '' };
      const arrays = { byte_array_value: [], bool_array_value: [], string_array_value: [] };
      const numbers = { integer_array_value: new BigInt64Array(), double_array_value: new Float64Array() };
      const parameter = { name, value: { ...all, ...arrays, ...numbers, ...value } };
      const { results } = await client.call({ parameters: [parameter] }, { timeout_ms: 10_000 });
      const [{ successful, reason }] = results as { successful: boolean; reason: string }[];
      return successful ? 'ok' : reason;
    };
    const double = (value: number): Record<string, unknown> => ({
      type: rclType.double,
      double_value: value,
    });
    assert.match(await set('speed', double(3)), /start-up only/);
    const seen: unknown[] = [];
    parameters.onChange((values, changed) => void seen.push([values.speed, ...changed]));
    assert.equal(await set('speed', double(3)), 'ok');
    assert.equal(await set('speed', { type: rclType.integer, integer_value: 4n }), 'ok');
    assert.match(await set('speed', double(11)), /speed: must be <= 10, got 11/);
    assert.match(await set('speed', { type: rclType.string, string_value: 'x' }), /must be number, got "x"/);
    assert.match(await set('count', { type: rclType.integer, integer_value: 3n }), /count is read-only/);
    assert.match(
      await set('autostart', { type: rclType.boolean, bool_value: false }),
      /autostart is read-only/,
    );
    assert.match(await set('speed', { type: 0 }), /cannot be deleted/);
    assert.notEqual(await set('unknown', double(1)), 'ok');
    assert.deepEqual(seen, [
      [3, 'speed'],
      [4, 'speed'],
    ]);
    assert.equal(parameters.values.speed, 4);

    const describe = spinning('reader').client(
      '/toy/describe_parameters',
      'rcl_interfaces/srv/DescribeParameters',
    );
    const { descriptors } = await describe.call({ names: ['speed', 'count'] }, { timeout_ms: 10_000 });
    const [speed, count] = descriptors as Record<string, unknown>[];
    assert.equal(speed['description'], 'how fast [m/s]');
    assert.deepEqual(speed['floating_point_range'], [{ from_value: 0, to_value: 10, step: 0 }]);
    assert.equal(count['read_only'], true);
  });
});

test('use_sim_time switches the clock, from a file and at run time', async () => {
  await withGraph(
    async (graph) => {
      const node = createNode(graph, 'toy');
      const { common } = declareParameters<Toy>(graph.rcl, node, 'toy', graph, schema);
      assert.equal(common.use_sim_time, true);
      assert.equal(node.nowNanoseconds(), 0n);
      const off = new graph.rcl.module.Parameter('use_sim_time', rclType.boolean, false);
      assert.ok(node.rclNode.setParameter(off).successful);
      await eventually('wall time', () => node.nowNanoseconds() > 0n);
    },
    ['--ros-args', '-p', 'use_sim_time:=true'],
  );
});
