/** Transforms of a robot out of its URDF and joint positions: what robot_state_publisher sends to TF. */
import { ConfigError } from '../config/config-error.js';
import { suggestion } from '../config/nearest.js';
import type { Pose } from './pose.js';
import type { NamedFrame, RobotProfile } from './profile.js';
import { compose, quaternionOfRpy, quaternionOfVector } from './rotation.js';
import { isMovable, type Urdf, type UrdfJoint } from './urdf.js';

/** Pose of the frame `child` in the frame `parent`. */
export type Transform = { readonly parent: string; readonly child: string; readonly pose: Pose };

/** Joint positions by name, rad or m. */
export type JointPositions = ReadonlyMap<string, number>;

/** Transform of a joint with one degree of freedom at `position`, rad or m. */
export function jointTransform(
  { parent, child, type, origin, axis }: UrdfJoint,
  position: number,
): Transform {
  const [x, y, z] = axis;
  const along = [x * position, y * position, z * position] as const;
  const motion: Pose =
    type === 'prismatic'
      ? { position: along, orientation: [0, 0, 0, 1] }
      : { position: [0, 0, 0], orientation: quaternionOfVector(along) };
  return { parent, child, pose: compose(origin, motion) };
}

/**
 * Transforms that never change: fixed joints, planar ones at rest (as robot_state_publisher takes them), and those of
 * the profile's frames and cameras that the URDF lacks. Floating joints have none: whoever knows them sends them.
 */
export function staticTransforms(urdf: Urdf, profile: RobotProfile): Transform[] {
  const fixed = urdf.joints.filter(({ type }) => type === 'fixed' || type === 'planar');
  return [
    ...fixed.map(({ parent, child, origin }) => ({ parent, child, pose: origin })),
    ...addedTransforms(urdf, profile),
  ];
}

/** Transforms of the profile's frames and cameras that the URDF lacks. */
export function addedTransforms(urdf: Pick<Urdf, 'links'>, { frames, cameras }: RobotProfile): Transform[] {
  return [...frames, ...cameras].flatMap(({ link, frame, origin }: NamedFrame) => {
    if (origin === undefined || urdf.links.includes(frame)) return [];
    const pose = { position: origin.xyz, orientation: quaternionOfRpy(origin.rpy) };
    return [{ parent: link, child: frame, pose }];
  });
}

/** Position of every movable joint that is known or follows one that is, by <mimic> or by the profile's coupling. */
export class JointFollowing {
  readonly #joints: readonly UrdfJoint[];
  readonly #rules: ReadonlyMap<string, { joint: string; multiplier: number; offset: number }>;

  constructor(urdf: Urdf, profile: RobotProfile) {
    this.#joints = urdf.joints.filter(isMovable);
    this.#rules = new Map([
      ...profile.coupled_joints.map(
        ({ name, follows, ratio }) => [name, { joint: follows, multiplier: ratio, offset: 0 }] as const,
      ),
      ...this.#joints.flatMap(({ name, mimic }) => (mimic === undefined ? [] : [[name, mimic] as const])),
    ]);
  }

  /** Transforms of the joints whose position follows from `positions`. */
  transforms(positions: JointPositions): Transform[] {
    return this.#joints.flatMap((joint) => {
      const position = this.#position(joint.name, positions, 0);
      return position === undefined ? [] : [jointTransform(joint, position)];
    });
  }

  /** Joints whose position `positions` does not tell. */
  missing(positions: JointPositions): string[] {
    return this.#joints
      .map(({ name }) => name)
      .filter((name) => this.#position(name, positions, 0) === undefined);
  }

  #position(name: string, positions: JointPositions, depth: number): number | undefined {
    const rule = this.#rules.get(name);
    if (rule === undefined) return finite(positions.get(name));
    // Joints that mimic each other in a circle have no position.
    if (depth > this.#rules.size) return undefined;
    const followed = this.#position(rule.joint, positions, depth + 1);
    return followed === undefined ? undefined : rule.multiplier * followed + rule.offset;
  }
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Pose of every frame below `root` in the frame of `root`. Parents may come after their children. */
export function framePoses(root: string, transforms: readonly Transform[]): Map<string, Pose> {
  const poses = new Map<string, Pose>([[root, { position: [0, 0, 0], orientation: [0, 0, 0, 1] }]]);
  let waiting = transforms;
  for (;;) {
    const left = waiting.filter(({ parent, child, pose }) => {
      const above = poses.get(parent);
      if (above !== undefined) poses.set(child, compose(above, pose));
      return above === undefined;
    });
    if (left.length === waiting.length || left.length === 0) return poses;
    waiting = left;
  }
}

/**
 * Whether profile and URDF speak of the same robot.
 * @throws ConfigError naming the first joint, link or frame of the profile that the URDF lacks
 */
export function checkProfileAgainstUrdf(profile: RobotProfile, urdf: Urdf): void {
  const movable = urdf.joints.filter(isMovable).map(({ name }) => name);
  const require = (key: string, kind: string, name: string, known: readonly string[]): void => {
    if (known.includes(name)) return;
    const hint = suggestion(name, known);
    throw new ConfigError(profile.file, key, `${urdf.file} has no ${kind} ${name}${hint}`);
  };
  require('base_frame', 'link', profile.base_frame, urdf.links);
  for (const { name } of profile.joints) require(`joints.${name}`, 'movable joint', name, movable);
  for (const { name } of profile.coupled_joints)
    require(`coupled_joints.${name}`, 'movable joint', name, movable);
  for (const { name, palm } of profile.hands) require(`hands.${name}.palm`, 'link', palm, urdf.links);
  for (const section of ['frames', 'cameras'] as const)
    for (const { name, link, frame, origin } of profile[section]) {
      require(`${section}.${name}.link`, 'link', link, urdf.links);
      if (origin === undefined)
        require(`${section}.${name}: no origin is given, and`, 'link', frame, urdf.links);
    }
}
