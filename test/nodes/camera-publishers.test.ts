import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import type { CameraInfo, Image, TaskState, Time } from '../../src/interfaces/graft-messages.js';
import { depthMessage } from '../../src/nodes/camera-messages.js';
import { mujocoSim } from '../../src/nodes/mujoco-sim.js';
import { fitImage } from '../../src/robot/image-fitting.js';
import { nanosecondsFromTime } from '../../src/ros/index.js';
import { SoftwareCamera } from '../../src/sim/camera/software-camera.js';
import { findTask } from '../../src/sim/task.js';
import { observeWorld } from '../../src/sim/rollout.js';
import { World } from '../../src/sim/world.js';
import { WorldObserver } from '../../src/sim/world-observer.js';
import { home, joints, period } from './lift-messages.js';
import { eventually, sleep, withNode, withPeer, type Peer, type RunningNode } from './running-node.js';
import { seeingTask } from '../sim/seeing-task.js';

const everything = {
  cameras: ['scene'],
  depth_cameras: ['scene'],
  segmentation_cameras: ['head'],
  image_transports: ['raw', 'compressed'],
  compressed_format: 'png',
};

function listen(peer: Peer) {
  const images = (topic: string): Image[] => peer.hears(topic, 'sensor_msgs/msg/Image', 'sensor');
  const infos = (topic: string): CameraInfo[] => peer.hears(topic, 'sensor_msgs/msg/CameraInfo', 'sensor');
  return {
    colour: images('scene/image_raw'),
    compressed: peer.hears('scene/image_raw/compressed', 'sensor_msgs/msg/CompressedImage', 'sensor'),
    depth: images('scene/depth/image_rect_raw'),
    segmentation: images('head/segmentation/image_raw'),
    infos: [infos('scene/camera_info'), infos('scene/depth/camera_info'), infos('head/camera_info')],
  };
}

const none = new Float64Array();
const homePoint = {
  positions: Float64Array.from(home),
  velocities: none,
  accelerations: none,
  effort: none,
  time_from_start: { sec: 0, nanosec: 80_000_000 },
};

type HeadTalk = {
  readonly images: readonly Image[];
  readonly states: readonly TaskState[];
  /** Sends the arms home, as an answer to the sensors of the reset. */
  readonly command: () => void;
  readonly running: RunningNode;
};

async function reset(peer: Peer, seed = 4n): Promise<Time> {
  const client = peer.node.client('reset_task', 'graft_msgs/srv/ResetTask');
  const { success, message, stamp } = await client.call({ seed, episode_id: 'a' });
  assert.ok(success, message);
  return stamp;
}

/** Resets and commands the same positions, rad, for so many control steps. */
async function control(peer: Peer, targets: ArrayLike<number>, steps: number, seed?: bigint): Promise<void> {
  const commands = peer.sends('joint_trajectory', 'trajectory_msgs/msg/JointTrajectory', 'reliable');
  const states = peer.hears('task_state', 'graft_msgs/msg/TaskState', 'reliable');
  await eventually('commands to be heard', () => commands.subscriptionCount > 0);
  await sleep(300);
  await reset(peer, seed);
  const point = { ...homePoint, positions: Float64Array.from(targets) };
  for (let step = 0; step < steps; step++) {
    await eventually('the sensors', () => states.at(-1)?.step === step);
    const [{ header }] = states.slice(-1);
    commands.publish({ header, joint_names: joints, points: [point] });
  }
}

test('colour, depth and segmentation show the state of their stamp, with their calibration', async () => {
  await withNode(mujocoSim, everything, (running) =>
    withPeer(async (peer) => {
      const heard = listen(peer);
      await peer.connected();
      const stamp = await reset(peer);
      const { colour, compressed, depth, segmentation, infos } = heard;
      const all = [colour, compressed, depth, segmentation, ...infos];
      await eventually('a picture of each kind', () => all.every(({ length }) => length > 0));
      for (const [first] of all) assert.deepEqual(first.header.stamp, stamp);
      assert.deepEqual(
        all.map(([{ header }]) => header.frame_id.split('_')[0]),
        ['scene', 'scene', 'scene', 'head', 'scene', 'scene', 'head'],
      );
      assert.equal(compressed[0].format, 'rgb8; png compressed bgr8');
      const world = await World.create(findTask('lift'));
      world.reset(4);
      const { mj, model, data } = world.physics;
      const { width, height } = colour[0];
      const camera = new SoftwareCamera(mj, model, { camera: 'scene', width, height, antialias: true });
      const expected = camera.draw(data, ['colour', 'depth']);
      assert.deepEqual(colour[0].data, expected.colour);
      assert.deepEqual(new Uint8Array(await sharp(compressed[0].data).raw().toBuffer()), expected.colour);
      assert.deepEqual(new Float32Array(Uint8Array.from(depth[0].data).buffer), expected.depth);
      const ids = new Int32Array(Uint8Array.from(segmentation[0].data).buffer);
      assert.deepEqual([segmentation[0].encoding, ids.length], ['32SC2', 2 * 160 * 120]);
      assert.ok(Math.max(...ids) < model.ngeom && Math.min(...ids) >= -1);
      assert.equal(running.status('cameras')?.message, 'drawing');
      world.dispose();
    }),
  );
});

