import { test } from 'node:test';
import assert from 'node:assert/strict';
import { commandPublishers } from '../../src/nodes/command-publishers.js';
import { jointsOfGroup, type Controller } from '../../src/robot/profile.js';
import { stampOf, task } from './lift-messages.js';
import { eventually, withPeer } from './running-node.js';
import { withGraph } from '../ros/graph.js';

const { robot } = task;

test('every controller gets its own joints with the stamp of the observation', async () => {
  const controller = (name: string, groups: readonly string[]): Controller => ({
    name,
    topic: `${name}/joint_trajectory`,
    type: 'trajectory_msgs/msg/JointTrajectory',
    joints: groups.flatMap((group) => jointsOfGroup(robot, group).map((joint) => joint.name)),
  });
  const controllers = [
    controller('body', ['torso', 'left_arm', 'left_hand']),
    controller('arm', ['right_arm']),
    controller('hand', ['right_hand']),
  ];
  const joints = [...jointsOfGroup(robot, 'right_hand'), ...jointsOfGroup(robot, 'right_arm')].map(
    ({ name }) => name,
  );
  await withGraph(async (_graph, spinning) => {
    const send = commandPublishers(spinning('commander'), { ...robot, controllers }, joints, 0.08);
    await withPeer(async (peer) => {
      const [arm, hand] = ['arm', 'hand'].map((name) =>
        peer.hears(`${name}/joint_trajectory`, 'trajectory_msgs/msg/JointTrajectory', 'reliable'),
      );
      await peer.connected();
      const header = { stamp: stampOf(3), frame_id: '' };
      send({ header, positions: Float32Array.from(joints, (_, i) => i / 4) });
      await eventually('both commands', () => arm.length > 0 && hand.length > 0);
      assert.deepEqual(arm[0].header, hand[0].header);
      assert.deepEqual(arm[0].header.stamp, stampOf(3));
      assert.deepEqual(hand[0].joint_names, joints.slice(0, 6));
      assert.deepEqual(arm[0].joint_names, joints.slice(6));
      assert.deepEqual([...hand[0].points[0].positions], [0, 0.25, 0.5, 0.75, 1, 1.25]);
      assert.deepEqual([...arm[0].points[0].positions], [1.5, 1.75, 2, 2.25, 2.5, 2.75, 3]);
      assert.deepEqual(arm[0].points[0].time_from_start, { sec: 0, nanosec: 80_000_000 });
      const topics = peer.node.topics().map(({ name }) => name);
      assert.ok(!topics.includes('/body/joint_trajectory'), 'it drives none of these joints');
    });
  });
});
