import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../../src/config/paths.js';
import type { Image, JointTrajectory, Time } from '../../src/interfaces/graft-messages.js';
import { mujocoSim } from '../../src/nodes/mujoco-sim.js';
import { nanosecondsFromTime, timeFromNanoseconds } from '../../src/ros/index.js';
import {
  eventually,
  sleep,
  startNode,
  withNode,
  withPeer,
  type ParameterValue,
  type Peer,
  type RunningNode,
} from './running-node.js';
import { home, joints, period, task, temporaryFolder } from './lift-messages.js';
import { seeingTask } from '../sim/seeing-task.js';

function talkTo(peer: Peer) {
  const commands = peer.sends('joint_trajectory', 'trajectory_msgs/msg/JointTrajectory', 'reliable');
  const acks = peer.sends('step_ack', 'graft_msgs/msg/StepAck', 'reliable');
  const sensors = peer.hears('joint_states', 'sensor_msgs/msg/JointState', 'reliable');
  const object = peer.hears('object/odometry', 'nav_msgs/msg/Odometry', 'reliable');
  const hand = peer.hears('hand/pose', 'geometry_msgs/msg/PoseStamped', 'reliable');
  const states = peer.hears('task_state', 'graft_msgs/msg/TaskState', 'reliable');
  const clock = peer.hears('/clock', 'rosgraph_msgs/msg/Clock', 'sensor');
  const client = peer.node.client('reset_task', 'graft_msgs/srv/ResetTask');
  const reset = async (episode_id: string, seed: bigint): Promise<Time> => {
    const { success, message, stamp } = await client.call({ seed, episode_id });
    assert.ok(success, message);
    await eventually('sensors', () => states.at(-1)?.episode_id === episode_id);
    return stamp;
  };
  const command = (stamp: Time, by = 0): void => commands.publish(trajectory(stamp, by));
  /** Steps once and waits for the sensors that follow. @returns their stamp */
  const step = async (stamp: Time, by = 0): Promise<Time> => {
    const next = nanosecondsFromTime(stamp) + period;
    const isNext = ({ header }: { header: { stamp: Time } }): boolean =>
      nanosecondsFromTime(header.stamp) === next;
    command(stamp, by);
    await eventually('the next sensors', () =>
      [sensors, object, hand, states].every((all) => all.some(isNext)),
    );
    return timeFromNanoseconds(next);
  };
  return { commands, acks, sensors, object, hand, states, clock, reset, command, step };
}

/** Home, with the elbow moved by so many rad. */
function trajectory(stamp: Time, by: number): JointTrajectory {
  const none = new Float64Array();
  const positions = Float64Array.from(home, (value, i) =>
    joints[i] === 'right_elbow_joint' ? value + by : value,
  );
  const time_from_start = { sec: 0, nanosec: 80_000_000 };
  const point = { positions, velocities: none, accelerations: none, effort: none, time_from_start };
  return { header: { stamp, frame_id: '' }, joint_names: joints, points: [point] };
}

type Talk = ReturnType<typeof talkTo> & { readonly running: RunningNode; readonly peer: Peer };

async function withSimulation(
  parameters: Readonly<Record<string, ParameterValue>>,
  body: (talk: Talk) => Promise<void>,
): Promise<void> {
  await withNode(mujocoSim, parameters, (running) =>
    withPeer(async (peer) => {
      const talk = talkTo(peer);
      await peer.connected();
      await body({ ...talk, running, peer });
    }),
  );
}

test('lockstep: a seed gives the same episode again, another seed another; time never goes back', async () => {
  await withSimulation({}, async ({ sensors, object, hand, reset, step, states }) => {
    const run = async (id: string, seed: bigint): Promise<unknown[]> => {
      for (const all of [sensors, object, hand]) all.length = 0;
      let stamp = await reset(id, seed);
      for (let i = 0; i < 3; i++) stamp = await step(stamp, 0.05 * i);
      assert.deepEqual([states.at(-1)?.episode_id, states.at(-1)?.step], [id, 3]);
      const first = sensors.findIndex(({ header }) => nanosecondsFromTime(header.stamp) > 0n);
      assert.equal(first, 0);
      return [
        sensors.map(({ position, velocity }) => [[...position], [...velocity]]),
        object.map(({ pose, twist }) => [pose.pose, twist.twist]),
        hand.map(({ pose }) => pose),
      ];
    };
    const first = await run('a', 5n);
    assert.deepEqual(await run('b', 5n), first);
    assert.notDeepEqual((await run('c', 6n))[1], first[1]);
    const stamps = states.map(({ header }) => nanosecondsFromTime(header.stamp));
    assert.deepEqual(
      stamps,
      [...new Set(stamps)].sort((x, y) => Number(x - y)),
    );
  });
});

