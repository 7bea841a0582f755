import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  Lifecycle,
  TransitionRefused,
  type GraftNode,
  type LifecycleCallbacks,
} from '../../src/ros/index.js';
import { eventually, sleep, withGraph } from './graph.js';

type Remote = { change(label: string): Promise<boolean>; state(): Promise<string>; events: string[] };

/** Sees a managed node as `ros2 lifecycle` does: over its services and its topic. */
function remote(node: GraftNode): Remote {
  const change = node.client('/managed/change_state', 'lifecycle_msgs/srv/ChangeState');
  const state = node.client('/managed/get_state', 'lifecycle_msgs/srv/GetState');
  const events: string[] = [];
  node.subscription(
    '/managed/transition_event',
    'lifecycle_msgs/msg/TransitionEvent',
    'reliable',
    (event) => {
      const { start_state, goal_state } = event as Record<'start_state' | 'goal_state', { label: string }>;
      events.push(`${start_state.label}>${goal_state.label}`);
    },
  );
  const timeout = { timeout_ms: 15_000 };
  return {
    events,
    change: async (label) =>
      (await change.call({ transition: { id: 0, label } }, timeout))['success'] === true,
    state: async () => ((await state.call({}, timeout))['current_state'] as { label: string }).label,
  };
}

async function managed(
  callbacks: LifecycleCallbacks,
  body: (lifecycle: Lifecycle, manager: Remote) => Promise<void>,
): Promise<void> {
  await withGraph(async (_graph, spinning) => {
    const lifecycle = new Lifecycle(spinning('managed'), callbacks);
    const node = spinning('manager');
    const manager = remote(node);
    await eventually('events', () => node.publishersOf('/managed/transition_event').length > 0);
    await sleep(100);
    await body(lifecycle, manager);
  });
}

test('a manager leads a node with slow callbacks through its life', async () => {
  const calls: string[] = [];
  const slowly = (name: string) => async (): Promise<void> => {
    await sleep(50);
    calls.push(name);
  };
  const callbacks: LifecycleCallbacks = {
    configure: slowly('configure'),
    activate: slowly('activate'),
    deactivate: slowly('deactivate'),
    cleanup: slowly('cleanup'),
    shutdown: slowly('shutdown'),
  };
  await managed(callbacks, async (lifecycle, manager) => {
    assert.equal(await manager.state(), 'unconfigured');
    assert.equal(await manager.change('activate'), false);
    const configuring = manager.change('configure');
    await eventually('configuring', () => lifecycle.state === 'configuring');
    assert.equal(await manager.change('configure'), false, 'one transition at a time');
    assert.equal(await configuring, true);
    assert.equal(await manager.state(), 'inactive');
    for (const label of ['activate', 'deactivate', 'cleanup', 'configure']) {
      assert.equal(await manager.change(label), true, label);
    }
    await lifecycle.stop();
    assert.equal(await manager.state(), 'finalized');
    const life = ['configure', 'activate', 'deactivate', 'cleanup', 'configure', 'shutdown'];
    assert.deepEqual(calls, life);
    await eventually('last event', () => manager.events.at(-1) === 'shuttingdown>finalized');
    assert.deepEqual(manager.events.slice(0, 2), ['unconfigured>configuring', 'configuring>inactive']);
    assert.equal(manager.events.length, 2 * life.length);
  });
});

test('a refusal leaves the state, an error cleans up', async () => {
  let ready = false;
  let cleaned = 0;
  const callbacks: LifecycleCallbacks = {
    configure: () => {
      if (!ready) throw new TransitionRefused('the model is still loading');
    },
    activate: () => Promise.reject(new Error('no camera')),
    cleanup: () => {
      cleaned++;
    },
  };
  await managed(callbacks, async (lifecycle, manager) => {
    assert.equal(await manager.change('configure'), false);
    assert.equal(lifecycle.state, 'unconfigured');
    ready = true;
    const result = await lifecycle.start();
    assert.equal(result.success, false);
    assert.equal(result.error?.message, 'no camera');
    assert.equal(await manager.state(), 'unconfigured');
    assert.equal(cleaned, 1);
    const tail = ['inactive>activating', 'activating>errorprocessing', 'errorprocessing>unconfigured'];
    await eventually('events', () => manager.events.at(-1) === tail[2]);
    assert.deepEqual(manager.events.slice(-3), tail);
  });
});
