import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { SoftwareCamera } from '../../../src/sim/camera/software-camera.js';
import { PositionHistory } from '../../../src/sim/randomisation/camera-delay.js';
import { findTask } from '../../../src/sim/task.js';
import { World } from '../../../src/sim/world.js';

test('a history goes back as far as it was told; before its start everything was as at the start', () => {
  const history = new PositionHistory();
  const first = Float64Array.of(1, 2);
  history.start(first, 2);
  first[0] = 9;
  assert.deepEqual(
    [0, 1, 2].map((steps) => history.ago(steps)[0]),
    [1, 1, 1],
  );
  for (const x of [3, 4, 5, 6]) history.push(Float64Array.of(x, 0));
  assert.deepEqual(
    [0, 1, 2].map((steps) => history.ago(steps)[0]),
    [6, 5, 4],
  );
  assert.throws(() => history.ago(3), /3 steps ago, in a history of 2/);
  history.start(Float64Array.of(7, 7), 0);
  history.push(Float64Array.of(8, 8));
  assert.deepEqual(history.ago(0), Float64Array.of(8, 8));
});

const world = await World.create(findTask('lift_pixels'));
after(() => world.dispose());
const { mj, model } = world.physics;
const { timestep } = model.opt;
const cameras = ['head', 'right_wrist'].map((camera) => ({
  camera,
  eye: new SoftwareCamera(mj, model, { camera, width: 32, height: 32, shadows: false }),
}));

/** What both cameras show after each physics step of a moving arm, under a domain. */
function film(values: Readonly<Record<string, number>>, steps: number): Uint8Array[][] {
  world.reset(3, { domain: world.recordedDomain(Object.keys(values), Object.values(values)) });
  const shoot = (): Uint8Array[] => cameras.map(({ camera, eye }) => eye.render(world.seenBy(camera)).data);
  world.command({ right_shoulder_pitch_joint: -0.8, right_elbow_joint: -0.3 });
  const images = [shoot()];
  for (let i = 0; i < steps; i++) {
    world.advance(timestep);
    images.push(shoot());
  }
  return images;
}

test('each camera shows what it would have shown its own delay ago, to the byte', () => {
  const present = film({}, 40);
  assert.notDeepEqual(present[40], present[20]);
  const [head, wrist] = [7, 25];
  const late = film(
    { 'camera.head.delay': head * timestep, 'camera.right_wrist.delay': wrist * timestep },
    40,
  );
  late.forEach(([first, second], i) => {
    assert.deepEqual(first, present[Math.max(0, i - head)][0], `head at ${i}`);
    assert.deepEqual(second, present[Math.max(0, i - wrist)][1], `wrist at ${i}`);
  });
  const onlyHead = film({ 'camera.head.delay': 3.4 * timestep }, 10);
  assert.deepEqual(onlyHead[10], [present[7][0], present[10][1]], 'rounded to physics steps');
  assert.deepEqual(film({}, 10)[10], present[10], 'the next episode has no delay');
});
