import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectFile } from '../../src/config/paths.js';
import { createCodec } from '../../src/interfaces/codec.js';
import { rotate } from '../../src/robot/rotation.js';
import { frameTopic, isBody } from '../../src/robot/tracked-frames.js';
import { disposePhysics, loadPhysics, type Physics } from '../../src/sim/mujoco.js';
import { loadTask, type Task } from '../../src/sim/task.js';
import { at, elements, named, numbersIn, poseIn, rootOf } from './sdf-elements.js';
import { loadTool } from './tool-modules.js';

type BridgeEntry = Record<'ros_topic_name' | 'gz_topic_name' | 'ros_type_name' | 'gz_type_name', string> & {
  direction: string;
  lazy?: boolean;
};
type NodeParameters = Record<string, { ros__parameters: Record<string, unknown> }>;

const folder = projectFile('sim', 'gazebo');
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
const tasks = readdirSync(projectFile('sim', 'tasks'))
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  .map((file) => loadTask(projectFile('sim', 'tasks', file)));
const worldOf = ({ name }: Task) => at(rootOf(read(`worlds/${name}.sdf`)), 'world');
const bridgesOf = ({ name, frames, variants }: Task): { frames: Task['frames']; entries: BridgeEntry[] }[] =>
  (variants.length === 0 ? [{ name: '', frames }] : variants).map((variant) => {
    const file = variant.name === '' ? `bridge/${name}.yaml` : `bridge/${name}_${variant.name}.yaml`;
    return { frames: variant.frames, entries: parse(read(file)) as BridgeEntry[] };
  });
const description = (parse(read('robot_description.yaml')) as NodeParameters)['robot_state_publisher']
  .ros__parameters['robot_description'] as string;
const controllers = parse(read('controllers.yaml')) as NodeParameters;

const scenes: { task: Task; scene: Physics }[] = [];
let robot: Physics;
before(async () => {
  robot = await loadPhysics(projectFile('sim/models/humanoid.xml'));
  for (const task of tasks) scenes.push({ task, scene: await loadPhysics(task.model) });
});
after(() => [robot, ...scenes.map(({ scene }) => scene)].forEach(disposePhysics));

test('the files are what the generator makes of tasks, models and URDF', async () => {
  type Tool = {
    gazeboFiles: (
      tasks: { task: Task; scene: Physics }[],
      robot: Physics,
      urdf: string,
    ) => Map<string, string>;
  };
  const { gazeboFiles } = await loadTool<Tool>('gazebo/files.mjs');
  const urdf = readFileSync(projectFile('urdf/graft_humanoid.urdf'), 'utf8');
  const expected = gazeboFiles(scenes, robot, urdf);
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const advice = 'make them again: npm run build && node tools/gazebo/generate.mjs';
  assert.deepEqual(found.sort(), [...expected.keys()].sort(), advice);
  for (const [path, text] of expected) assert.equal(read(path), text, `${path}: ${advice}`);
});

test('the world of lift has the table, the block and the camera of the MJCF', () => {
  const world = worldOf(tasks.find(({ name }) => name === 'lift') as Task);
  const block = named(world, 'model', 'object');
  assert.deepEqual(poseIn(at(block, 'pose')).position, [0.38, -0.2, 0.745]);
  const link = at(block, 'link');
  assert.deepEqual(numbersIn(at(link, 'inertial', 'mass')), [0.1]);
  assert.deepEqual(numbersIn(at(link, 'collision', 'geometry', 'box', 'size')), [0.044, 0.044, 0.05]);
  assert.deepEqual(numbersIn(at(link, 'collision', 'surface', 'friction', 'ode', 'mu')), [0.9]);
  // A uniform box of mass m and sides a, b, c: m (b^2 + c^2) / 12.
  const inertia = at(link, 'inertial', 'inertia');
  assert.ok(Math.abs(numbersIn(at(inertia, 'ixx'))[0] - (0.1 * (0.044 ** 2 + 0.05 ** 2)) / 12) < 1e-9);
  const table = named(world, 'model', 'table');
  assert.equal(at(table, 'static').text, 'true');
  const top = at(table, 'link', 'collision');
  const height = numbersIn(at(table, 'pose'))[2] + numbersIn(at(top, 'pose'))[2];
  assert.ok(Math.abs(height + numbersIn(at(top, 'geometry', 'box', 'size'))[2] / 2 - 0.72) < 1e-9);
  const sensor = at(named(world, 'model', 'scene_camera'), 'link', 'sensor');
  const { position, orientation } = poseIn(at(sensor, 'pose'));
  assert.deepEqual(position, [0.95, -0.75, 1.07]);
  // Gazebo's cameras look along x with z up; the MJCF's along -z with y up (xyaxes).
  const x = [0.7071, 0.7071, 0];
  const up = [-0.1937, 0.1937, 0.9617];
  const view = [-x[1] * up[2], x[0] * up[2], x[1] * up[0] - x[0] * up[1]];
  assertClose(rotate(orientation, [1, 0, 0]), view, 1e-3);
  assertClose(rotate(orientation, [0, 0, 1]), up, 1e-3);
  const [fov] = numbersIn(at(sensor, 'camera', 'horizontal_fov'));
  assert.ok(Math.abs(Math.tan(fov / 2) * (240 / 320) - Math.tan((17 * Math.PI) / 180)) < 1e-6);
});

