import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { statePublisherArguments } from '../../src/nodes/robot-state-publisher.js';
import { robotDescription } from '../../src/nodes/robot-description.js';
import { TransformPacing } from '../../src/nodes/transform-pacing.js';
import { framePoses, type Transform } from '../../src/robot/kinematic-tree.js';
import { rotationMatrix } from '../../src/robot/pose.js';
import { timeFromNanoseconds } from '../../src/ros/index.js';
import { disposePhysics, loadPhysics, requireId } from '../../src/sim/mujoco.js';
import { seededRandom, uniform } from '../../src/sim/random.js';
import { scratchFolder } from '../config/scratch-folder.js';
import { task } from './lift-messages.js';
import { eventually, sleep, withNode, withPeer, type Peer } from './running-node.js';

const { robot } = task;

/** tf2_msgs/msg/TFMessage, which has no TypeScript type of its own. */
type TransformMessage = {
  readonly transforms: readonly {
    readonly header: { readonly frame_id: string };
    readonly child_frame_id: string;
    readonly transform: {
      readonly translation: { readonly x: number; readonly y: number; readonly z: number };
      readonly rotation: { readonly x: number; readonly y: number; readonly z: number; readonly w: number };
    };
  }[];
};

function transformsOf(messages: readonly unknown[]): Transform[] {
  return messages.flatMap((message) =>
    (message as TransformMessage).transforms.map(({ header, child_frame_id, transform }) => {
      const { translation: p, rotation: q } = transform;
      const pose = { position: [p.x, p.y, p.z], orientation: [q.x, q.y, q.z, q.w] } as const;
      return { parent: header.frame_id, child: child_frame_id, pose };
    }),
  );
}

function listen(peer: Peer) {
  return {
    texts: peer.hears('robot_description', 'std_msgs/msg/String', 'latched'),
    fixed: peer.hears('/tf_static', 'tf2_msgs/msg/TFMessage', 'latched'),
    moving: peer.hears('/tf', 'tf2_msgs/msg/TFMessage', 'reliable'),
    joints: peer.sends('joint_states', 'sensor_msgs/msg/JointState', 'reliable'),
  };
}

test('description and TF reach those who come late, and TF puts every link where MuJoCo has it', async () => {
  const physics = await loadPhysics(robot.model ?? '');
  const { mj, model, data } = physics;
  const random = seededRandom(11);
  const positions = new Map(
    robot.joints.map(({ name, lower, upper }) => [name, uniform(random, [lower, upper])]),
  );
  await withNode(robotDescription, { publisher: 'graft' }, (running) =>
    withPeer(async (peer) => {
      const { texts, fixed, moving, joints } = listen(peer);
      await peer.connected();
      await eventually('the latched topics', () => texts.length > 0 && fixed.length > 0);
      assert.match(String(texts[0]['data']), /^<\?xml[^]*<robot name="graft_humanoid">/);
      assert.equal(running.status('description')?.message, 'waiting for joint_states');
      const none = new Float64Array();
      const header = { stamp: timeFromNanoseconds(5_000_000_000n), frame_id: '' };
      joints.publish({
        header,
        name: [...positions.keys()],
        position: Float64Array.from(positions.values()),
        velocity: none,
        effort: none,
      });
      await eventually('TF', () => moving.length > 0);
      const poses = framePoses('world', transformsOf([...fixed, ...moving]));
      const qpos = data.qpos as Float64Array;
      const address = model.jnt_qposadr as Int32Array;
      const set = (name: string, value: number): void =>
        void (qpos[address[requireId(physics, 'joint', name, 'the test')]] = value);
      positions.forEach((value, name) => set(name, value));
      for (const { name, follows, ratio } of robot.coupled_joints)
        set(name, ratio * (positions.get(follows) ?? NaN));
      mj.mj_kinematics(model, data);
      for (let body = 1; body < model.nbody; body++) {
        const pose = poses.get(mj.mj_id2name(model, 1, body));
        assert.ok(pose, `body ${body}`);
        const found = [...pose.position, ...rotationMatrix(pose.orientation)];
        const expected = [
          ...(data.xpos as Float64Array).slice(3 * body, 3 * body + 3),
          ...(data.xmat as Float64Array).slice(9 * body, 9 * body + 9),
        ];
        expected.forEach((value, i) => assert.ok(Math.abs(found[i] - value) < 1e-6, `body ${body}`));
      }
      for (const { frame } of [...robot.frames, ...robot.cameras]) assert.ok(poses.has(frame), frame);
      assert.equal(running.status('description')?.message, 'publishing');
    }),
  );
  disposePhysics(physics);
});

