/** A simulated scene as expressions see it: places by name, contacts between them, joints. */
import type { Pose, Vector3 } from '../robot/pose.js';
import type { RobotProfile } from '../robot/profile.js';
import { isBody } from '../robot/tracked-frames.js';
import { contactsOf } from './contacts.js';
import { modelNames } from './model-names.js';
import { requireId, type Physics } from './mujoco.js';
import { placeOfBody, placeOfFrame, type Place, type PlaceReader } from './places.js';
import type { SceneNames, SceneState } from './scene-state.js';
import type { Frames } from './task.js';

export class Scene implements SceneState {
  readonly names: SceneNames;
  readonly #fixed: ReadonlyMap<string, Place>;
  #frames: ReadonlyMap<string, Place> = new Map();
  readonly #rests = new Map<string, Vector3>();
  /** per body, whether each body of the model hangs on it */
  readonly #subtrees = new Map<number, Uint8Array>();
  readonly #joints: ReadonlyMap<string, number>;
  /** bodies of each contact of the present state, read when they are first asked for */
  #touching: readonly (readonly [body: number, other: number])[] | undefined;

  /**
   * @param frames frames of the task's first variant
   * @throws ConfigError if the model lacks a joint or the palm of a hand
   */
  constructor(
    private readonly physics: Physics,
    private readonly reader: PlaceReader,
    robot: RobotProfile,
    frames: Frames,
    file: string,
  ) {
    const { model } = physics;
    const places = new Map(bodyNames(physics).map(([name, id]) => [name, placeOfBody(physics, id)]));
    for (const { name, palm } of robot.hands)
      places.set(name, placeOfBody(physics, requireId(physics, 'body', palm, file)));
    this.#fixed = places;
    const address = model.jnt_qposadr as Int32Array;
    this.#joints = new Map(
      robot.joints.map(({ name }) => [name, address[requireId(physics, 'joint', name, file)]]),
    );
    const bodyFrames = Object.entries(frames).flatMap(([name, spec]) => (isBody(spec) ? [name] : []));
    this.names = {
      places: [...new Set([...Object.keys(frames), ...places.keys()])],
      bodies: [...new Set([...bodyFrames, ...places.keys()])],
      joints: [...this.#joints.keys()],
    };
    this.useFrames(frames, file);
  }

  /** Takes over the frames of a variant. @throws ConfigError if the model lacks one */
  useFrames(frames: Frames, file: string): void {
    this.#frames = new Map(
      Object.entries(frames).map(([name, spec]) => [
        name,
        placeOfFrame(this.physics, spec, file, `frames.${name}`),
      ]),
    );
  }

  /** Frames of the variant in play, by name. */
  get frames(): ReadonlyMap<string, Place> {
    return this.#frames;
  }

  /** Forgets what was read of the last state. */
  refresh(): void {
    this.#touching = undefined;
  }

  /** Remembers the present positions as those of rest. */
  settle(): void {
    for (const name of this.names.places) this.#rests.set(name, this.pose(name).position);
  }

  get time(): number {
    return this.physics.data.time;
  }

  pose(place: string): Pose {
    return this.reader.pose(this.#place(place));
  }

  velocity(place: string): { readonly linear: Vector3; readonly angular: Vector3 } {
    return this.reader.velocity(this.#place(place));
  }

  rest(place: string): Vector3 {
    return this.#rests.get(place) ?? this.pose(place).position;
  }

  contacts(a: string, b: string): number {
    const [inA, inB] = [this.#subtree(this.#place(a).body), this.#subtree(this.#place(b).body)];
    this.#touching ??= contactsOf(this.physics).flatMap(({ bodies, distance }) =>
      distance <= 0 ? [bodies] : [],
    );
    return this.#touching.filter(
      ([first, second]) => (inA[first] && inB[second]) || (inA[second] && inB[first]),
    ).length;
  }

  joint(name: string): number {
    return (this.physics.data.qpos as Float64Array)[this.#joints.get(name) ?? NaN];
  }

  #place(name: string): Place {
    const place = this.#frames.get(name) ?? this.#fixed.get(name);
    if (place === undefined) throw new RangeError(`the scene has no place ${name}`);
    return place;
  }

  /** Parents come before their children in MuJoCo's order of bodies. */
  #subtree(root: number): Uint8Array {
    let members = this.#subtrees.get(root);
    if (members === undefined) {
      const { model } = this.physics;
      const parents = model.body_parentid as Int32Array;
      members = new Uint8Array(model.nbody);
      members[root] = 1;
      for (let id = root + 1; id < model.nbody; id++) members[id] = members[parents[id]];
      this.#subtrees.set(root, members);
    }
    return members;
  }
}

/** Names and ids of the model's bodies, without the world and those that have no name. */
function bodyNames(physics: Physics): [name: string, id: number][] {
  const named = modelNames(physics, 'body').map((name, id): [string, number] => [name, id]);
  return named.filter(([name, id]) => id > 0 && !name.startsWith('#'));
}