function assertClose(found: readonly number[], expected: readonly number[], tolerance: number): void {
  expected.forEach((value, i) =>
    assert.ok(Math.abs(found[i] - value) <= tolerance, `${found.join(', ')} is not ${expected.join(', ')}`),
  );
}

test('names are unique, and moving models weigh what the MJCF says', () => {
  for (const { task, scene } of scenes) {
    const { mj, model } = scene;
    const world = worldOf(task);
    for (const kind of ['model', 'link', 'collision', 'visual', 'joint', 'sensor', 'light']) {
      for (const parent of [world, ...elements(world, 'model', true), ...elements(world, 'link', true)]) {
        const names = elements(parent, kind).map(({ attributes }) => attributes['name']);
        assert.equal(new Set(names).size, names.length, `${task.name}: ${kind}: ${names.join(', ')}`);
      }
    }
    const masses = model.body_subtreemass as Float64Array;
    const moving = elements(world, 'model').filter((each) => elements(each, 'static').length === 0);
    for (const each of moving) {
      const mass = elements(each, 'mass', true).reduce((sum, element) => sum + Number(element.text), 0);
      const id = mj.mj_name2id(model, 1, each.attributes['name']);
      assert.ok(Math.abs(mass - masses[id]) < 1e-6, `${each.attributes['name']}: ${mass} kg`);
    }
  }
});

test('shapes of the scene touch each other and the robot in Gazebo when MuJoCo lets them', () => {
  const robots = elements(rootOf(description), 'link').map(({ attributes }) => attributes['name']);
  for (const { task, scene } of scenes) {
    const { mj, model } = scene;
    const [types, affinities] = [model.geom_contype as Int32Array, model.geom_conaffinity as Int32Array];
    const touch = (a: number, b: number): boolean =>
      ((types[a] & affinities[b]) | (types[b] & affinities[a])) !== 0;
    const [bodies, welds] = [model.geom_bodyid as Int32Array, model.body_weldid as Int32Array];
    const mayMove = (a: number, b: number): boolean => welds[bodies[a]] !== welds[bodies[b]];
    const robotGeoms = Array.from({ length: model.ngeom }, (_, id) => id).filter((id) =>
      robots.includes(mj.mj_id2name(model, 1, bodies[id])),
    );
    const shapes = elements(worldOf(task), 'collision', true).map((element) => {
      const name = (element.attributes['name'] ?? '').replace(/_collision$/, '');
      const id = name.startsWith('geom_') ? Number(name.slice(5)) : mj.mj_name2id(model, 5, name);
      assert.ok(id >= 0, name);
      return { id, mask: Number(at(element, 'surface', 'contact', 'collide_bitmask').text) };
    });
    for (const a of shapes) {
      if (robotGeoms.some((id) => touch(a.id, id))) assert.notEqual(a.mask, 0);
      for (const b of shapes.filter(({ id }) => mayMove(a.id, id)))
        assert.equal((a.mask & b.mask) !== 0, touch(a.id, b.id), `${task.name}: geoms ${a.id} and ${b.id}`);
    }
  }
});

/** From the table of message types in ros_gz_bridge's README (branch jazzy). */
const bridgedTypes: Record<string, string> = {
  'rosgraph_msgs/msg/Clock': 'gz.msgs.Clock',
  'nav_msgs/msg/Odometry': 'gz.msgs.Odometry',
  'sensor_msgs/msg/Image': 'gz.msgs.Image',
  'sensor_msgs/msg/CameraInfo': 'gz.msgs.CameraInfo',
};

