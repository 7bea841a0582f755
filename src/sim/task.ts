/** Task files: what is simulated, commanded, observed and counted as success. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { nearestName } from '../config/nearest.js';
import { projectFile, resolveBeside } from '../config/paths.js';
import { checked } from '../config/yaml-file.js';
import type { ImageSpec } from '../robot/image-spec.js';
import { observationNames, type ObservationFeature } from '../robot/observation-spec.js';
import { loadRobotProfile, type RobotProfile } from '../robot/profile.js';
import type { FrameSpec } from '../robot/tracked-frames.js';
import type { DemonstratorSpec } from './expert/spec.js';
import type { RandomisationSpec } from './randomisation/spec.js';
import { inheritedTask } from './task-inheritance.js';
import { checkTaskRules } from './task-rules.js';

export type Range = readonly [number, number];

export type CameraSpec = { readonly name: string; readonly width: number; readonly height: number };

/** Frames by name. */
export type Frames = Readonly<Record<string, FrameSpec>>;

/** Where an object may lie after a reset: drawn uniformly; m and rad, world frame. */
export type Placement = { readonly x: Range; readonly y: Range; readonly yaw: Range };

/** A kind of episode; `frames` are all frames that are tracked in it. */
export type Variant = { readonly name: string; readonly frames: Frames };

/** A subgoal; `done` is an expression. */
export type Stage = { readonly name: string; readonly done: string };

/** A task as its file says it, with the robot's profile, absolute paths and complete variants filled in. */
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
  /** frames of the first variant, or of the task if it has none; names and kinds are the same in every variant */
  readonly frames: Frames;
  readonly variants: readonly Variant[];
  readonly reset: {
    /** by frame, in the order of the draws */
    readonly objects: Readonly<Record<string, Placement>>;
    readonly apart_m: number;
    readonly settle_steps: number;
  };
  /** expressions by name */
  readonly quantities: Readonly<Record<string, string>>;
  readonly success: string;
  readonly failure: string;
  readonly stages: readonly Stage[];
  readonly observation: readonly ObservationFeature[];
  /** the observation's images, in order */
  readonly images: readonly ImageSpec[];
  readonly cameras: readonly CameraSpec[];
  readonly demonstrator?: DemonstratorSpec;
  readonly randomisation?: RandomisationSpec;
};

/** Names of the tasks under sim/tasks, in alphabetical order. */
export function shippedTasks(): string[] {
  const files = readdirSync(projectFile('sim', 'tasks')).filter((file) => file.endsWith('.yaml'));
  return files.map((file) => basename(file, '.yaml')).sort();
}

/** A camera of the task. @throws ConfigError naming those there are, if it has none of that name */
export function taskCamera({ file, cameras }: Task, name: string): CameraSpec {
  const spec = cameras.find((camera) => camera.name === name);
  if (spec !== undefined) return spec;
  const known = cameras.map((camera) => camera.name).join(', ');
  throw new ConfigError(file, 'cameras', `has no camera ${name}; it has ${known}`);
}

/** What a policy for the task has to fit. */
export function policyTask({ file, control_rate_hz, observation, images, action_joints }: Task): {
  readonly file: string;
  readonly control_rate_hz: number;
  readonly observation_names: readonly string[];
  readonly images: readonly ImageSpec[];
  readonly action_joints: readonly string[];
} {
  const observation_names = observationNames(observation);
  return { file, control_rate_hz, observation_names, images, action_joints };
}

/** The task that a name means: one under sim/tasks, or else the path of a task file. Errors as `loadTask`, and for an unknown name. */
export function findTask(name: string): Task {
  const shipped = projectFile('sim', 'tasks', `${name}.yaml`);
  if (existsSync(shipped)) return loadTask(shipped);
  if (existsSync(name)) return loadTask(name);
  const known = shippedTasks();
  const near = nearestName(name, known);
  const hint = near === undefined ? `tasks are ${known.join(', ')}` : `did you mean ${near}?`;
  throw new ConfigError('task', name, `is neither a task nor a task file; ${hint}`);
}

type TaskFile = Omit<Task, 'file' | 'robot' | 'control_rate_hz' | 'observation'> & {
  readonly robot: string;
  readonly control_rate_hz?: number;
  readonly observation: readonly Partial<ObservationFeature>[];
};

/**
 * Reads a task file (`schemas/task.schema.json`) and the robot profile it names.
 * @throws ConfigError if a value does not fit, a file it names is not there, or a rule of `checkTaskRules` is broken
 */
export function loadTask(file: string): Task {
  const task = checked<TaskFile>(inheritedTask(file), 'task', file);
  const robot = loadRobotProfile(fileOf('robot', task.robot, file));
  const variants = task.variants.map(({ name, frames }) => ({ name, frames: { ...task.frames, ...frames } }));
  const frames = variants[0]?.frames ?? task.frames;
  const observation = task.observation.map((feature) => withActionJoints(feature, task.action_joints));
  checkTaskRules({ ...task, file, robot, frames, variants, observation });
  const model = fileOf('model', task.model, file);
  const { control_rate_hz = robot.control_rate_hz } = task;
  return { ...task, file, robot, model, control_rate_hz, frames, variants, observation };
}

/** A joint feature without joints is about those of the action. */
function withActionJoints(
  feature: Partial<ObservationFeature>,
  joints: readonly string[],
): ObservationFeature {
  const isOfJoints = feature.feature === 'joint_position' || feature.feature === 'joint_velocity';
  return (isOfJoints ? { joints, ...feature } : feature) as ObservationFeature;
}

/** A file that the task names, next to the task file or one of the project's. */
function fileOf(key: string, path: string, file: string): string {
  const found = resolveBeside(file, path);
  if (!existsSync(found))
    throw new ConfigError(file, key, `${path} is neither next to this file nor in the project`);
  if (!statSync(found).isFile()) throw new ConfigError(file, key, `${path} is not a file`);
  return found;
}
