/** Task files: what is simulated, commanded, observed and counted as success. */
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { nearestName } from '../config/nearest.js';
import { projectFile, resolveBeside } from '../config/paths.js';
import { loadYaml } from '../config/yaml-file.js';
import { observationNames, observedFrames, type ObservationFeature } from '../robot/observation-spec.js';
import { loadRobotProfile, type RobotProfile } from '../robot/profile.js';
import { isBody, type FrameSpec } from '../robot/tracked-frames.js';
import { checkDemonstrator, type DemonstratorSpec } from './expert/spec.js';
import type { RandomisationSpec } from './randomisation/spec.js';

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
  readonly cameras: readonly CameraSpec[];
  readonly demonstrator?: DemonstratorSpec;
  readonly randomisation?: RandomisationSpec;
};

/** Names of the tasks under sim/tasks, in alphabetical order. */
export function shippedTasks(): string[] {
  const files = readdirSync(projectFile('sim', 'tasks')).filter((file) => file.endsWith('.yaml'));
  return files.map((file) => basename(file, '.yaml')).sort();
}

/** What a policy for the task has to fit. */
export function policyTask({ file, control_rate_hz, observation, action_joints }: Task): {
  readonly file: string;
  readonly control_rate_hz: number;
  readonly observation_names: readonly string[];
  readonly action_joints: readonly string[];
} {
  return { file, control_rate_hz, observation_names: observationNames(observation), action_joints };
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

type TaskFile = Omit<Task, 'file' | 'robot' | 'control_rate_hz'> & {
  readonly robot: string;
  readonly control_rate_hz?: number;
};

/**
 * Reads a task file (`schemas/task.schema.json`) and the robot profile it names.
 * @throws ConfigError if a value does not fit, a range is reversed, or a joint or frame is named that is not there
 */
export function loadTask(file: string): Task {
  const task = loadYaml<TaskFile>(file, 'task');
  const robot = loadRobotProfile(fileOf('robot', task.robot, file));
  const joints = robot.joints.map(({ name }) => name);
  task.action_joints.forEach((name, i) => requireKnown('joint', name, joints, `action_joints.${i}`, file));
  const variants = task.variants.map(({ name, frames }) => ({ name, frames: { ...task.frames, ...frames } }));
  const frames = variants[0]?.frames ?? task.frames;
  variants.forEach((variant, i) => checkVariant(variant, frames, `variants.${i}`, file));
  checkPlacements(task, frames, file);
  task.observation.forEach((feature, i) => checkFeature(feature, frames, `observation.${i}`, file));
  if (task.demonstrator !== undefined)
    checkDemonstrator(task.demonstrator, { frames, action_joints: task.action_joints, file });
  const model = fileOf('model', task.model, file);
  const { control_rate_hz = robot.control_rate_hz } = task;
  return { ...task, file, robot, model, control_rate_hz, frames, variants };
}

/** A file that the task names, next to the task file or one of the project's. */
function fileOf(key: string, path: string, file: string): string {
  const found = resolveBeside(file, path);
  if (existsSync(found)) return found;
  throw new ConfigError(file, key, `${path} is neither next to this file nor in the project`);
}

/** A topic has one type, so a frame is of one kind whatever the variant. */
function checkVariant(variant: Variant, frames: Frames, key: string, file: string): void {
  for (const name of new Set([...Object.keys(frames), ...Object.keys(variant.frames)])) {
    const [here, there] = [variant.frames[name], frames[name]];
    if (here === undefined || there === undefined)
      throw new ConfigError(file, `${key}.frames.${name}`, 'a frame needs to be in every variant');
    if (isBody(here) !== isBody(there))
      throw new ConfigError(file, `${key}.frames.${name}`, 'is a body in one variant and a site in another');
  }
}

function checkPlacements({ reset }: TaskFile, frames: Frames, file: string): void {
  for (const [frame, placement] of Object.entries(reset.objects)) {
    const key = `reset.objects.${frame}`;
    requireFrame(frame, frames, key, file);
    if (!isBody(frames[frame])) throw new ConfigError(file, key, 'only bodies can be placed; this is a site');
    for (const [axis, [lower, upper]] of Object.entries(placement)) {
      if (lower > upper)
        throw new ConfigError(file, `${key}.${axis}`, `lower ${lower} is above upper ${upper}`);
    }
  }
}

/** The schema lists the keys of all features; which of them a feature needs depends on its kind. */
function checkFeature(feature: ObservationFeature, frames: Frames, key: string, file: string): void {
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
  for (const name of observedFrames([feature])) requireFrame(name, frames, key, file);
  if (kind === 'twist' && !isBody(frames[feature.frame]))
    throw new ConfigError(file, key, `twist is known of bodies only; ${feature.frame} is a site`);
}

function requireFrame(name: string, frames: Frames, key: string, file: string): void {
  requireKnown('frame', name, Object.keys(frames), key, file);
}

function requireKnown(kind: string, name: string, known: readonly string[], key: string, file: string): void {
  if (known.includes(name)) return;
  const near = nearestName(name, known);
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
  throw new ConfigError(file, key, `unknown ${kind} ${name}; ${hint}`);
}