test('lockstep: only the command with the stamp of the sensors counts; after the horizon it stands', async () => {
  await withSimulation({}, async ({ states, reset, command, step }) => {
    let stamp = await reset('a', 1n);
    const before = states.length;
    command(timeFromNanoseconds(nanosecondsFromTime(stamp) - period));
    command(timeFromNanoseconds(nanosecondsFromTime(stamp) + period));
    await sleep(100);
    assert.equal(states.length, before);
    for (let i = 0; i < task.horizon_steps; i++) stamp = await step(stamp);
    assert.equal(states.at(-1)?.step, task.horizon_steps);
    command(stamp);
    await sleep(100);
    assert.equal(states.at(-1)?.step, task.horizon_steps, 'it stands');
    await reset('b', 1n);
    assert.equal(states.at(-1)?.step, 0);
  });
});

test('lockstep: sensors that nobody answers are sent again, the same', async () => {
  await withSimulation({}, async ({ states, sensors, reset, running }) => {
    await reset('a', 1n);
    await eventually('the first', () => sensors.length === 1);
    await eventually('the same again', () => sensors.length === 2);
    assert.deepEqual(sensors[1], sensors[0]);
    assert.deepEqual(states[1], states[0]);
    assert.match(running.status('lockstep')?.message ?? '', /sent again/);
  });
});

test('lockstep: waits for the learner within its window, and lets go of a silent one', async () => {
  await withSimulation({ ack_window: 2, ack_timeout: 0.6 }, async (talk) => {
    const { states, acks, reset, command, step, running } = talk;
    let stamp = await reset('a', 1n);
    stamp = await step(await step(stamp));
    command(stamp);
    await sleep(150);
    assert.equal(states.at(-1)?.step, 2, 'two steps are not acknowledged');
    acks.publish({ header: { stamp, frame_id: '' }, participant: 'learner', episode_id: 'a', step: 0 });
    await eventually('the third step', () => states.at(-1)?.step === 3);
    const start = performance.now();
    stamp = await step(timeFromNanoseconds(nanosecondsFromTime(stamp) + period));
    assert.ok(performance.now() - start > 400, 'ack_timeout');
    await eventually('a warning', () => running.status('learner')?.level === 1);
    await step(await step(stamp));
    assert.equal(states.at(-1)?.step, 6, 'it goes on alone');
  });
});

test('realtime: sensors at joint_state_rate, the newest command counts, the clock runs', async () => {
  await withSimulation({ clock: 'realtime', joint_state_rate: 50 }, async (talk) => {
    const { sensors, clock, reset, command, states } = talk;
    const stamp = await reset('a', 1n);
    const elbow = sensors.at(-1)?.name.indexOf('right_elbow_joint') ?? -1;
    const angle = (): number => sensors.at(-1)?.position[elbow] ?? NaN;
    const before = angle();
    command(stamp, 0.3);
    const [count, start] = [sensors.length, performance.now()];
    await sleep(1500);
    const rate = (1000 * (sensors.length - count)) / (performance.now() - start);
    assert.ok(rate > 35 && rate < 55, `${rate} Hz`);
    assert.ok(angle() - before > 0.1, `moved by ${angle() - before} rad`);
    assert.ok(clock.length > 20);
    assert.ok((states.at(-1)?.step ?? 0) > 10, 'success is judged at the control rate');
  });
});

test('a camera that the scene does not have is named, with those it has', async (t) => {
  const print = t.mock.method(console, 'error', () => undefined);
  const running = startNode(mujocoSim, { cameras: ['elbow'] });
  assert.equal(await running.exit, 1);
  const output = print.mock.calls.map(({ arguments: [text] }) => String(text)).join('\n');
  assert.match(output, /has no camera elbow; it has scene, head, right_wrist/);
});

