import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { basePolicy } from '../../src/nodes/base-policy.js';
import { eventually, sleep, startNode, withPeer, withNode, type RunningNode } from './running-node.js';
import {
  isClose,
  joints,
  linearAnswer,
  names,
  observation,
  temporaryFolder,
  writeLinearPolicy,
} from './lift-messages.js';
import type { Action, Observation } from '../../src/interfaces/graft-messages.js';
import { imageMessage } from '../../src/interfaces/image-message.js';
import type { Publisher } from '../../src/ros/index.js';

type Talk = {
  observations: Publisher<Observation>;
  actions: Action[];
  running: RunningNode;
  ask: (message: Observation) => Promise<Action>;
};

async function withPolicy(folder: string, body: (talk: Talk) => Promise<void>): Promise<void> {
  await withNode(basePolicy, { policy: folder }, (running) =>
    withPeer(async (peer) => {
      const observations = peer.sends('observation', 'graft_msgs/msg/Observation', 'reliable');
      const actions = peer.hears('base_action', 'graft_msgs/msg/Action', 'reliable');
      await peer.connected();
      const ask = async (message: Observation): Promise<Action> => {
        const before = actions.length;
        observations.publish(message);
        await eventually('an answer', () => actions.length > before);
        return actions[before];
      };
      await body({ observations, actions, running, ask });
    }),
  );
}

test('answers with the policy; a repeated observation gets the same answer and the chunk stands', async (t) => {
  const folder = temporaryFolder(t);
  writeLinearPolicy(folder, { chunk_size: 3, execute: 3 });
  await withPolicy(folder, async ({ observations, actions, ask }) => {
    const first = observation('a', 4);
    const answer = await ask(first);
    assert.ok(isClose(answer.values, linearAnswer(first.state)));
    assert.deepEqual(answer.base, answer.values);
    assert.deepEqual(answer.header, first.header);
    assert.deepEqual(
      [answer.episode_id, answer.step, answer.source, answer.joints],
      ['a', 4, 'base', joints],
    );
    assert.deepEqual(await ask(first), answer);
    // Sent again before the first answer is there, as a simulation that waits may do.
    const second = observation('a', 5);
    for (let i = 0; i < 3; i++) observations.publish(second);
    await eventually('three answers', () => actions.length === 5);
    assert.ok(actions.slice(2).every(({ chunk_step }) => chunk_step === 1));
    const third = await ask(observation('a', 6));
    assert.equal(third.chunk_step, 2);
    assert.ok(
      isClose(third.values, linearAnswer(first.state, 2)),
      'the chunk is that of the first observation',
    );
    assert.equal((await ask(observation('b', 0))).chunk_step, 0, 'a new episode begins a new chunk');
  });
});

test('NaN in an observation: no action, an ERROR, and the next one is answered', async (t) => {
  const folder = temporaryFolder(t);
  writeLinearPolicy(folder);
  await withPolicy(folder, async ({ observations, actions, running, ask }) => {
    await ask(observation('a', 0));
    const bad = observation('a', 1);
    bad.state[7] = NaN;
    observations.publish(bad);
    await eventually('an error', () => running.status('callbacks')?.level === 2);
    assert.match(running.status('callbacks')?.message ?? '', new RegExp(`${names[7]} is NaN`));
    assert.equal(actions.length, 1);
    assert.equal((await ask(observation('a', 2))).step, 2);
  });
});

test('an observer with other names is refused, and the name is said', async (t) => {
  const folder = temporaryFolder(t);
  writeLinearPolicy(folder);
  await withPolicy(folder, async ({ observations, actions, running, ask }) => {
    observations.publish(observation('a', 0, { names: names.with(2, 'left_elbow_joint.position') }));
    await eventually('an error', () => running.status('callbacks')?.level === 2);
    assert.match(
      running.status('callbacks')?.message ?? '',
      new RegExp(`observation.names.2: is ${names[2]}, the observer sends left_elbow_joint.position`),
    );
    await sleep(50);
    assert.equal(actions.length, 0);
    await ask(observation('a', 0));
  });
});

test('an observer with images that the policy does not see is refused, and the image is said', async (t) => {
  const folder = temporaryFolder(t);
  writeLinearPolicy(folder);
  await withPolicy(folder, async ({ observations, actions, running, ask }) => {
    const size = { width: 2, height: 1, encoding: 'mono8' };
    const { header } = observation('a', 0);
    const images = [imageMessage(size, Uint8Array.of(1, 2), header)];
    observations.publish(observation('a', 0, { cameras: ['head'], images }));
    await eventually('an error', () => running.status('callbacks')?.level === 2);
    assert.match(
      running.status('callbacks')?.message ?? '',
      /observation\.images: lacks head, which the observer sends/,
    );
    await sleep(50);
    assert.equal(actions.length, 0);
    await ask(observation('a', 0));
  });
});

/** Runs a node that cannot start. @returns what it printed */
async function failedStart(t: TestContext, parameters: Record<string, string>): Promise<string> {
  const print = t.mock.method(console, 'error', () => undefined);
  assert.equal(await startNode(basePolicy, parameters).exit, 1);
  print.mock.restore();
  return print.mock.calls.map(({ arguments: [text] }) => String(text)).join('\n');
}

test('a manifest that does not fit its ONNX file ends the start with exit code 1', async (t) => {
  const folder = temporaryFolder(t);
  writeLinearPolicy(folder, { chunk_size: 2 });
  const file = join(folder, 'manifest.yaml');
  const manifest = readFileSync(file, 'utf8');
  writeFileSync(file, manifest.replace('chunk_size: 2', 'chunk_size: 4'));
  assert.match(
    await failedStart(t, { policy: folder }),
    /action: has shape \[.*2, 13\], the manifest says \[1, 4, 13\]/,
  );
  writeFileSync(file, manifest.replace('input: observation', 'input: state'));
  assert.match(await failedStart(t, { policy: folder }), /state: no such input; it has observation/);
});

test('no policy and an unknown parameter are said at the start', async (t) => {
  assert.match(await failedStart(t, {}), /policy is empty|policy: is empty/);
  const output = await failedStart(t, { polcy: '/nowhere' });
  assert.match(output, /polcy/);
  assert.match(output, /did you mean policy\?/);
});
