import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ExecutedStep } from '../../src/interfaces/graft-messages.js';
import { safety } from '../../src/nodes/safety.js';
import {
  eventually,
  type Peer,
  sleep,
  withPeer,
  withNode,
  type ParameterValue,
  type RunningNode,
} from './running-node.js';
import {
  action,
  episode,
  home,
  homeState,
  isClose,
  joints,
  observation,
  stampOf,
  task,
} from './lift-messages.js';

function talkTo(peer: Peer) {
  const topics = {
    sensors: peer.sends('joint_states', 'sensor_msgs/msg/JointState', 'reliable'),
    observations: peer.sends('observation', 'graft_msgs/msg/Observation', 'reliable'),
    actions: peer.sends('action', 'graft_msgs/msg/Action', 'reliable'),
    episodes: peer.sends('episode', 'graft_msgs/msg/Episode', 'latched'),
    commands: peer.hears('joint_trajectory', 'trajectory_msgs/msg/JointTrajectory', 'reliable'),
    steps: peer.hears('executed_step', 'graft_msgs/msg/ExecutedStep', 'history'),
  };
  const { observations, actions, steps } = topics;
  /** What is executed at one step where `values` is asked for. */
  const execute = async (
    id: string,
    step: number,
    values: Float32Array,
    base: Float32Array = values,
  ): Promise<ExecutedStep> => {
    const before = steps.length;
    observations.publish(observation(id, step));
    await sleep(5);
    actions.publish(action(id, step, values, { base }));
    await eventually('a step', () => steps.length > before);
    return steps[before];
  };
  return { ...topics, execute };
}

type Talk = ReturnType<typeof talkTo> & { readonly peer: Peer; readonly running: RunningNode };

async function withSafety(
  parameters: Readonly<Record<string, ParameterValue>>,
  body: (talk: Talk) => Promise<void>,
): Promise<void> {
  await withNode(safety, parameters, (running) =>
    withPeer(async (peer) => {
      const talk = talkTo(peer);
      await peer.connected();
      talk.sensors.publish(homeState(stampOf(0)));
      talk.episodes.publish(episode('a'));
      await sleep(50);
      await body({ ...talk, peer, running });
    }),
  );
}

const shifted = (by: number, joint = 3): Float32Array =>
  home.map((value, i) => value + (i === joint ? by : 0));
const limits = joints.map((name) => task.robot.joints.find((joint) => joint.name === name));

test('lockstep: limits act and ExecutedStep says which', async () => {
  await withSafety({}, async ({ execute, commands, steps }) => {
    const plain = await execute('a', 0, shifted(0.1), home);
    assert.equal(plain.limiter_flags, 0);
    assert.ok(isClose(plain.executed, shifted(0.1)));
    assert.ok(
      isClose(
        plain.residual,
        shifted(0.1).map((value, i) => value - home[i]),
      ),
    );
    assert.ok(plain.latency > 0 && plain.latency < 5);
    await eventually('the command', () => commands.length > 0);
    assert.deepEqual(commands[0].header, plain.header);
    assert.deepEqual(commands[0].joint_names, joints);
    assert.deepEqual([...commands[0].points[0].positions], [...plain.executed]);

    const bounded = await execute('a', 1, shifted(0.5), home);
    assert.equal(bounded.limiter_flags, ExecutedStep.LIMIT_RESIDUAL);
    assert.ok(isClose(bounded.executed, shifted(0.2)), 'max_residual 0.2 rad');
    assert.ok(isClose(bounded.commanded, shifted(0.5)), 'what was asked for is kept');

    const fast = await execute('a', 2, shifted(1.5));
    const reach = (limits[3]?.velocity ?? 0) / task.control_rate_hz;
    assert.equal(fast.limiter_flags, ExecutedStep.LIMIT_VELOCITY);
    assert.ok(isClose(fast.executed, shifted(0.2 + reach)), `at most ${reach} rad in a period`);

    const beyond = home.map((value, i) => (i === 7 ? (limits[7]?.upper ?? 0) + 0.1 : value));
    const inside = await execute('a', 3, beyond);
    assert.ok((inside.limiter_flags & ExecutedStep.LIMIT_POSITION) !== 0);
    assert.ok(Math.abs(inside.executed[7] - (limits[7]?.upper ?? 0)) < 1e-6);
    assert.equal(steps.length, 4);
  });
});

test('lockstep: NaN in the action gives the base, NaN in the base a hold', async () => {
  await withSafety({}, async ({ execute }) => {
    await execute('a', 0, home);
    const base = await execute('a', 1, shifted(NaN), shifted(0.05));
    assert.equal(base.limiter_flags, ExecutedStep.LIMIT_NON_FINITE);
    assert.ok(isClose(base.executed, shifted(0.05)));
    const held = await execute('a', 2, shifted(0.3), shifted(NaN));
    assert.equal(held.limiter_flags, ExecutedStep.LIMIT_NON_FINITE | ExecutedStep.LIMIT_HOLD);
    assert.deepEqual(held.executed, base.executed);
  });
});

