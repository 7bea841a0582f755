/** Scenes written by hand, as input of expressions. */
import type { Pose, Quaternion, Vector3 } from '../../../src/robot/pose.js';
import type { SceneNames, SceneState } from '../../../src/sim/scene-state.js';

export const names: SceneNames = {
  places: ['object', 'hand', 'bowl', 'right_hand'],
  bodies: ['object', 'bowl', 'right_hand'],
  joints: ['elbow'],
};

export type Place = {
  readonly position?: Vector3;
  readonly orientation?: Quaternion;
  readonly linear?: Vector3;
  readonly rest?: Vector3;
};

export type SceneInput = {
  readonly time?: number;
  readonly places?: Readonly<Record<string, Place>>;
  /** contact points by pair, such as `object bowl` */
  readonly touching?: Readonly<Record<string, number>>;
  readonly elbow?: number;
};

/** What is left out lies at the origin, unturned and at rest. */
export function sceneOf({ time = 0, places = {}, touching = {}, elbow = 0 }: SceneInput): SceneState {
  const origin: Vector3 = [0, 0, 0];
  return {
    time,
    pose: (place): Pose => ({
      position: places[place]?.position ?? origin,
      orientation: places[place]?.orientation ?? [0, 0, 0, 1],
    }),
    velocity: (place) => ({ linear: places[place]?.linear ?? origin, angular: origin }),
    rest: (place) => places[place]?.rest ?? origin,
    contacts: (a, b) => touching[`${a} ${b}`] ?? 0,
    joint: () => elbow,
  };
}

/** The object so high above its rest, m. */
export const raised = (height: number): SceneState =>
  sceneOf({ places: { object: { position: [0, 0, height] } } });
