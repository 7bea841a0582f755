import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { loadTool } from './tool-modules.js';

type Process = {
  label: string;
  command: string[];
  parameters: ({ file: string } | { node: string; values: Record<string, unknown> })[];
  remappings: string[];
  env: Record<string, string | undefined>;
  output: string;
  respawn: boolean;
  respawnDelay: number;
  shutdownOnExit: boolean;
};
type Launch = { processes: Process[]; args: { name: string; default?: string }[] };
const { interpretLaunchFile, listArguments } = await loadTool<{
  interpretLaunchFile: (
    file: string,
    args: Record<string, string>,
    env: Record<string, string | undefined>,
  ) => Launch;
  listArguments: (
    file: string,
    env: Record<string, string | undefined>,
  ) => { name: string; default?: string }[];
}>('ros2/launch-file.mjs');
const { parameterFile } = await loadTool<{
  parameterFile: (node: string, values: Record<string, unknown>) => string;
}>('ros2/launch-process.mjs');
const { evaluateExpression } = await loadTool<{ evaluateExpression: (text: string) => string }>(
  'ros2/expression.mjs',
);

/** An install prefix with the package `arm` and its executable `mover`. */
function prefix(): string {
  const folder = mkdtempSync(join(tmpdir(), 'graft-prefix-'));
  const index = join(folder, 'share', 'ament_index', 'resource_index', 'packages');
  for (const each of [index, join(folder, 'share', 'arm'), join(folder, 'lib', 'arm')])
    mkdirSync(each, { recursive: true });
  writeFileSync(join(index, 'arm'), '');
  writeFileSync(join(folder, 'lib', 'arm', 'mover'), '#!/bin/sh\n');
  chmodSync(join(folder, 'lib', 'arm', 'mover'), 0o755);
  return folder;
}

const install = prefix();
const env = { AMENT_PREFIX_PATH: install, HOME: '/home/someone' };

function launchFile(text: string, name = 'test_launch.yaml'): string {
  const file = join(mkdtempSync(join(tmpdir(), 'graft-launch-')), name);
  writeFileSync(file, text);
  return file;
}

function interpret(text: string, args: Record<string, string> = {}): Launch {
  return interpretLaunchFile(launchFile(text), args, env);
}

/** The arguments of the only process. */
function only(launch: Launch): Process {
  const [first, ...others] = launch.processes;
  assert.ok(first !== undefined && others.length === 0);
  return first;
}

test('a node becomes the command line of launch_ros', () => {
  const node = only(
    interpret(`
launch:
  - node:
      pkg: arm
      exec: mover
      name: m
      namespace: left
      output: screen
      launch-prefix: nice -n 10
      args: "--plan $(env HOME)/x 'b c'"
      remap: [{from: joint_states, to: js}]
      env: [{name: LEVEL, value: '3'}]
      on_exit: shutdown
      respawn: 'true'
      respawn_delay: 2.0
`),
  );
  assert.deepEqual(node.command, [
    ...['nice', '-n', '10', join(install, 'lib', 'arm', 'mover')],
    ...['--plan', '/home/someone/x', 'b c', '--ros-args', '-r', '__node:=m', '-r', '__ns:=/left'],
  ]);
  assert.deepEqual(node.remappings, ['-r', 'joint_states:=js']);
  assert.equal(node.env['LEVEL'], '3');
  assert.equal(node.output, 'screen');
  assert.deepEqual([node.respawn, node.respawnDelay, node.shutdownOnExit], [true, 2, true]);
});

test('values in the launch file are keyed by the fully qualified name, or by /** where it is not known', () => {
  const text = (name: string) => `
launch:
  - node:
      pkg: arm
      exec: mover
      namespace: left
      ${name}
      param: [{name: rate, value: 50.0}, {from: $(dirname)/p.yaml}, {name: steps, value: $(eval 2 * 3)}]
`;
  const file = launchFile(text('name: m'));
  const node = only(interpretLaunchFile(file, {}, env));
  assert.deepEqual(node.parameters, [
    { node: '/left/m', values: { rate: 50 } },
    { file: join(dirname(file), 'p.yaml') },
    { node: '/left/m', values: { steps: 6n } },
  ]);
  assert.deepEqual(only(interpret(text(''))).parameters[0], { node: '/**', values: { rate: 50 } });
});

test('a parameter file keeps floats, integers, texts and lists apart', () => {
  const text = parameterFile('/a/b', {
    gain: 1,
    steps: 3n,
    on: true,
    label: 'x: y',
    gains: [0.5, 2],
    tiny: 1e-9,
  });
  assert.equal(
    text,
    [
      '"/a/b":',
      '  ros__parameters:',
      '    "gain": 1.0',
      '    "steps": 3',
      '    "on": true',
      '    "label": "x: y"',
      '    "gains": [0.5, 2.0]',
      '    "tiny": 1e-9',
      '',
    ].join('\n'),
  );
});

