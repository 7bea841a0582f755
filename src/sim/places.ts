/** Where named things are in a compiled model: frames of a task, hands of its robot, bodies. */
import type { DoubleBuffer } from '@mujoco/mujoco';
import { ConfigError } from '../config/config-error.js';
import { suggestion } from '../config/nearest.js';
import type { MovingPose, Pose, Quaternion, Vector3 } from '../robot/pose.js';
import { rotate } from '../robot/rotation.js';
import { isBody, type FrameSpec, type TrackedFrame } from '../robot/tracked-frames.js';
import { modelNames } from './model-names.js';
import type { Physics } from './mujoco.js';
import { quaternionOfMatrix } from './rotation.js';

/** A free body has its state in qpos and qvel; the others have theirs computed by kinematics. */
export type Place =
  | { readonly kind: 'free'; readonly body: number; readonly qpos: number; readonly dof: number }
  | { readonly kind: 'body'; readonly body: number }
  | { readonly kind: 'site'; readonly body: number; readonly site: number };

/** mjtObj of MuJoCo's C API: a body's own frame, and a site. */
const [xbody, siteObject] = [2, 6];

/**
 * The place that a frame of a task is fixed to.
 * @param file the task's file, and `key` the frame's key in it, for the error
 * @throws ConfigError if the model has no such body or site
 */
export function placeOfFrame(physics: Physics, spec: FrameSpec, file: string, key: string): Place {
  if (isBody(spec)) return placeOfBody(physics, idOf(physics, 'body', spec.body, file, key));
  const site = idOf(physics, 'site', spec.site, file, key);
  return { kind: 'site', site, body: (physics.model.site_bodyid as Int32Array)[site] };
}

function idOf(physics: Physics, kind: 'body' | 'site', name: string, file: string, key: string): number {
  const names = modelNames(physics, kind);
  const id = names.indexOf(name);
  if (id >= 0) return id;
  throw new ConfigError(file, key, `the model has no ${kind} ${name}${suggestion(name, names)}`);
}

/** The place of a body by its id. */
export function placeOfBody({ model, mj }: Physics, body: number): Place {
  const joint = (model.body_jntadr as Int32Array)[body];
  if (joint < 0 || (model.jnt_type as Int32Array)[joint] !== mj.mjtJoint.mjJNT_FREE.value)
    return { kind: 'body', body };
  const [qpos, dof] = [(model.jnt_qposadr as Int32Array)[joint], (model.jnt_dofadr as Int32Array)[joint]];
  return { kind: 'free', body, qpos, dof };
}

/** Reads poses and velocities of places out of a simulation's state. */
export class PlaceReader {
  readonly #velocity: DoubleBuffer;

  constructor(private readonly physics: Physics) {
    this.#velocity = new physics.mj.DoubleBuffer(6);
  }

  /** Pose in the world frame. */
  pose(place: Place): Pose {
    const { data } = this.physics;
    if (place.kind === 'site') {
      const matrix = (data.site_xmat as Float64Array).subarray(9 * place.site, 9 * place.site + 9);
      return { position: vectorAt(data.site_xpos, place.site), orientation: quaternionOfMatrix(matrix) };
    }
    if (place.kind === 'body')
      return {
        position: vectorAt(data.xpos, place.body),
        orientation: quaternionAt(data.xquat, 4 * place.body),
      };
    const [x, y, z] = (data.qpos as Float64Array).subarray(place.qpos, place.qpos + 3);
    return { position: [x, y, z], orientation: quaternionAt(data.qpos, place.qpos + 3) };
  }

  /** Velocities of the place's origin, in world coordinates, m/s and rad/s. */
  velocity(place: Place): { readonly linear: Vector3; readonly angular: Vector3 } {
    const { mj, model, data } = this.physics;
    if (place.kind === 'free') {
      const v = (data.qvel as Float64Array).subarray(place.dof, place.dof + 6);
      const orientation = quaternionAt(data.qpos, place.qpos + 3);
      // MuJoCo gives a free joint's angular velocity in the body's own frame.
      return { linear: [v[0], v[1], v[2]], angular: rotate(orientation, [v[3], v[4], v[5]]) };
    }
    const [type, id] = place.kind === 'site' ? [siteObject, place.site] : [xbody, place.body];
    mj.mj_objectVelocity(model, data, type, id, this.#velocity, 0);
    const [wx, wy, wz, vx, vy, vz] = this.#velocity.GetView() as Float64Array;
    return { linear: [vx, vy, vz], angular: [wx, wy, wz] };
  }

  /** What a tracker would say of a frame: sites have no twist. */
  tracked(place: Place): TrackedFrame {
    const pose = this.pose(place);
    if (place.kind === 'site') return pose;
    return { ...pose, ...this.velocity(place) } satisfies MovingPose;
  }

  dispose(): void {
    this.#velocity.delete();
  }
}

function vectorAt(values: unknown, index: number): Vector3 {
  const [x, y, z] = (values as Float64Array).subarray(3 * index, 3 * index + 3);
  return [x, y, z];
}

/** MuJoCo's quaternions have w first. */
function quaternionAt(values: unknown, address: number): Quaternion {
  const [w, x, y, z] = (values as Float64Array).subarray(address, address + 4);
  return [x, y, z, w];
}
