/** What graft knows of a robot: joints, limits and home, what follows them, hands, cameras, controllers, files. */
import { ConfigError } from '../config/config-error.js';
import { suggestion } from '../config/nearest.js';
import { resolveBeside } from '../config/paths.js';
import { loadYaml } from '../config/yaml-file.js';
import type { Vector3 } from './pose.js';
import { checkProfile } from './profile-rules.js';

/** One actuated joint. Positions in rad, velocities in rad/s, efforts in N m (m, m/s, N if it is prismatic). */
export type JointSpec = {
  readonly name: string;
  readonly group: string;
  readonly lower: number;
  readonly upper: number;
  readonly velocity: number;
  readonly effort: number;
  readonly home: number;
  /** N m/rad: gain of the position actuator where a URDF is all there is */
  readonly stiffness?: number;
  /** N m s/rad */
  readonly damping?: number;
};

/** A passive joint that follows an actuated one: position = ratio * position of `follows`. */
export type CoupledJoint = { readonly name: string; readonly follows: string; readonly ratio: number };

/** Pose in a link's frame: m, and rad about the fixed axes x, y, z in turn, as in URDF. */
export type Origin = { readonly xyz: Vector3; readonly rpy: Vector3 };

/** A frame on a link: the MJCF's site `name`, the TF frame `frame`. `origin` where the URDF lacks it. */
export type NamedFrame = {
  readonly name: string;
  readonly link: string;
  readonly frame: string;
  readonly origin?: Origin;
};

/** A pinhole camera's calibration, px. */
export type Intrinsics = {
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
};

/** A camera on a link: the MJCF's camera `name`; `frame` is its optical frame (REP-103: z forward, x right, y down). */
export type RobotCamera = NamedFrame & {
  /** topics */
  readonly image: string;
  readonly info: string;
  /** px */
  readonly width?: number;
  readonly height?: number;
  /** degrees */
  readonly fovy?: number;
  readonly intrinsics?: Intrinsics;
};

/** A hand: all that hangs on the link `palm`. `group` are its fingers' joints, `arm` the joints that carry it. */
export type Hand = {
  readonly name: string;
  readonly palm: string;
  readonly group: string;
  readonly arm: string;
  /** one of the profile's frames */
  readonly grasp?: string;
};

/** Who takes commands for some joints, and where. */
export type Controller = {
  readonly name: string;
  readonly topic: string;
  readonly type: 'trajectory_msgs/msg/JointTrajectory';
  /** in the profile's order */
  readonly joints: readonly string[];
};

/** A robot profile with defaults filled in and paths made absolute. */
export type RobotProfile = {
  readonly file: string;
  readonly name: string;
  /** MJCF or URDF file of the robot alone */
  readonly model?: string;
  readonly urdf?: string;
  readonly base_frame: string;
  readonly control_rate_hz: number;
  readonly joints: readonly JointSpec[];
  readonly coupled_joints: readonly CoupledJoint[];
  readonly frames: readonly NamedFrame[];
  readonly cameras: readonly RobotCamera[];
  readonly hands: readonly Hand[];
  /** never empty; every joint is in exactly one */
  readonly controllers: readonly Controller[];
};

/** A controller as the file has it. */
export type ControllerEntry = Omit<Controller, 'joints'> & {
  readonly groups: readonly string[];
  readonly joints: readonly string[];
};

/** The file's content after the schema filled its defaults in. */
export type ProfileFile = Omit<RobotProfile, 'file' | 'frames' | 'cameras' | 'controllers'> & {
  readonly frames: readonly (Omit<NamedFrame, 'frame'> & { readonly frame?: string })[];
  readonly cameras: readonly (Omit<RobotCamera, 'frame' | 'image' | 'info'> &
    Partial<Pick<RobotCamera, 'frame' | 'image' | 'info'>>)[];
  readonly controllers: readonly ControllerEntry[];
};

