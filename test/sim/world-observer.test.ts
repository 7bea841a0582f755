import { test } from 'node:test';
import assert from 'node:assert/strict';
import { imageBytes } from '../../src/robot/image-spec.js';
import { SoftwareCamera } from '../../src/sim/camera/software-camera.js';
import { observeWorld } from '../../src/sim/rollout.js';
import { loadTask } from '../../src/sim/task.js';
import { World } from '../../src/sim/world.js';
import { WorldObserver } from '../../src/sim/world-observer.js';
import { seeingTask } from './seeing-task.js';

test('a world is seen in colour, in part, and by depth', async (t) => {
  const task = loadTask(
    seeingTask(t, [
      'camera: head, width: 160, height: 120',
      'camera: right_wrist, width: 30, height: 30, crop: [0.125, 0, 0.875, 1]',
      'camera: scene, width: 32, height: 24, encoding: mono8, range_m: [0.2, 2.2]',
    ]),
  );
  const world = await World.create(task);
  t.after(() => world.dispose());
  world.reset(3);
  const observer = new WorldObserver(world);
  const { images } = observer.observe(observeWorld(world));
  assert.deepEqual(
    images.map(({ length }) => length),
    task.images.map(imageBytes),
  );
  const { mj, model, data } = world.physics;
  const camera = (name: string, width: number, height: number): SoftwareCamera =>
    new SoftwareCamera(mj, model, { camera: name, width, height, antialias: true });
  assert.deepEqual(images[0], camera('head', 160, 120).render(data).data);
  const { depth = new Float32Array() } = camera('scene', 32, 24).draw(data, ['depth']);
  const differences = images[2].map((value, i) =>
    Math.abs(value - 255 * Math.min(1, Math.max(0, (depth[i] - 0.2) / 2))),
  );
  assert.ok(new Set(images[2]).size > 20, 'near and far');
  // Edges lie elsewhere in an image of another size.
  assert.ok(differences.filter((value) => value > 12).length < 0.12 * differences.length);
  assert.deepEqual(observer.observe(observeWorld(world), false).images, []);
});
