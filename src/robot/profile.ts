/** What graft knows of a robot: its actuated joints, their limits and home, and the joints that follow others. */
import { ConfigError } from '../config/config-error.js';
import { loadYaml } from '../config/yaml-file.js';

/** One actuated joint. Positions in rad, velocities in rad/s, efforts in N m. */
export type JointSpec = {
  readonly name: string;
  readonly group: string;
  readonly lower: number;
  readonly upper: number;
  readonly velocity: number;
  readonly effort: number;
  readonly home: number;
};

/** A passive joint that follows an actuated one: position = ratio * position of `follows`. */
export type CoupledJoint = { readonly name: string; readonly follows: string; readonly ratio: number };

export type RobotProfile = {
  readonly name: string;
  readonly joints: readonly JointSpec[];
  readonly coupled_joints: readonly CoupledJoint[];
};

/**
 * Reads and checks a robot profile (`schemas/robot.schema.json`).
 * @throws ConfigError naming file and key, if a value is missing or of the wrong kind, a name is used twice, limits are
 * in the wrong order, a home position lies outside its limits, or a coupled joint follows an unknown one.
 */
export function loadRobotProfile(file: string): RobotProfile {
  const profile = loadYaml<RobotProfile>(file, 'robot');
  const seen = new Set<string>();
  for (const joint of profile.joints) {
    const key = `joints.${joint.name}`;
    if (seen.has(joint.name)) throw new ConfigError(file, key, 'is defined twice');
    seen.add(joint.name);
    if (!(joint.lower < joint.upper))
      throw new ConfigError(file, key, `lower ${joint.lower} is not below upper ${joint.upper}`);
    if (joint.home < joint.lower || joint.home > joint.upper) {
      throw new ConfigError(
        file,
        `${key}.home`,
        `${joint.home} is outside the limits [${joint.lower}, ${joint.upper}] rad`,
      );
    }
  }
  for (const coupled of profile.coupled_joints) {
    if (!seen.has(coupled.follows))
      throw new ConfigError(
        file,
        `coupled_joints.${coupled.name}`,
        `follows unknown joint ${coupled.follows}`,
      );
  }
  return profile;
}

/** The specs of `names`, in that order. @throws ConfigError for a name that the robot lacks. */
export function selectJoints(profile: RobotProfile, names: readonly string[], file: string): JointSpec[] {
  const byName = new Map(profile.joints.map((joint) => [joint.name, joint]));
  return names.map((name) => {
    const joint = byName.get(name);
    if (joint === undefined) throw new ConfigError(file, name, `robot ${profile.name} has no such joint`);
    return joint;
  });
}