/**
 * Reads and checks a robot profile (`schemas/robot.schema.json`).
 * @throws ConfigError naming file and key, if a value is missing, not finite or of the wrong kind, a name is used twice
 * or unknown, limits are in the wrong order or exclude the home position, or a joint has not exactly one controller.
 * Whether the files it names exist and fit is checked where they are read.
 */
export function loadRobotProfile(file: string): RobotProfile {
  const given = loadYaml<ProfileFile>(file, 'robot');
  checkProfile(given, file);
  const { model, urdf } = given;
  return {
    ...given,
    file,
    ...(model === undefined ? {} : { model: resolveBeside(file, model) }),
    ...(urdf === undefined ? {} : { urdf: resolveBeside(file, urdf) }),
    frames: given.frames.map((frame) => ({ ...frame, frame: frame.frame ?? `${frame.name}_frame` })),
    cameras: given.cameras.map((camera) => ({
      ...camera,
      frame: camera.frame ?? `${camera.name}_optical_frame`,
      image: camera.image ?? `${camera.name}/image_raw`,
      info: camera.info ?? `${camera.name}/camera_info`,
    })),
    controllers: given.controllers.length === 0 ? [onlyController(given)] : controllersOf(given),
  };
}

function onlyController({ joints }: ProfileFile): Controller {
  return {
    name: 'joint_trajectory_controller',
    topic: 'joint_trajectory',
    type: 'trajectory_msgs/msg/JointTrajectory',
    joints: joints.map(({ name }) => name),
  };
}

function controllersOf({ controllers, joints }: ProfileFile): Controller[] {
  return controllers.map(({ name, topic, type, groups, joints: single }) => {
    const driven = joints.filter((joint) => single.includes(joint.name) || groups.includes(joint.group));
    return { name, topic, type, joints: driven.map((joint) => joint.name) };
  });
}

/** The specs of `names`, in that order. @throws ConfigError for a name that the robot lacks. */
export function selectJoints(profile: RobotProfile, names: readonly string[], file: string): JointSpec[] {
  return names.map((name) => named('joint', profile.joints, name, profile, file));
}

/** The joints of a group, in the profile's order. @throws ConfigError if no joint is of that group */
export function jointsOfGroup(profile: RobotProfile, group: string, file = profile.file): JointSpec[] {
  const joints = profile.joints.filter((joint) => joint.group === group);
  if (joints.length > 0) return joints;
  throw unknown('group', group, groupsOf(profile), profile, file);
}

/** The groups of the robot's joints, in the order of their first joints. */
export function groupsOf({ joints }: Pick<RobotProfile, 'joints'>): string[] {
  return [...new Set(joints.map(({ group }) => group))];
}

/** The hand of that name. @throws ConfigError for a name that the robot lacks */
export function handOf(profile: RobotProfile, name: string, file = profile.file): Hand {
  return named('hand', profile.hands, name, profile, file);
}

/** The named frame of that name. @throws ConfigError for a name that the robot lacks */
export function frameOf(profile: RobotProfile, name: string, file = profile.file): NamedFrame {
  return named('frame', profile.frames, name, profile, file);
}

/** The frame of a camera's images: a robot's camera has that of its profile, a camera of the scene the usual one. */
export function opticalFrame({ cameras }: RobotProfile, name: string): string {
  return cameras.find((camera) => camera.name === name)?.frame ?? `${name}_optical_frame`;
}

/** The camera of that name. @throws ConfigError for a name that the robot lacks */
export function cameraOf(profile: RobotProfile, name: string, file = profile.file): RobotCamera {
  return named('camera', profile.cameras, name, profile, file);
}

function named<T extends { readonly name: string }>(
  kind: string,
  all: readonly T[],
  name: string,
  profile: RobotProfile,
  file: string,
): T {
  const found = all.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const known = all.map((candidate) => candidate.name);
  throw unknown(kind, name, known, profile, file);
}

function unknown(
  kind: string,
  name: string,
  known: readonly string[],
  profile: RobotProfile,
  file: string,
): ConfigError {
  return new ConfigError(file, name, `robot ${profile.name} has no such ${kind}${suggestion(name, known)}`);
}
