/** Task files: what is simulated, commanded, observed and counted as success. */
import { existsSync } from 'node:fs';
import { ConfigError } from '../config/config-error.js';
import { projectFile } from '../config/paths.js';
import { loadYaml } from '../config/yaml-file.js';
import type { ObservationFeature } from '../robot/observation-spec.js';
import { loadRobotProfile, selectJoints, type RobotProfile } from '../robot/profile.js';

export type Range = readonly [number, number];

/** Parameters of the scripted expert; units in the names, else in schemas/task.schema.json. */
export type DemonstratorParameters = {
  readonly hover_height_m: Range;
  readonly grasp_offset_m: readonly [number, number, number];
  readonly hand_pitch_rad: number;
  readonly hand_yaw_rad: number;
  readonly lift_height_m: number;
  readonly hover_step_m: number;
  readonly descend_step_m: number;
  readonly lift_step_m: number;
  readonly turn_step_rad: number;
  readonly hover_tolerance_m: number;
  readonly descend_tolerance_m: number;
  readonly close_steps: number;
  readonly close_wait_steps: number;
  readonly open_hand: Readonly<Record<string, number>>;
  readonly closed_hand: Readonly<Record<string, number>>;
  readonly noise: { readonly arm_rad: number; readonly hand_rad: number; readonly correlation: number };
};

export type LiftCriterion = {
  readonly height_m: number;
  readonly hold_steps: number;
  readonly fallen_m: number;
};

export type CameraSpec = { readonly name: string; readonly width: number; readonly height: number };

/** A task as its file says it, with the robot's profile and absolute paths filled in. */
export type Task = {
  readonly file: string;
  readonly name: string;
  readonly instruction: string;
  /** absolute path of the MJCF scene */
  readonly model: string;
  readonly robot: RobotProfile;
  readonly control_rate_hz: number;
  readonly substeps: number;
  readonly horizon_steps: number;
  readonly action_joints: readonly string[];
  readonly object_body: string;
  readonly hand_site: string;
  readonly reset: {
    readonly x: Range;
    readonly y: Range;
    readonly yaw: Range;
    readonly settle_steps: number;
  };
  readonly success: LiftCriterion;
  readonly observation: readonly ObservationFeature[];
  readonly cameras: readonly CameraSpec[];
  readonly demonstrator: DemonstratorParameters;
};

/** The task that a name means: one under sim/tasks, or else the path of a task file. Errors as `loadTask`. */
export function findTask(name: string): Task {
  const shipped = projectFile('sim', 'tasks', `${name}.yaml`);
  return loadTask(existsSync(shipped) ? shipped : name);
}

type TaskFile = Omit<Task, 'file' | 'robot'> & { readonly robot: string };

/**
 * Reads a task file (`schemas/task.schema.json`) and the robot profile it names.
 * @throws ConfigError if a value does not fit, a range is reversed, a joint is not one of the robot's, or a feature lacks a key
 */
export function loadTask(file: string): Task {
  const task = loadYaml<TaskFile>(file, 'task');
  const robot = loadRobotProfile(projectFile(task.robot));
  selectJoints(robot, task.action_joints, file);
  const { x, y, yaw } = task.reset;
  for (const [key, [lower, upper]] of Object.entries({ x, y, yaw })) {
    if (lower > upper) throw new ConfigError(file, `reset.${key}`, `lower ${lower} is above upper ${upper}`);
  }
  task.observation.forEach((feature, i) => checkFeature(feature, `observation.${i}`, file));
  for (const pose of ['open_hand', 'closed_hand'] as const) {
    for (const joint of Object.keys(task.demonstrator[pose])) {
      if (!task.action_joints.includes(joint))
        throw new ConfigError(file, `demonstrator.${pose}.${joint}`, 'is not an action joint');
    }
  }
  return { ...task, file, robot, model: projectFile(task.model) };
}

/** The schema lists the keys of all features; which of them a feature needs depends on its kind. */
function checkFeature(feature: ObservationFeature, key: string, file: string): void {
  const kind = feature.feature;
  const needed =
    kind === 'joint_position' || kind === 'joint_velocity'
      ? ['joints']
      : kind === 'position_in'
        ? ['frame', 'reference']
        : ['frame'];
  for (const name of needed) {
    if (!(name in feature)) throw new ConfigError(file, key, `${kind} needs ${name}`);
  }
  if (kind === 'twist' && feature.frame !== 'object')
    throw new ConfigError(file, key, 'twist is known of the object only');
}
