import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { JointState } from '../../src/interfaces/graft-messages.js';
import { gazeboDriver } from '../../src/nodes/gazebo-driver.js';
import { isMoving } from '../../src/robot/tracked-frames.js';
import { timeFromNanoseconds } from '../../src/ros/index.js';
import { findTask } from '../../src/sim/task.js';
import { World } from '../../src/sim/world.js';
import { eventually, withNode, withPeer, type Peer } from './running-node.js';

const task = findTask('lift');

/** A program `gz` first on PATH: it keeps its arguments, line by line, and answers what it is told to. */
function fakeGazebo(answer: string): { calls: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'graft-gz-'));
  const log = join(folder, 'calls');
  writeFileSync(join(folder, 'gz'), `#!/bin/sh\nprintf '%s\\n' "$*" >> ${log}\necho '${answer}'\n`);
  chmodSync(join(folder, 'gz'), 0o755);
  process.env.PATH = `${folder}${delimiter}${process.env.PATH ?? ''}`;
  return { calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
}

function talkTo(peer: Peer) {
  return {
    states: peer.sends('joint_states', 'sensor_msgs/msg/JointState', 'reliable'),
    hand: peer.hears('hand/pose', 'geometry_msgs/msg/PoseStamped', 'reliable'),
    commands: peer.hears('joint_trajectory', 'trajectory_msgs/msg/JointTrajectory', 'reliable'),
    client: peer.node.client('reset_task', 'graft_msgs/srv/ResetTask'),
  };
}

function jointStates(world: World, nanoseconds: bigint): JointState {
  const position = world.jointPositions();
  const header = { stamp: timeFromNanoseconds(nanoseconds), frame_id: '' };
  return { header, name: [...world.joints], position, velocity: world.jointVelocities(), effort: position };
}

test('the pose of the hand is where the simulation has it', async () => {
  const world = await World.create(task);
  world.reset(3);
  await withNode(gazeboDriver, {}, () =>
    withPeer(async (peer) => {
      const { states, hand } = talkTo(peer);
      await peer.connected();
      for (const sec of [7, 8]) {
        for (let i = 0; i < 5; i++)
          world.step({ right_elbow_joint: -0.1 * sec, right_shoulder_pitch_joint: 0.1 });
        const expected = world.frames().get('hand');
        assert.ok(expected !== undefined && !isMoving(expected));
        states.publish(jointStates(world, BigInt(sec) * 1_000_000_000n));
        await eventually('a pose', () => hand.at(-1)?.header.stamp.sec === sec);
        assert.equal(hand.at(-1)?.header.frame_id, 'world');
        const { position: p, orientation: q } = hand.at(-1)?.pose ?? assert.fail();
        const found = [p.x, p.y, p.z, q.x, q.y, q.z, q.w];
        [...expected.position, ...expected.orientation].forEach((value, i) =>
          assert.ok(Math.abs(found[i] - value) < 1e-12, `${i}: ${found[i]} is not ${value}`),
        );
      }
    }),
  );
  world.dispose();
});

test('a reset brings the robot home and puts the object where mujoco_sim has it with this seed', async () => {
  const world = await World.create(task);
  world.reset(11);
  const { calls } = fakeGazebo('data: true');
  await withNode(gazeboDriver, { home_time: 0.1 }, () =>
    withPeer(async (peer) => {
      const { states, commands, client } = talkTo(peer);
      await peer.connected();
      const answer = client.call({ seed: 11n, episode_id: 'a' });
      await eventually('the way home', () => commands.length > 0);
      assert.deepEqual(calls(), [], 'the object is put down before the robot is home');
      const { joint_names, points } = commands[0];
      const home = task.robot.joints.map((joint) => Math.fround(joint.home));
      assert.deepEqual(
        joint_names,
        task.robot.joints.map(({ name }) => name),
      );
      assert.deepEqual([...points[0].positions], home);
      states.publish(jointStates(world, 9_000_000_000n));
      const { success, message, stamp } = await answer;
      assert.ok(success, message);
      assert.deepEqual(stamp, { sec: 9, nanosec: 0 });
      const [call = '', ...others] = calls();
      assert.deepEqual(others, []);
      assert.match(call, /^service -s \/world\/lift\/set_pose --reqtype gz\.msgs\.Pose .*name: "object"/);
      const numbers = [...call.slice(call.indexOf('position:')).matchAll(/[xyzw]: (-?[\d.e-]+)/g)].map(
        ([, text]) => Number(text),
      );
      const object = world.frames().get('object');
      assert.deepEqual(numbers, [...(object?.position ?? []), ...(object?.orientation ?? [])]);
    }),
  );
  world.dispose();
});

test('without Gazebo or joint states a reset is refused with the reason', async () => {
  await withNode(gazeboDriver, { home_time: 0.1, reset_timeout: 0.1 }, () =>
    withPeer(async (peer) => {
      const { client } = talkTo(peer);
      await peer.connected();
      const { success, message } = await client.call({ seed: 0n, episode_id: 'a' });
      assert.deepEqual([success, message], [false, 'no joint_states']);
    }),
  );
});
