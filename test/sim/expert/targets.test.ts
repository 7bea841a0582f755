import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Pose, Quaternion, Vector3 } from '../../../src/robot/pose.js';
import { compose, quaternionOfRpy, rotate } from '../../../src/robot/rotation.js';
import type { HandMove } from '../../../src/sim/expert/spec.js';
import {
  difference,
  drawMove,
  inverse,
  moveTowards,
  shifted,
  targetPose,
  type PoseError,
} from '../../../src/sim/expert/targets.js';
import { seededRandom, uniform } from '../../../src/sim/random.js';

const plain: HandMove = {
  at: 'object',
  track: true,
  offset: [0, 0, 0],
  axes: 'world',
  grasp: 'measured',
  step_m: 0.025,
  turn_step_rad: 0.25,
  grip_steps: 1,
};
const context = { kept: [0, 0, 0, 1] as Quaternion, shoulder: [0, -0.2, 1.1] as Vector3, reference: 0 };
const never = (): number => assert.fail('nothing is to be drawn');
const target = (move: Partial<HandMove>, frame: Pose, more: Partial<typeof context> = {}): Pose =>
  targetPose(drawMove({ ...plain, ...move }, never), frame, { ...context, ...more });
const upright = (yaw: number): Pose => ({
  position: [0.4, -0.2, 0.7],
  orientation: quaternionOfRpy([0, 0, yaw]),
});
const near = ({ m, rad }: PoseError): boolean => m < 1e-12 && rad < 1e-7;

test('face, side and yaw turn with the frame by at most 45, 90 and 180 degrees, and the offset turns too', () => {
  const headings = { face: 2.0 - Math.PI / 2, side: 2.0 - Math.PI, yaw: 2.0 } as const;
  for (const align of ['face', 'side', 'yaw'] as const) {
    const heading = headings[align];
    const pose = target({ align, offset: [0.1, 0, 0.05] }, upright(2.0));
    const expected: Pose = {
      position: [0.4 + 0.1 * Math.cos(heading), -0.2 + 0.1 * Math.sin(heading), 0.75],
      orientation: quaternionOfRpy([0, 0, heading]),
    };
    assert.ok(near(difference(pose, expected)), align);
  }
});

test('a carried frame turns to the nearest of the equal faces', () => {
  const pose = target({ align: 'face' }, upright(0.1), { reference: 1.5 });
  assert.ok(near(difference(pose, upright(0.1 + Math.PI / 2))));
});

test('turns are roll, then pitch, then yaw, in the axes of align', () => {
  const rpy: Vector3 = [0.3, -0.4, 0.5];
  const turns = { roll: rpy[0], pitch: rpy[1], yaw: rpy[2] };
  const tilted: Pose = { position: [0.4, -0.2, 0.7], orientation: quaternionOfRpy([0.2, 0.6, -1]) };
  const fixed = target(turns, tilted);
  assert.ok(near(difference(fixed, { ...tilted, orientation: quaternionOfRpy(rpy) })));
  const local = { position: [0.1, 0.2, 0.3] as Vector3, orientation: quaternionOfRpy(rpy) };
  const own = target({ ...turns, align: 'frame', offset: [0.1, 0.2, 0.3] }, tilted);
  assert.ok(near(difference(own, compose(tilted, local))));
});

test('towards points x from the shoulder to the frame, whatever way the frame is turned', () => {
  const { orientation } = target({ align: 'towards' }, upright(2.3));
  const [x, y, z] = rotate(orientation, [1, 0, 0]);
  assert.ok(Math.abs(x - 1) < 1e-12 && Math.abs(y) < 1e-12 && z === 0, `${x} ${y} ${z}`);
});

test('without turns the orientation is kept', () => {
  const kept = quaternionOfRpy([1, 0.2, 0.3]);
  assert.deepEqual(target({ offset: [0, 0, 0.1] }, upright(1), { kept }).orientation, kept);
});

test('by counts along the axes of the world or of the hand', () => {
  const pose = upright(Math.PI / 2);
  assert.deepEqual(shifted(pose, [0.1, 0, 0], 'world').position, [0.5, -0.2, 0.7]);
  const [x, y] = shifted(pose, [0.1, 0, 0], 'hand').position;
  assert.ok(Math.abs(x - 0.4) < 1e-12 && Math.abs(y + 0.1) < 1e-12);
});

test('ranges are drawn in the order offset, by, roll, pitch, yaw; numbers draw nothing', () => {
  const drawn = drawMove({ ...plain, offset: [[1, 2], 0, [3, 4]], pitch: 7, yaw: [5, 6] }, seededRandom(3));
  const random = seededRandom(3);
  const expected = [uniform(random, [1, 2]), uniform(random, [3, 4]), uniform(random, [5, 6])];
  assert.deepEqual([drawn.offset[0], drawn.offset[2], drawn.yaw], expected);
  assert.deepEqual([drawn.offset[1], drawn.roll, drawn.pitch, drawn.align], [0, 0, 7, 'world']);
});

const poses = fc
  .tuple(...Array.from({ length: 6 }, () => fc.double({ min: -1.5, max: 1.5, noNaN: true })))
  .map(([x, y, z, a, b, c]): Pose => ({ position: [x, y, z], orientation: quaternionOfRpy([a, b, c]) }));

test('a step goes at most the given way, towards the target, and arrives', () => {
  fc.assert(
    fc.property(poses, poses, (from, to) => {
      const whole = difference(from, to);
      const step = moveTowards(from, to, 0.1, 0.2);
      const done = difference(from, step);
      const left = difference(step, to);
      assert.ok(done.m <= 0.1 + 1e-9 && done.rad <= 0.2 + 1e-6);
      assert.ok(Math.abs(done.m + left.m - whole.m) < 1e-9);
      assert.ok(near(difference(moveTowards(from, to, 10, 10), to)));
    }),
    { numRuns: 50 },
  );
});

test('the inverse undoes a pose', () => {
  fc.assert(
    fc.property(poses, poses, (a, b) => {
      const { m, rad } = difference(compose(inverse(a), compose(a, b)), b);
      assert.ok(m < 1e-12 && rad < 1e-7);
    }),
    { numRuns: 50 },
  );
});
