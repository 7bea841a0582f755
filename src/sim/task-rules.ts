/** What a task file must fulfil beyond its JSON Schema. */
import { ConfigError } from '../config/config-error.js';
import { requireKnownName } from '../config/known-name.js';
import { observedFrames, type ObservationFeature } from '../robot/observation-spec.js';
import type { ImageSpec } from '../robot/image-spec.js';
import type { RobotProfile } from '../robot/profile.js';
import { isBody } from '../robot/tracked-frames.js';
import { checkDemonstrator, type HandSpec } from './expert/spec.js';
import type { Frames, Task, Variant } from './task.js';

/** A task as far as the rules look at it: with its robot, and complete variants. */
export type RuledTask = Omit<Task, 'model' | 'control_rate_hz'>;

/**
 * Checks names, ranges and what belongs together; what the model has is checked where it is loaded (`World.create`).
 * @throws ConfigError for the first rule that the task breaks: a joint or frame that is not there, a joint, variant, stage
 * or camera that is listed twice, a frame that is not of one kind in every variant, a reversed range, a feature that
 * lacks a key or has one too many, a demonstrator that `checkDemonstrator` refuses or whose grips exceed joint limits
 */
export function checkTaskRules(task: RuledTask): void {
  const { file, robot, frames, variants, action_joints, observation, stages, cameras, demonstrator } = task;
  const { images } = task;
  checkJoints(action_joints, robot, 'action_joints', file);
  for (const [section, entries] of Object.entries({ variants, stages, cameras }))
    checkUnique(
      entries.map(({ name }) => name),
      (i) => `${section}.${i}.name`,
      file,
    );
  variants.forEach((variant, i) => checkVariant(variant, frames, `variants.${i}`, file));
  checkPlacements(task);
  observation.forEach((feature, i) => checkFeature(feature, task, `observation.${i}`));
  images.forEach((image, i) => checkImage(image, task, `images.${i}`));
  if (demonstrator === undefined) return;
  checkDemonstrator(demonstrator, { frames, action_joints, file });
  for (const [name, hand] of Object.entries(demonstrator.hands))
    checkGrips(hand, robot, `demonstrator.hands.${name}`, file);
}

function checkUnique(names: readonly string[], keyOf: (index: number) => string, file: string): void {
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) throw new ConfigError(file, keyOf(i), `${name} is listed twice`);
  });
}

function checkJoints(names: readonly string[], { joints }: RobotProfile, key: string, file: string): void {
  const known = joints.map(({ name }) => name);
  names.forEach((name, i) => requireKnownName('joint', name, known, `${key}.${i}`, file));
  checkUnique(names, (i) => `${key}.${i}`, file);
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

function checkPlacements({ reset, frames, file }: RuledTask): void {
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
function checkFeature(feature: ObservationFeature, { frames, robot, file }: RuledTask, key: string): void {
  const { feature: kind, ...given } = feature;
  const needed = keysOfFeature(kind);
  for (const name of needed) {
    if (!(name in given)) throw new ConfigError(file, key, `${kind} needs ${name}`);
  }
  for (const name of Object.keys(given)) {
    if (!needed.includes(name))
      throw new ConfigError(file, `${key}.${name}`, `${kind} takes ${needed.join(' and ')} only`);
  }
  if ('joints' in feature) checkJoints(feature.joints, robot, `${key}.joints`, file);
  for (const name of observedFrames([feature])) requireFrame(name, frames, key, file);
  if (kind === 'twist' && 'frame' in feature && !isBody(frames[feature.frame]))
    throw new ConfigError(file, key, `twist is known of bodies only; ${feature.frame} is a site`);
}

/** Camera and place in the observation go by name, so a camera is seen once. */
function checkImage(
  { camera, crop, range_m, encoding }: ImageSpec,
  { cameras, images, file }: RuledTask,
  key: string,
): void {
  const known = cameras.map(({ name }) => name);
  requireKnownName('camera', camera, known, `${key}.camera`, file);
  if (images.filter((other) => other.camera === camera).length > 1)
    throw new ConfigError(file, `${key}.camera`, `${camera} is listed twice`);
  const [left, top, right, bottom] = crop;
  if (left >= right || top >= bottom)
    throw new ConfigError(file, `${key}.crop`, `[${crop.join(', ')}] is empty: left, top, right, bottom`);
  if (range_m === undefined) return;
  if (range_m[0] >= range_m[1])
    throw new ConfigError(file, `${key}.range_m`, `${range_m[0]} is not below ${range_m[1]}`);
  if (encoding !== 'mono8') throw new ConfigError(file, `${key}.encoding`, 'depth is shown in mono8');
}

function keysOfFeature(kind: ObservationFeature['feature']): readonly string[] {
  if (kind === 'joint_position' || kind === 'joint_velocity') return ['joints'];
  return kind === 'position_in' ? ['frame', 'reference'] : ['frame'];
}

/** The safety node would cut such a grip off, and the demonstrations would differ from what the file says. */
function checkGrips({ open, closed, grips }: HandSpec, robot: RobotProfile, key: string, file: string): void {
  const poses = {
    open,
    closed,
    ...Object.fromEntries(Object.entries(grips).map(([k, v]) => [`grips.${k}`, v])),
  };
  for (const [pose, positions] of Object.entries(poses)) {
    for (const { name, lower, upper } of robot.joints) {
      const position = Object.hasOwn(positions, name) ? positions[name] : lower;
      if (position < lower || position > upper)
        throw new ConfigError(
          file,
          `${key}.${pose}.${name}`,
          `${position} is outside the limits [${lower}, ${upper}] rad in ${robot.file}`,
        );
    }
  }
}

function requireFrame(name: string, frames: Frames, key: string, file: string): void {
  requireKnownName('frame', name, Object.keys(frames), key, file);
}
