import { test } from 'node:test';
import assert from 'node:assert/strict';
import { observer } from '../../src/nodes/observer.js';
import { eventually, type Peer, sleep, withPeer, withNode } from './running-node.js';
import { episode, handPose, jointState, names, odometry, stampOf } from './lift-messages.js';

type Input = 'joints' | 'object' | 'hand';

/** The observer's inputs and output. */
function talkTo(peer: Peer) {
  const joints = peer.sends('joint_states', 'sensor_msgs/msg/JointState', 'reliable');
  const object = peer.sends('object/odometry', 'nav_msgs/msg/Odometry', 'reliable');
  const hand = peer.sends('hand/pose', 'geometry_msgs/msg/PoseStamped', 'reliable');
  return {
    joints,
    object,
    hand,
    episode: peer.sends('episode', 'graft_msgs/msg/Episode', 'latched'),
    observations: peer.hears('observation', 'graft_msgs/msg/Observation', 'reliable'),
    send: (input: Input, step: number): void => {
      const stamp = stampOf(step);
      if (input === 'joints') joints.publish(jointState(stamp));
      else if (input === 'object') object.publish(odometry(stamp));
      else hand.publish(handPose(stamp));
    },
  };
}

test('lockstep: one observation per stamp, whichever order the inputs arrive in', async () => {
  await withNode(observer, {}, (running) =>
    withPeer(async (peer) => {
      const { episode: episodes, send, observations } = talkTo(peer);
      await peer.connected();
      const orders: Input[][] = [
        ['joints', 'object', 'hand'],
        ['joints', 'hand', 'object'],
        ['object', 'joints', 'hand'],
        ['object', 'hand', 'joints'],
        ['hand', 'joints', 'object'],
        ['hand', 'object', 'joints'],
      ];
      for (const [step, order] of orders.entries()) {
        for (const [i, input] of order.entries()) {
          send(input, step);
          await sleep(15);
          const before = step === 0 ? 0 : step;
          if (i < 2) assert.equal(observations.length, before, `${order.join()}: only ${i + 1} of 3 inputs`);
        }
        // The sensors of the first step are there before the episode is.
        if (step === 0) episodes.publish(episode('a'));
        await eventually(`observation ${step}`, () => observations.length === step + 1);
      }
      assert.deepEqual(
        observations.map(({ step, header: { stamp }, stale }) => ({ step, stamp, stale })),
        orders.map((_, step) => ({ step, stamp: stampOf(step), stale: false })),
      );
      assert.deepEqual(observations[0].names, names);
      assert.equal(running.status('inputs')?.level, 0);
    }),
  );
});

test('lockstep: the order of joint_states does not matter, a missing joint is named', async () => {
  await withNode(observer, {}, (running) =>
    withPeer(async (peer) => {
      const { episode: episodes, joints, send, observations } = talkTo(peer);
      await peer.connected();
      episodes.publish(episode('a'));
      for (const step of [0, 1]) {
        send('object', step);
        send('hand', step);
        joints.publish(jointState(stampOf(step), (all) => (step === 0 ? all : all.reverse())));
        await eventually('observation', () => observations.length === step + 1);
      }
      assert.deepEqual(observations[0].state, observations[1].state);
      const elbow = names.indexOf('right_elbow_joint.position');
      const index = jointState(stampOf(0)).name.indexOf('right_elbow_joint');
      assert.equal(observations[0].state[elbow], Math.fround(0.01 * index));
      send('object', 2);
      send('hand', 2);
      joints.publish(jointState(stampOf(2), (all) => all.filter((name) => name !== 'right_elbow_joint')));
      await eventually('an error', () =>
        running.status('callbacks')?.message.includes('right_elbow_joint: joint_states has no such joint'),
      );
      for (const input of ['joints', 'object', 'hand'] as const) send(input, 3);
      await eventually('the next observation', () => observations.at(-1)?.step === 3);
      assert.equal(observations.length, 3);
    }),
  );
});

test('realtime: observations at the control rate, an input that stopped is named as stale', async () => {
  await withNode(observer, { clock: 'realtime', max_age: 0.15 }, (running) =>
    withPeer(async (peer) => {
      const { node } = peer;
      const { episode: episodes, send, observations } = talkTo(peer);
      await peer.connected();
      let [tick, objectIsSeen] = [0, true];
      node.timer(0.02, () => {
        send('joints', tick);
        send('hand', tick++);
        if (objectIsSeen) send('object', tick);
      });
      episodes.publish(episode('a'));
      await eventually('fresh', () => observations.length > 3);
      assert.deepEqual(observations.at(-1)?.stale_inputs, []);
      objectIsSeen = false;
      await eventually('stale', () => observations.at(-1)?.stale);
      assert.deepEqual(observations.at(-1)?.stale_inputs, ['object/odometry']);
      assert.match(running.status('inputs')?.message ?? '', /stale: object\/odometry/);
      objectIsSeen = true;
      await eventually('fresh again', () => observations.at(-1)?.stale === false);
      assert.deepEqual(
        observations.map(({ step }) => step),
        observations.map((_, i) => i),
      );
    }),
  );
});