test('the bridges carry the topics that the nodes hear, with types that both sides know', () => {
  for (const task of tasks) {
    const world = worldOf(task);
    const robotRoot = rootOf(description);
    const offered = new Set([
      '/clock',
      ...elements(world, 'odom_topic', true).map(({ text }) => text),
      ...[world, robotRoot]
        .flatMap((root) => elements(root, 'sensor', true))
        .flatMap((sensor) => {
          const topic = `/${at(sensor, 'topic').text}`;
          return [topic, topic.replace(/[^/]+$/, 'camera_info')];
        }),
    ]);
    for (const { frames, entries } of bridgesOf(task)) {
      const bodies = Object.entries(frames).filter(([, spec]) => isBody(spec));
      const expected = [
        ['/clock', 'rosgraph_msgs/msg/Clock'],
        ...bodies.map(([name, spec]) => [frameTopic(name, spec), 'nav_msgs/msg/Odometry']),
        ...task.cameras.flatMap(({ name }) => [
          [`${name}/image_raw`, 'sensor_msgs/msg/Image'],
          [`${name}/camera_info`, 'sensor_msgs/msg/CameraInfo'],
        ]),
      ];
      assert.deepEqual(
        entries.map((entry) => [entry.ros_topic_name, entry.ros_type_name]),
        expected,
      );
      const known = ['direction', 'gz_topic_name', 'gz_type_name', 'lazy', 'ros_topic_name', 'ros_type_name'];
      for (const entry of entries) {
        assert.deepEqual(
          Object.keys(entry).filter((key) => !known.includes(key)),
          [],
        );
        assert.equal(entry.direction, 'GZ_TO_ROS');
        assert.equal(entry.gz_type_name, bridgedTypes[entry.ros_type_name]);
        assert.ok(offered.has(entry.gz_topic_name), `nothing in Gazebo publishes ${entry.gz_topic_name}`);
        createCodec(entry.ros_type_name);
      }
    }
  }
});

test('the controllers drive the joints of the profile and hear the topics of safety', () => {
  const [{ robot: profile }] = tasks;
  const manager = controllers['controller_manager'].ros__parameters;
  const remappings = elements(rootOf(description), 'remapping', true).map(({ text }) => text);
  for (const { name, topic, joints } of profile.controllers) {
    assert.deepEqual(manager[name], { type: 'joint_trajectory_controller/JointTrajectoryController' });
    assert.deepEqual(controllers[name].ros__parameters['joints'], joints);
    assert.ok(remappings.includes(`${name}/joint_trajectory:=${topic}`));
  }
  const control = at(rootOf(description), 'ros2_control');
  assert.equal(at(control, 'hardware', 'plugin').text, 'gz_ros2_control/GazeboSimSystem');
  const actuated = elements(control, 'joint').filter(
    (joint) => elements(joint, 'command_interface').length > 0,
  );
  assert.deepEqual(
    actuated.map(({ attributes }) => attributes['name']).sort(),
    profile.controllers.flatMap(({ joints }) => joints).sort(),
  );
  // An optical frame looks along z with y down (REP-103), a camera of Gazebo along x with z up.
  for (const sensor of elements(rootOf(description), 'sensor', true)) {
    const { orientation } = poseIn(at(sensor, 'pose'));
    assertClose(rotate(orientation, [1, 0, 0]), [0, 0, 1], 1e-8);
    assertClose(rotate(orientation, [0, 0, 1]), [0, -1, 0], 1e-8);
  }
});

const parser = ['gz', 'ign'].find((name) => spawnSync(name, ['sdf', '--help']).status === 0);
test(
  'libsdformat accepts worlds and robot',
  { skip: parser === undefined && 'neither gz nor ign is installed' },
  () => {
    const urdf = join(mkdtempSync(join(tmpdir(), 'graft-sdf-')), 'robot.urdf');
    writeFileSync(urdf, description);
    for (const file of [...tasks.map(({ name }) => join(folder, `worlds/${name}.sdf`)), urdf]) {
      const { stdout, stderr } = spawnSync(parser ?? '', ['sdf', '-k', file], { encoding: 'utf8' });
      assert.equal(stdout.trim(), 'Valid.', `${file}: ${stdout}${stderr}`);
    }
  },
);