test('a prefix is put before every frame', async () => {
  await withNode(robotDescription, { publisher: 'graft', frame_prefix: 'robot1/' }, () =>
    withPeer(async (peer) => {
      const { fixed } = listen(peer);
      await eventually('static TF', () => fixed.length > 0);
      const names = transformsOf(fixed).flatMap(({ parent, child }) => [parent, child]);
      assert.ok(names.length > 0 && names.every((name) => name.startsWith('robot1/')));
    }),
  );
});

test('by itself it is silent where another node publishes the description', async () => {
  await withPeer(async (peer) => {
    peer.node.publisher('robot_description', 'std_msgs/msg/String', 'latched');
    await withNode(robotDescription, { publisher: 'auto' }, async (running) => {
      const { fixed } = listen(peer);
      await peer.connected();
      await sleep(300);
      assert.equal(fixed.length, 0);
      assert.match(running.status('description')?.message ?? '', /^peer publishes the description/);
    });
  });
});

/** An ament prefix with a package robot_state_publisher whose program notes its arguments and its parameters. */
function installStatePublisher(t: TestContext, rest: string): string {
  const prefix = scratchFolder(t);
  const [index, lib] = [
    join(prefix, 'share/ament_index/resource_index/packages'),
    join(prefix, 'lib/robot_state_publisher'),
  ];
  for (const folder of [index, lib]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(index, 'robot_state_publisher'), '');
  const script = `#!/bin/sh\necho "$@" > "${prefix}/arguments"\ncp "$3" "${prefix}/parameters.yaml"\n${rest}\n`;
  writeFileSync(join(lib, 'robot_state_publisher'), script, { mode: 0o755 });
  const before = process.env['AMENT_PREFIX_PATH'];
  process.env['AMENT_PREFIX_PATH'] = [prefix, before ?? ''].join(delimiter);
  t.after(() => (process.env['AMENT_PREFIX_PATH'] = before));
  return prefix;
}

test('robot_state_publisher gets the description where it is installed, and is replaced if it ends', async (t) => {
  installStatePublisher(t, 'exec sleep 1');
  await withNode(robotDescription, { publisher: 'robot_state_publisher' }, (running) =>
    withPeer(async (peer) => {
      const { texts, fixed } = listen(peer);
      await sleep(300);
      assert.equal(running.status('description')?.message, 'robot_state_publisher publishes');
      assert.equal(texts.length + fixed.length, 0);
      await eventually('the node to step in', () => texts.length > 0 && fixed.length > 0);
    }),
  );
});

test('robot_state_publisher is ended with the node', async (t) => {
  installStatePublisher(t, 'trap "exit 0" INT\nwhile :; do sleep 0.05; done');
  let status: string | undefined;
  const begun = performance.now();
  await withNode(robotDescription, { publisher: 'robot_state_publisher' }, async (running) => {
    await sleep(100);
    status = running.status('description')?.message;
  });
  assert.equal(status, 'robot_state_publisher publishes');
  assert.ok(performance.now() - begun < 1900, 'it was not killed for being slow');
});

test('the child of robot_state_publisher gets remappings, not the name of the node', () => {
  const argv = [
    'node',
    'main.js',
    '--ros-args',
    '-r',
    '__node:=a',
    '--remap',
    'joint_states:=arm/joint_states',
  ];
  const found = statePublisherArguments('p.yaml', {
    namespace: '/robot1',
    argv: [...argv, '-r', '__ns:=/x', '-p', 'a:=b'],
  });
  assert.equal(
    found.join(' '),
    '--ros-args --params-file p.yaml -r __node:=robot_state_publisher -r __ns:=/robot1 -r joint_states:=arm/joint_states',
  );
});

test('transforms keep below the rate for each joint, and begin anew when time goes back', () => {
  const pacing = new TransformPacing(10);
  const ms = (value: number): bigint => BigInt(value) * 1_000_000n;
  assert.ok(pacing.isDue(['a'], ms(0)));
  assert.ok(!pacing.isDue(['a'], ms(99)));
  assert.ok(pacing.isDue(['b'], ms(99)), 'another publisher, other joints');
  assert.ok(pacing.isDue(['a'], ms(100)));
  assert.ok(!pacing.isDue(['b'], ms(100)));
  assert.ok(pacing.isDue(['b'], ms(50)), 'time went back');
});