test('lockstep: the cameras that the task observes are there at every step, others at their rate', async (t) => {
  const task = seeingTask(t, ['camera: head, width: 84, height: 84']);
  await withNode(mujocoSim, { task, cameras: ['head', 'right_wrist'], camera_rate: 6.25 }, () =>
    withPeer(async (peer) => {
      const { reset, step } = talkTo(peer);
      const heads = peer.hears('head/image_raw', 'sensor_msgs/msg/Image', 'sensor');
      const wrists = peer.hears('right_wrist/image_raw', 'sensor_msgs/msg/Image', 'sensor');
      await peer.connected();
      const stamps = [await reset('a', 3n)];
      for (let i = 0; i < 4; i++) stamps.push(await step(stamps[i]));
      await eventually('five images', () => heads.length === 5);
      await eventually('three images', () => wrists.length === 3);
      const stampsOf = (images: readonly Image[]): Time[] => images.map(({ header }) => header.stamp);
      assert.deepEqual(stampsOf(heads), stamps);
      assert.deepEqual(stampsOf(wrists), [stamps[0], stamps[2], stamps[4]]);
    }),
  );
});

test('several controllers: a lockstep step waits for each of them', async (t) => {
  const folder = temporaryFolder(t);
  const text = (path: string): string => readFileSync(projectFile(path), 'utf8');
  const robot = text('robots/graft_humanoid.yaml').replace(
    /controllers:[^]*$/,
    `controllers:
  - { name: body, topic: body/joint_trajectory, groups: [torso, left_arm, left_hand, right_arm] }
  - { name: hand, topic: hand/joint_trajectory, groups: [right_hand] }
`,
  );
  writeFileSync(join(folder, 'robot.yaml'), robot);
  const file = join(folder, 'task.yaml');
  writeFileSync(file, text('sim/tasks/lift.yaml').replace('robots/graft_humanoid.yaml', 'robot.yaml'));
  await withNode(mujocoSim, { task: file }, () =>
    withPeer(async (peer) => {
      const type = 'trajectory_msgs/msg/JointTrajectory';
      const body = peer.sends('body/joint_trajectory', type, 'reliable');
      const hand = peer.sends('hand/joint_trajectory', type, 'reliable');
      const states = peer.hears('task_state', 'graft_msgs/msg/TaskState', 'reliable');
      const client = peer.node.client('reset_task', 'graft_msgs/srv/ResetTask');
      await peer.connected();
      const { stamp } = await client.call({ seed: 3n, episode_id: 'a' });
      body.publish(trajectory(stamp, 0.01));
      await sleep(150);
      assert.equal(states.at(-1)?.step, 0, 'one of two parts moves nothing');
      hand.publish(trajectory(stamp, 0.01));
      await eventually('the step', () => states.at(-1)?.step === 1);
    }),
  );
});

test('the domain of each episode is published, empty without randomisation', async () => {
  for (const randomise of [false, true]) {
    await withNode(mujocoSim, { randomise }, () =>
      withPeer(async (peer) => {
        const domains = peer.hears('domain', 'graft_msgs/msg/Domain', 'latched');
        const { reset } = talkTo(peer);
        await peer.connected();
        await reset('a', 7n);
        await eventually('the domain', () => domains.length > 0);
        const [{ episode_id, seed, names, values }] = domains;
        assert.deepEqual([episode_id, seed], ['a', 7n]);
        assert.equal(names.length, values.length);
        assert.equal(names.includes('mass.object'), randomise);
      }),
    );
  }
});

test('an expression that cannot be computed fails the episode and says why', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'task.yaml');
  const text = readFileSync(projectFile('sim/tasks/lift.yaml'), 'utf8');
  writeFileSync(file, text.replace('object_height < -0.05', '1 / max(0, 0.02 - time) > 1000'));
  await withSimulation({ task: file }, async ({ reset, step, states, running }) => {
    const stamp = await reset('a', 3n);
    await step(stamp);
    const last = states.at(-1);
    assert.deepEqual([last?.success, last?.failure], [false, true]);
    assert.match(running.status('episode')?.message ?? '', /task\.yaml: failure: .*1 \/ max\(0/);
  });
});