test('lockstep: every step has its picture, however fast the commands come', async () => {
  await withNode(mujocoSim, { cameras: ['scene'], camera_rate: 50 }, () =>
    withPeer(async (peer) => {
      const { colour } = listen(peer);
      await control(peer, home, 12);
      await eventually('thirteen pictures', () => colour.length === 13);
      const stamps = colour.map(({ header }) => nanosecondsFromTime(header.stamp));
      stamps.slice(1).forEach((stamp, i) => assert.equal(stamp - stamps[i], period));
    }),
  );
});

test('a randomised episode looks in the graph as in a world: light, colours, textures, cameras and delays', async () => {
  const [steps, seed] = [4, 5n];
  const targets = home.map((position) => position + 0.3);
  const task = findTask('lift_pixels');
  const world = await World.create(task);
  world.reset(Number(seed), { randomise: true });
  const observer = new WorldObserver(world);
  const observe = (): readonly Uint8Array[] => observer.observe(observeWorld(world)).images;
  const expected = [observe()];
  for (let step = 0; step < steps; step++) {
    world.step(Object.fromEntries(joints.map((name, i) => [name, targets[i]])));
    expected.push(observe());
  }
  const { names, values } = world.domain;
  for (const name of ['texture.table.contrast', 'camera.head.delay', 'camera.right_wrist.delay'])
    assert.ok(values[names.indexOf(name)] > 0.01, name);
  world.dispose();
  await withNode(mujocoSim, { task: 'lift_pixels', randomise: true }, () =>
    withPeer(async (peer) => {
      const heard = task.images.map(({ camera }) =>
        peer.hears(`${camera}/image_raw`, 'sensor_msgs/msg/Image', 'sensor'),
      );
      const domains = peer.hears('domain', 'graft_msgs/msg/Domain', 'latched');
      await control(peer, targets, steps, seed);
      await eventually('every picture', () => heard.every(({ length }) => length === steps + 1));
      heard.forEach((images, camera) =>
        images.forEach((image, step) =>
          assert.deepEqual(fitImage(image, task.images[camera]), expected[step][camera], `step ${step}`),
        ),
      );
      assert.deepEqual([domains[0].names, domains[0].values], [[...names], values]);
    }),
  );
});

/** Runs the simulator with a picture of `head` at every step, and resets it. */
async function withHead(t: TestContext, body: (talk: HeadTalk) => Promise<void>): Promise<void> {
  const task = seeingTask(t, ['camera: head, width: 84, height: 84']);
  await withNode(mujocoSim, { task }, (running) =>
    withPeer(async (peer) => {
      const images = peer.hears('head/image_raw', 'sensor_msgs/msg/Image', 'sensor');
      const states = peer.hears('task_state', 'graft_msgs/msg/TaskState', 'reliable');
      const commands = peer.sends('joint_trajectory', 'trajectory_msgs/msg/JointTrajectory', 'reliable');
      await peer.connected();
      const stamp = await reset(peer);
      const command = (): void =>
        commands.publish({ header: { stamp, frame_id: '' }, joint_names: joints, points: [homePoint] });
      await body({ images, states, command, running });
    }),
  );
}

test('a drawing thread that dies is replaced, and its picture comes', async (t) => {
  const die = function (this: Worker): void {
    void this.terminate();
  };
  t.mock.method(Worker.prototype, 'postMessage', die, { times: 1 });
  await withHead(t, async ({ images, running }) => {
    await eventually('a picture', () => images.length > 0);
    assert.match(
      running.status('observed cameras')?.message ?? '',
      /the drawing thread was started anew: ended with/,
    );
  });
});

test('lockstep: a drawing thread that hangs holds the simulation, which says so and orders no more', async (t) => {
  const orders = t.mock.method(Worker.prototype, 'postMessage', () => undefined);
  await withHead(t, async ({ images, states, command, running }) => {
    await eventually(
      'the wait to be said',
      () => running.status('lockstep')?.message === 'waiting for the cameras',
    );
    const sent = states.length;
    command();
    await sleep(1500);
    assert.deepEqual([images.length, orders.mock.callCount()], [0, 1]);
    assert.ok(states.every(({ step }) => step === 0));
    assert.equal(states.length, sent);
  });
});

test('depth in millimetres has 0 for nothing and for what is too far', () => {
  const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: 'scene_optical_frame' };
  const depth = Float32Array.of(0.0124, 65.535, 65.6, Infinity);
  const { data, step, encoding } = depthMessage(header, { width: 2, height: 2 }, '16UC1', depth);
  assert.deepEqual([...new Uint16Array(data.buffer)], [12, 65_535, 0, 0]);
  assert.deepEqual([step, encoding], [4, '16UC1']);
});
