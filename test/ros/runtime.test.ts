import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DiagnosticStatus } from '../../src/interfaces/graft-messages.js';
import { createNode } from '../../src/ros/index.js';
import { eventually, withGraph } from './graph.js';

const toys = fileURLToPath(new URL('./toy-nodes.js', import.meta.url));

type Toys = { child: ChildProcess; output: () => string; exit: Promise<unknown[]> };

function startToys(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): Toys {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [toys, ...argv], { env });
  process.once('exit', () => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
  return { child, output: () => text, exit: once(child, 'close') };
}

/** Interrupts the toys. @returns seconds until they ended */
async function interrupt({ child, exit, output }: Toys, signal: NodeJS.Signals = 'SIGINT'): Promise<number> {
  const start = performance.now();
  child.kill(signal);
  assert.deepEqual(await exit, [0, null], output());
  return (performance.now() - start) / 1000;
}

const container = [
  'container',
  '--ros-args',
  '-r',
  '__node:=box',
  '-r',
  '__ns:=/left',
  '-p',
  'nodes:=[talker,listener]',
];

test('a container runs two nodes under their own names; they talk, report at 1 Hz and end cleanly', async () => {
  const running = startToys([...container, '-p', 'text:=good morning', '-r', 'heard:=echo']);
  await withGraph(async (graph) => {
    const node = createNode(graph, 'observer');
    const words = new Set<string>();
    node.subscription(
      '/left/echo',
      'std_msgs/msg/Header',
      'reliable',
      ({ frame_id }) => void words.add(frame_id),
    );
    const reports: { at: number; names: string[] }[] = [];
    node.subscription('/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray', 'reliable', ({ status }) => {
      if (!status.some(({ name }) => name.startsWith('listener: '))) return;
      reports.push({ at: performance.now(), names: status.map(({ name }) => name) });
      assert.ok(status.every(({ hardware_id }) => hardware_id !== ''));
    });
    node.spin();
    await eventually('words', () => words.has('good morning'));
    await eventually('reports', () => reports.length >= 4);
    const period = (reports[3].at - reports[0].at) / 3000;
    assert.ok(period > 0.6 && period < 2, `diagnostics every ${period} s`);
    assert.deepEqual(reports[3].names.sort(), ['listener: chat', 'listener: lifecycle']);
    const names = node.nodeNames();
    assert.ok(names.includes('/left/talker') && names.includes('/left/listener'), names.join());
  });
  assert.ok((await interrupt(running)) < 3);
  assert.match(running.output(), /listener has shut down\s+talker has shut down/, 'in reverse order');
});

test('what a publisher keeps one of is not lost to a subscriber that is late, where it waits for the delivery', async () => {
  const running = startToys(['listener']);
  await withGraph(async (_graph, spinning) => {
    const node = spinning('manager');
    const heard: string[] = [];
    const type = 'std_msgs/msg/Header';
    node.subscription('heard', type, 'reliable', ({ frame_id }) => void heard.push(frame_id));
    const publisher = node.publisher('chat', type, 'latched');
    const say = (frame_id: string): void => publisher.publish({ stamp: node.now(), frame_id });
    await eventually('match', () => publisher.subscriptionCount === 1);
    say('good morning');
    await eventually('an echo', () => heard.includes('good morning'));

    running.child.kill('SIGSTOP');
    say('first');
    assert.equal(await publisher.delivered(0.2), false, 'the listener is stopped');
    running.child.kill('SIGCONT');
    assert.ok(await publisher.delivered(10));
    say('second');
    await eventually('the end', () => heard.includes('second'));
    assert.deepEqual(heard.slice(-2), ['first', 'second']);
  });
  await interrupt(running);
});

test('an exception in a callback is a diagnostic, not the end', async () => {
  const running = startToys([...container, '-p', 'text:=nonsense']);
  await withGraph(async (_graph, spinning) => {
    let count = 0;
    spinning('doctor').subscription(
      '/diagnostics',
      'diagnostic_msgs/msg/DiagnosticArray',
      'reliable',
      (message) => {
        const failed = message.status.find(({ name }) => name === 'listener: callbacks');
        if (failed === undefined) return;
        assert.equal(failed.level, DiagnosticStatus.ERROR);
        assert.match(failed.message, /subscription chat: not understood/);
        count = Number(failed.values.find(({ key }) => key === 'errors')?.value);
      },
    );
    const first = await eventually('an error', () => count > 0 && count);
    await eventually('more errors, so it lives', () => count > first + 5);
  });
  assert.match(running.output(), /not understood/);
  await interrupt(running, 'SIGTERM');
});

test('one node takes the name it is given, and one that lingers is not waited for', async () => {
  const running = startToys(['talker', '--ros-args', '-r', '__node:=speaker', '-p', 'linger:=30.0']);
  await withGraph(async (_graph, spinning) => {
    const node = spinning('waiter');
    await eventually('speaker', () => node.nodeNames().includes('/speaker'));
    let words = 0;
    node.subscription('chat', 'std_msgs/msg/Header', 'reliable', () => {
      words++;
    });
    await eventually('active', () => words > 0);
  });
  assert.ok((await interrupt(running)) < 8);
  assert.match(running.output(), /did not shut down in time/);
});

const refused: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
  [
    'an unknown parameter',
    ['talker', '--ros-args', '-p', 'txt:=x'],
    {},
    /command line \(-p\): txt: .* mean text\?/,
  ],
  ['no nodes', ['container'], {}, /nodes: expected a list out of talker, listener/],
  [
    'a wrong node',
    ['container', '--ros-args', '-p', 'nodes:=[taker]'],
    {},
    /no node is called taker; .* talker/,
  ],
  [
    'a wrong key',
    ['container', '--ros-args', '-p', 'node:=[talker]'],
    {},
    /node: container has no .* mean nodes\?/,
  ],
  ['a failed activation', ['talker', '--ros-args', '-p', 'text:=dumb'], {}, /nothing to say/],
  ['no ROS 2', ['talker'], { AMENT_PREFIX_PATH: '' }, /npm run setup/],
  ['no libraries', ['talker'], { LD_LIBRARY_PATH: '' }, /does not load: .*npm run setup/s],
];
for (const [what, argv, environment, message] of refused) {
  test(`${what}: exit code 1 and a message that helps`, async () => {
    const running = startToys(argv, environment);
    assert.deepEqual(await running.exit, [1, null], running.output());
    assert.match(running.output(), message);
  });
}