test('lockstep: a repeated observation gets the same command again; a new episode starts where the robot is', async () => {
  await withSafety({}, async ({ execute, observations, episodes, commands, steps, sensors }) => {
    await execute('a', 0, shifted(0.1));
    await eventually('the command', () => commands.length === 1);
    observations.publish(observation('a', 0));
    await eventually('the command again', () => commands.length === 2);
    assert.deepEqual(commands[1], commands[0]);
    assert.equal(steps.length, 1);
    for (let step = 1; step < 4; step++) await execute('a', step, shifted(0.6 * step));
    sensors.publish(homeState(stampOf(10)));
    await sleep(20);
    // The first action of an episode may come before the news of it.
    const action0 = observation('b', 10);
    observations.publish(action0);
    const first = await execute('b', 10, shifted(0.1));
    assert.equal(first.limiter_flags, 0, 'measured from home, not from the last command');
    episodes.publish(episode('b'));
    await sleep(30);
    const second = await execute('b', 11, shifted(0.7));
    assert.equal(second.limiter_flags, 0, 'the late news does not forget the last command');
  });
});

test('lockstep: an observation that nobody answers is answered by holding', async () => {
  await withSafety({ lockstep_hold_after: 0.2 }, async ({ execute, observations, steps }) => {
    const before = await execute('a', 0, shifted(0.1));
    observations.publish(observation('a', 1));
    await eventually('a hold', () => steps.length === 2);
    const [, held] = steps;
    assert.deepEqual([held.step, held.source, held.limiter_flags], [1, 'hold', ExecutedStep.LIMIT_HOLD]);
    assert.deepEqual(held.executed, before.executed);
    assert.ok(held.latency >= 0.2);
    assert.ok(isClose((await execute('a', 2, home)).executed, home));
  });
});

test('lockstep: an action that answers a stale observation becomes a hold', async () => {
  await withSafety({}, async ({ execute, observations, actions, steps }) => {
    const before = await execute('a', 0, shifted(0.02));
    observations.publish(observation('a', 1, { stale: true, stale_inputs: ['head/image_raw'] }));
    await sleep(5);
    actions.publish(action('a', 1, shifted(0.04)));
    const held = await eventually('a step', () => steps[1]);
    assert.equal(held.limiter_flags, ExecutedStep.LIMIT_STALE | ExecutedStep.LIMIT_HOLD);
    assert.deepEqual(held.executed, before.executed);
    const after = await execute('a', 2, shifted(0.04));
    assert.equal(after.limiter_flags, 0);
  });
});

test('realtime: no action means hold; late or stale means hold', async () => {
  await withSafety({ clock: 'realtime', hold_after: 0.3, max_age: 0.6 }, async (talk) => {
    const { execute, observations, sensors, actions, steps, peer, running } = talk;
    peer.node.timer(0.02, () => sensors.publish(homeState(stampOf(0))));
    await execute('a', 0, shifted(0.1));
    await eventually('run', () => running.status('watchdog')?.message === 'run');
    observations.publish(observation('a', 1));
    await eventually('a hold', () => steps.length === 2);
    assert.equal(steps[1].limiter_flags, ExecutedStep.LIMIT_HOLD);
    await eventually('hold', () => running.status('watchdog')?.message === 'hold');
    observations.publish(observation('a', 2, { stale: true, stale_inputs: ['object/odometry'] }));
    await sleep(5);
    actions.publish(action('a', 2, shifted(0.2)));
    await eventually('a step', () => steps.length === 3);
    assert.equal(steps[2].limiter_flags, ExecutedStep.LIMIT_STALE | ExecutedStep.LIMIT_HOLD);
    assert.deepEqual(steps[2].executed, steps[1].executed);
    assert.equal((await execute('a', 3, shifted(0.15))).limiter_flags, 0);
  });
});

test('realtime: stale sensors stop the robot until the next episode', async () => {
  await withSafety({ clock: 'realtime', max_age: 0.25, hold_after: 2 }, async (talk) => {
    const { execute, episodes, sensors, peer, running } = talk;
    let seen = true;
    peer.node.timer(0.02, () => {
      if (seen) sensors.publish(homeState(stampOf(0)));
    });
    await sleep(100);
    episodes.publish(episode('b'));
    await sleep(100);
    assert.equal((await execute('b', 0, shifted(0.1))).limiter_flags, 0);
    seen = false;
    await eventually('stop', () => running.status('watchdog')?.message === 'stop');
    assert.equal(running.status('watchdog')?.level, 2);
    seen = true;
    await sleep(100);
    const stopped = await execute('b', 1, shifted(0.3));
    assert.equal(stopped.limiter_flags, ExecutedStep.LIMIT_STALE | ExecutedStep.LIMIT_HOLD);
    assert.ok(isClose(stopped.executed, shifted(0.1)));
    episodes.publish(episode('c'));
    await sleep(100);
    assert.equal((await execute('c', 2, shifted(0.1))).limiter_flags, 0);
  });
});
