/** What a robot profile must fulfil beyond its JSON Schema. */
import { ConfigError } from '../config/config-error.js';
import { suggestion } from '../config/nearest.js';
import type { ControllerEntry, ProfileFile } from './profile.js';

/** @throws ConfigError for the first rule that the profile breaks */
export function checkProfile(profile: ProfileFile, file: string): void {
  checkJoints(profile, file);
  checkCoupledJoints(profile, file);
  for (const section of ['frames', 'cameras', 'hands', 'controllers'] as const)
    checkUnique(section, profile[section], file);
  checkTransformFrames(profile, file);
  checkHands(profile, file);
  if (profile.controllers.length > 0) checkControllers(profile, file);
}

function checkUnique(section: string, entries: readonly { readonly name: string }[], file: string): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (seen.has(name)) throw new ConfigError(file, `${section}.${name}`, 'is defined twice');
    seen.add(name);
  }
}

function checkJoints({ joints }: ProfileFile, file: string): void {
  checkUnique('joints', joints, file);
  for (const { name, lower, upper, home } of joints) {
    const key = `joints.${name}`;
    if (!(lower < upper)) throw new ConfigError(file, key, `lower ${lower} is not below upper ${upper}`);
    if (home < lower || home > upper)
      throw new ConfigError(file, `${key}.home`, `${home} is outside the limits [${lower}, ${upper}] rad`);
  }
}

function checkCoupledJoints({ joints, coupled_joints }: ProfileFile, file: string): void {
  checkUnique('coupled_joints', coupled_joints, file);
  const actuated = joints.map(({ name }) => name);
  for (const { name, follows } of coupled_joints) {
    const key = `coupled_joints.${name}`;
    if (actuated.includes(name)) throw new ConfigError(file, key, 'is an actuated joint as well');
    if (!actuated.includes(follows))
      throw new ConfigError(file, key, `follows unknown joint ${follows}${suggestion(follows, actuated)}`);
  }
}

/** One TF frame has one place: frames and cameras may not share one. */
function checkTransformFrames({ frames, cameras }: ProfileFile, file: string): void {
  const named = [
    ...frames.map((entry) => ({ key: `frames.${entry.name}`, name: entry.frame ?? `${entry.name}_frame` })),
    ...cameras.map((entry) => ({
      key: `cameras.${entry.name}`,
      name: entry.frame ?? `${entry.name}_optical_frame`,
    })),
  ];
  for (const [i, { key, name }] of named.entries()) {
    const first = named.findIndex((other) => other.name === name);
    if (first < i)
      throw new ConfigError(file, key, `TF frame ${name} is already that of ${named[first].key}`);
  }
}

function checkHands({ hands, joints, frames }: ProfileFile, file: string): void {
  const groups = [...new Set(joints.map(({ group }) => group))];
  const frameNames = frames.map(({ name }) => name);
  for (const { name, group, arm, grasp } of hands) {
    const key = `hands.${name}`;
    for (const [field, value] of Object.entries({ group, arm }))
      if (!groups.includes(value))
        throw new ConfigError(
          file,
          `${key}.${field}`,
          `no joint is of group ${value}${suggestion(value, groups)}`,
        );
    if (grasp !== undefined && !frameNames.includes(grasp))
      throw new ConfigError(
        file,
        `${key}.grasp`,
        `no frame is called ${grasp}${suggestion(grasp, frameNames)}`,
      );
  }
}

function checkControllers({ controllers, joints }: ProfileFile, file: string): void {
  const names = joints.map(({ name }) => name);
  const groups = [...new Set(joints.map(({ group }) => group))];
  const topics = new Map<string, string>();
  const driver = new Map<string, string>();
  for (const controller of controllers) {
    const key = `controllers.${controller.name}`;
    checkMembers(controller, names, groups, file);
    const other = topics.get(controller.topic);
    if (other !== undefined)
      throw new ConfigError(file, `${key}.topic`, `${controller.topic} is already that of ${other}`);
    topics.set(controller.topic, controller.name);
    for (const { name, group } of joints) {
      if (!controller.joints.includes(name) && !controller.groups.includes(group)) continue;
      const first = driver.get(name);
      if (first !== undefined)
        throw new ConfigError(file, key, `joint ${name} is already driven by controller ${first}`);
      driver.set(name, controller.name);
    }
  }
  const idle = names.filter((name) => !driver.has(name));
  if (idle.length > 0) throw new ConfigError(file, 'controllers', `no controller drives ${idle.join(', ')}`);
}

function checkMembers(
  { name, joints, groups }: ControllerEntry,
  knownJoints: readonly string[],
  knownGroups: readonly string[],
  file: string,
): void {
  const key = `controllers.${name}`;
  if (joints.length + groups.length === 0)
    throw new ConfigError(file, key, 'drives nothing: expected groups or joints');
  for (const joint of joints)
    if (!knownJoints.includes(joint))
      throw new ConfigError(
        file,
        `${key}.joints`,
        `no joint is called ${joint}${suggestion(joint, knownJoints)}`,
      );
  for (const group of groups)
    if (!knownGroups.includes(group))
      throw new ConfigError(
        file,
        `${key}.groups`,
        `no joint is of group ${group}${suggestion(group, knownGroups)}`,
      );
}
