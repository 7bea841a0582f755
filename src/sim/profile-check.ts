/** Whether a robot profile and a compiled model speak of the same robot. */
import { ConfigError } from '../config/config-error.js';
import { suggestion } from '../config/nearest.js';
import type { JointSpec, RobotProfile } from '../robot/profile.js';
import { modelNames } from './model-names.js';
import type { ObjectKind, Physics } from './mujoco.js';

/** rad or m: limits that differ by less are the same, written with fewer digits */
const tolerance = 1e-3;

type Kind = Exclude<ObjectKind, 'actuator'>;

type Problem = { readonly key: string; readonly problem: string };

/**
 * Compares a profile with the model that is simulated: joints, coupled joints, cameras, frames (sites) and the bodies of
 * links and palms must be there, and the profile's limits within the model's.
 * @param modelFile the model's file, for the error
 * @throws ConfigError with the profile's file, naming everything that does not fit
 */
export function checkProfileAgainstModel(profile: RobotProfile, physics: Physics, modelFile: string): void {
  const problems = [...missingNames(profile, physics), ...widerLimits(profile, physics)];
  const [first] = problems;
  if (first === undefined) return;
  const does = `does not fit the model ${modelFile}`;
  if (problems.length === 1) throw new ConfigError(profile.file, first.key, `${does}: ${first.problem}`);
  const list = problems.map(({ key, problem }) => `\n  ${key}: ${problem}`);
  throw new ConfigError(profile.file, '', `${does}:${list.join('')}`);
}

function missingNames(profile: RobotProfile, physics: Physics): Problem[] {
  const { joints, coupled_joints, frames, cameras, hands } = profile;
  const found = (kind: Kind, key: string, name: string): Problem[] => missing(physics, kind, key, name);
  return [
    ...joints.flatMap(({ name }) => found('joint', `joints.${name}`, name)),
    ...coupled_joints.flatMap(({ name }) => found('joint', `coupled_joints.${name}`, name)),
    ...frames.flatMap(({ name, link }) => [
      ...found('site', `frames.${name}`, name),
      ...found('body', `frames.${name}.link`, link),
    ]),
    ...cameras.flatMap(({ name, link }) => [
      ...found('camera', `cameras.${name}`, name),
      ...found('body', `cameras.${name}.link`, link),
    ]),
    ...hands.flatMap(({ name, palm }) => found('body', `hands.${name}.palm`, palm)),
  ];
}

function missing(physics: Physics, kind: Kind, key: string, name: string): Problem[] {
  const names = modelNames(physics, kind);
  if (names.includes(name)) return [];
  return [{ key, problem: `it has no ${kind} ${name}${suggestion(name, names)}` }];
}

function widerLimits(profile: RobotProfile, physics: Physics): Problem[] {
  return profile.joints.flatMap((joint) => widerLimit(joint, physics));
}

function widerLimit({ name, lower, upper }: JointSpec, physics: Physics): Problem[] {
  const { model } = physics;
  const id = modelNames(physics, 'joint').indexOf(name);
  if (id < 0 || !isLimited(model, id)) return [];
  const [least, greatest] = (model.jnt_range as Float64Array).subarray(2 * id, 2 * id + 2);
  if (lower >= least - tolerance && upper <= greatest + tolerance) return [];
  return [
    {
      key: `joints.${name}`,
      problem: `limits [${lower}, ${upper}] are wider than the model's [${least}, ${greatest}]`,
    },
  ];
}

/** The library has no view of `jnt_limited` as an array. */
function isLimited(model: Physics['model'], joint: number): boolean {
  const accessor = model.jnt(joint);
  const limited = Boolean(accessor.limited);
  accessor.delete();
  return limited;
}
