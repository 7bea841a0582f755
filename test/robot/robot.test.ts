import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  denormaliseAction,
  fitActionRange,
  fitStandardisation,
  minimumHalfRange,
  minimumStd,
  normaliseAction,
  standardise,
} from '../../src/robot/normalisation.js';
import {
  buildObservation,
  observationNames,
  observedFrames,
  type ObservationFeature,
  type ObservationInputs,
} from '../../src/robot/observation-spec.js';
import { positionInFrame, rotationMatrix, type Pose, type Quaternion } from '../../src/robot/pose.js';
import { loadRobotProfile, selectJoints } from '../../src/robot/profile.js';
import type { TrackedFrame } from '../../src/robot/tracked-frames.js';
import { scratchFolder } from '../config/scratch-folder.js';

const half = Math.SQRT1_2;
/** 90 degrees about z: x axis of the frame points along y of the world. */
const quarterTurn: Quaternion = [0, 0, half, half];
const hand: Pose = { position: [1, 2, 3], orientation: quarterTurn };
const inputs: ObservationInputs = {
  positions: new Map([
    ['elbow', 1],
    ['wrist', 2],
  ]),
  velocities: new Map([
    ['elbow', 3],
    ['wrist', 4],
  ]),
  frames: new Map<string, TrackedFrame>([
    ['object', { position: [1, 3, 3], orientation: [0, 0, 0, 1], linear: [5, 6, 7], angular: [8, 9, 10] }],
    ['hand', hand],
  ]),
};
const near = (actual: ArrayLike<number>, expected: readonly number[]): void => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) =>
    assert.ok(Math.abs(actual[i] - value) < 1e-6, `[${i}] ${actual[i]} != ${value}`),
  );
};

test('a rotation matrix turns the axes as REP-103 says', () => {
  near(rotationMatrix(quarterTurn), [0, -1, 0, 1, 0, 0, 0, 0, 1]);
  near(positionInFrame([1, 3, 3], hand), [1, 0, 0]);
});

test('every feature gives its values under its names, in order', () => {
  const features: ObservationFeature[] = [
    { feature: 'joint_position', joints: ['wrist', 'elbow'] },
    { feature: 'joint_velocity', joints: ['elbow'] },
    { feature: 'position', frame: 'object' },
    { feature: 'rotation_6d', frame: 'hand' },
    { feature: 'axes_xz', frame: 'hand' },
    { feature: 'twist', frame: 'object' },
    { feature: 'position_in', frame: 'object', reference: 'hand' },
  ];
  const expected: (readonly [string, number])[] = [
    ['wrist.position', 2], ['elbow.position', 1], ['elbow.velocity', 3],
    ['object.position.x', 1], ['object.position.y', 3], ['object.position.z', 3],
    ['hand.rotation.r00', 0], ['hand.rotation.r01', -1], ['hand.rotation.r02', 0],
    ['hand.rotation.r10', 1], ['hand.rotation.r11', 0], ['hand.rotation.r12', 0],
    ['hand.x_axis.x', 0], ['hand.x_axis.y', 1], ['hand.x_axis.z', 0],
    ['hand.z_axis.x', 0], ['hand.z_axis.y', 0], ['hand.z_axis.z', 1],
    ['object.linear.x', 5], ['object.linear.y', 6], ['object.linear.z', 7],
    ['object.angular.x', 8], ['object.angular.y', 9], ['object.angular.z', 10],
    ['object.position_in_hand.x', 1], ['object.position_in_hand.y', 0], ['object.position_in_hand.z', 0],
  ]; // prettier-ignore
  assert.deepEqual(
    observationNames(features),
    expected.map(([name]) => name),
  );
  near(
    buildObservation(features, inputs),
    expected.map(([, value]) => value),
  );
  assert.throws(
    () => buildObservation([{ feature: 'joint_position', joints: ['ankle'] }], inputs),
    /ankle: joint_states has no such joint/,
  );
  assert.throws(
    () => buildObservation([{ feature: 'position', frame: 'foot' }], inputs),
    /foot: no frame of that name is tracked/,
  );
  assert.throws(
    () => buildObservation([{ feature: 'twist', frame: 'hand' }], inputs),
    /hand: the frame has no twist/,
  );
  assert.deepEqual(observedFrames(features), ['object', 'hand']);
});

test('mean, deviation and range are those of the data, with a floor where the data is constant', () => {
  const rows = [Float32Array.of(1, 5), Float32Array.of(3, 5)];
  const fitted = fitStandardisation(rows, 2, 5);
  assert.deepEqual(fitted, { mean: [2, 5], std: [1, minimumStd], clip: 5 });
  near(standardise(Float32Array.of(3, 5.1), fitted), [1, 5]);
  const { lower, upper } = fitActionRange(rows, 2);
  near(lower, [1, 5 - minimumHalfRange]);
  near(upper, [3, 5 + minimumHalfRange]);
});

test('actions survive normalisation and back, and values outside the range map outside', () => {
  const range = { lower: [-1, 0.2], upper: [3, 0.4] };
  near(normaliseAction([-1, 0.4], range), [-1, 1]);
  near(normaliseAction([5, 0.1], range), [2, -2]);
  const value = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      denormaliseAction(normaliseAction([a, b], range), range).forEach((x, i) =>
        assert.ok(Math.abs(x - [a, b][i]) < 1e-5),
      );
    }),
    { seed: 4 },
  );
});

test('a robot profile with a fault is refused with file and key', (t) => {
  const file = join(scratchFolder(t), 'robot.yaml');
  const line = (changes: Record<string, unknown>): string =>
    JSON.stringify({
      name: 'a',
      group: 'arm',
      lower: -1,
      upper: 1,
      velocity: 1,
      effort: 1,
      home: 0,
      ...changes,
    });
  const load = (joints: string[], coupled = '[]'): ReturnType<typeof loadRobotProfile> => {
    writeFileSync(file, `name: r\njoints: [${joints.join(', ')}]\ncoupled_joints: ${coupled}\n`);
    return loadRobotProfile(file);
  };
  const good = load([line({}), line({ name: 'b' })]);
  assert.deepEqual(
    selectJoints(good, ['b', 'a'], file).map(({ name }) => name),
    ['b', 'a'],
  );
  assert.throws(() => selectJoints(good, ['c'], file), /robot\.yaml: c: robot r has no such joint/);
  assert.throws(() => load([line({}), line({})]), /joints\.a: is defined twice/);
  assert.throws(() => load([line({ lower: 2 })]), /joints\.a: lower 2 is not below upper 1/);
  assert.throws(
    () => load([line({ home: 1.5 })]),
    /joints\.a\.home: 1\.5 is outside the limits \[-1, 1\] rad/,
  );
  assert.throws(() => load([line({}).replace('"home":0', '"home":.nan')]), /joints\.0\.home: .*NaN/);
  assert.throws(
    () => load([line({})], '[{name: d, follows: x, ratio: 1}]'),
    /coupled_joints\.d: follows unknown joint x/,
  );
});