test('groups scope namespaces, settings and environment; includes pass arguments', () => {
  const inner = launchFile(`
launch:
  - arg: {name: who, default: nobody}
  - node: {pkg: arm, exec: mover, name: $(var who), env: [{name: SEEN, value: $(env OUTER none)}]}
`);
  const launch = interpret(
    `
launch:
  - arg: {name: robot, description: its name}
  - group:
      - push_ros_namespace: {namespace: $(var robot)}
      - set_env: {name: OUTER, value: yes it is}
      - include: {file: '${inner}', arg: [{name: who, value: $(var robot)_mover}]}
  - include: {file: '${inner}'}
`,
    { robot: 'r1' },
  );
  const [first, second] = launch.processes;
  assert.deepEqual(first?.command.slice(1), ['--ros-args', '-r', '__node:=r1_mover', '-r', '__ns:=/r1']);
  assert.equal(first?.env['SEEN'], 'yes it is');
  assert.deepEqual(second?.command.slice(1), ['--ros-args', '-r', '__node:=nobody']);
  assert.equal(second?.env['SEEN'], 'none');
});

test('conditions, let and eval', () => {
  const launch = interpret(
    `
launch:
  - arg: {name: mode, default: sim}
  - let: {name: simulated, value: $(eval "'$(var mode)' == 'sim' and not False")}
  - executable: {cmd: echo a, if: $(var simulated)}
  - executable: {cmd: echo b, unless: $(var simulated)}
  - group:
      if: $(not $(var simulated))
      children:
        - executable: {cmd: echo c}
`,
    { mode: 'real' },
  );
  assert.deepEqual(
    launch.processes.map(({ command }) => command[1]),
    ['b', 'c'],
  );
});

test('expressions print as Python prints them', () => {
  const cases = {
    '1 + 2 * 3': '7',
    '4 / 2': '2.0',
    "'a' == 'b' or 2 > 1": 'True',
    '-(1.5 + 0.5)': '-2.0',
    "'a' + 'b'": 'ab',
  };
  for (const [text, printed] of Object.entries(cases)) assert.equal(evaluateExpression(text), printed);
  assert.throws(() => evaluateExpression('__import__("os")'), /simple expressions only/);
});

test('arguments are listed through includes, and one without a default must be given', () => {
  const inner = launchFile('launch: [{arg: {name: inside, default: a}}, {arg: {name: passed}}]');
  const outer = launchFile(`
launch:
  - arg: {name: seed, default: '1', description: a seed}
  - arg: {name: needed, description: must be given}
  - include: {file: '${inner}', arg: [{name: passed, value: x}]}
`);
  assert.deepEqual(
    listArguments(outer, env).map(({ name }) => name),
    ['seed', 'needed', 'inside'],
  );
  assert.throws(() => interpretLaunchFile(outer, {}, env), /'needed' \(must be given\) is missing/);
});

test('what the embedded ros2 does not know is refused with file and key', () => {
  const cases: [string, RegExp][] = [
    ['launch: [{node: {pkg: arm, exec: mover, nmae: x}}]', /test_launch\.yaml: launch\[0\]\.node: .*'nmae'/],
    ['launch: [{lifecycle_node: {}}]', /does not know 'lifecycle_node'/],
    ['launch: [{node: {pkg: arm, exec: mover, on_exit: restart}}]', /on_exit: expected 'shutdown'/],
    ['launch: [{node: {pkg: arm, exec: mover, respawn: true}}]', /respawn: expected a string/],
    [
      'launch: [{node: {pkg: arm, exec: mover, respawn: "true", respawn_delay: 2}}]',
      /respawn_delay: expected a number/,
    ],
    ['launch: [{arg: {name: a, default: 5}}]', /default: expected a string/],
    ['launch: [{node: {pkg: leg, exec: mover}}]', /Package 'leg' not found/],
    ['launch: [{node: {pkg: arm, exec: walker}}]', /executable 'walker' not found/],
    ['launch: [{let: {name: a, value: $(command ls)}}]', /does not know \$\(command/],
    ['launch: [{let: {name: a, value: $(var b)}}]', /'b' does not exist/],
    ['launch: [{let: {name: a, value: $(var b}}]', /not closed/],
    ['launch: [{executable: {cmd: ls, if: maybe}}]', /'maybe' is not a condition/],
    [`launch: [{executable: {cmd: "ls '$(env HOME)'"}}]`, /no closing quotation/],
    ['nodes: []', /expected one key, 'launch'/],
  ];
  for (const [text, message] of cases) assert.throws(() => interpret(text), message);
});
