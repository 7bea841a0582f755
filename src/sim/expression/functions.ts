/** The functions of the language, listed in docs/expressions.md. Distances in m, angles in rad, times in s. */
import { positionInFrame, rotationMatrix, type Vector3 } from '../../robot/pose.js';
import { rotationBetween } from '../rotation.js';
import type { SceneState } from '../scene-state.js';

/** What a name given to a function must stand for. */
export type NameKind = 'place' | 'body' | 'joint';

/** Reads the scene; takes one or two names. */
export type SceneFunction = { readonly takes: readonly NameKind[] } & (
  | { readonly type: 'number'; readonly read: (scene: SceneState, a: string, b: string) => number }
  | { readonly type: 'boolean'; readonly read: (scene: SceneState, a: string, b: string) => boolean }
);

/** Computes with numbers. */
export type ArithmeticFunction = {
  readonly least: number;
  readonly most: number;
  readonly apply: (...values: readonly number[]) => number;
};

const onPlace = (read: (scene: SceneState, place: string) => number): SceneFunction => ({
  takes: ['place'],
  type: 'number',
  read,
});
const onPlaces = (read: (scene: SceneState, a: string, b: string) => number): SceneFunction => ({
  takes: ['place', 'place'],
  type: 'number',
  read,
});

export const sceneFunctions: ReadonlyMap<string, SceneFunction> = new Map<string, SceneFunction>([
  ['x', onPlace((scene, place) => scene.pose(place).position[0])],
  ['y', onPlace((scene, place) => scene.pose(place).position[1])],
  ['z', onPlace((scene, place) => scene.pose(place).position[2])],
  ['height', onPlace((scene, place) => scene.pose(place).position[2] - scene.rest(place)[2])],
  ['tilt', onPlace(tilt)],
  ['yaw', onPlace(yaw)],
  ['speed', onPlace((scene, place) => Math.hypot(...scene.velocity(place).linear))],
  ['distance', onPlaces((scene, a, b) => Math.hypot(...between(scene, a, b)))],
  ['distance_xy', onPlaces((scene, a, b) => Math.hypot(...between(scene, a, b).slice(0, 2)))],
  ['x_in', onPlaces((scene, a, b) => positionIn(scene, a, b)[0])],
  ['y_in', onPlaces((scene, a, b) => positionIn(scene, a, b)[1])],
  ['z_in', onPlaces((scene, a, b) => positionIn(scene, a, b)[2])],
  ['angle', onPlaces(angle)],
  ['contacts', { takes: ['body', 'body'], type: 'number', read: (scene, a, b) => scene.contacts(a, b) }],
  ['contact', { takes: ['body', 'body'], type: 'boolean', read: (scene, a, b) => scene.contacts(a, b) > 0 }],
  ['joint', { takes: ['joint'], type: 'number', read: (scene, name) => scene.joint(name) }],
]);

export const arithmeticFunctions: ReadonlyMap<string, ArithmeticFunction> = new Map([
  ['abs', { least: 1, most: 1, apply: (a) => Math.abs(a) }],
  ['sqrt', { least: 1, most: 1, apply: (a) => Math.sqrt(a) }],
  ['sin', { least: 1, most: 1, apply: (a) => Math.sin(a) }],
  ['cos', { least: 1, most: 1, apply: (a) => Math.cos(a) }],
  ['exp', { least: 1, most: 1, apply: (a) => Math.exp(a) }],
  ['tanh', { least: 1, most: 1, apply: (a) => Math.tanh(a) }],
  ['atan2', { least: 2, most: 2, apply: (y, x) => Math.atan2(y, x) }],
  ['min', { least: 2, most: Infinity, apply: (...values) => Math.min(...values) }],
  ['max', { least: 2, most: Infinity, apply: (...values) => Math.max(...values) }],
  ['hypot', { least: 2, most: Infinity, apply: (...values) => Math.hypot(...values) }],
  ['clamp', { least: 3, most: 3, apply: clamp }],
  ['ramp', { least: 3, most: 3, apply: ramp }],
] satisfies [string, ArithmeticFunction][]);

/** Functions that remember what a condition or a number was at earlier control steps. */
export const memoryFunctions: readonly string[] = ['held_for', 'ever', 'first', 'max_so_far'];

export const functionNames: readonly string[] = [
  ...sceneFunctions.keys(),
  ...arithmeticFunctions.keys(),
  ...memoryFunctions,
];

/** NaN, which is no value, for bounds in the wrong order. */
function clamp(value: number, low: number, high: number): number {
  return low <= high ? Math.min(Math.max(value, low), high) : NaN;
}

/** 0 at `from`, 1 at `to`, straight in between and flat beyond; NaN where they are the same. */
function ramp(value: number, from: number, to: number): number {
  return from === to ? NaN : clamp((value - from) / (to - from), 0, 1);
}

function between(scene: SceneState, a: string, b: string): Vector3 {
  const [p, q] = [scene.pose(a).position, scene.pose(b).position];
  return [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
}

function positionIn(scene: SceneState, a: string, b: string): Vector3 {
  return positionInFrame(scene.pose(a).position, scene.pose(b));
}

/** Angle between the place's z axis and the vertical, [0, pi]. */
function tilt(scene: SceneState, place: string): number {
  const r = rotationMatrix(scene.pose(place).orientation);
  return Math.atan2(Math.hypot(r[2], r[5]), r[8]);
}

/** Heading of the place's x axis in the horizontal plane, from the world's x axis towards its y axis, (-pi, pi]. */
function yaw(scene: SceneState, place: string): number {
  const r = rotationMatrix(scene.pose(place).orientation);
  return Math.atan2(r[3], r[0]);
}

/** Angle of the rotation that turns one place's axes into the other's, [0, pi]. */
function angle(scene: SceneState, a: string, b: string): number {
  return Math.hypot(...rotationBetween(scene.pose(a).orientation, scene.pose(b).orientation));
}
