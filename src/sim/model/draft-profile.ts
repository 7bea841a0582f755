/** A first robot profile out of a model: what the model says, and guesses for the rest, to be corrected by hand. */
import { relative, resolve } from 'node:path';
import { Document } from 'yaml';
import { ConfigError } from '../../config/config-error.js';
import { projectRoot } from '../../config/paths.js';
import type { CoupledJoint, Hand, JointSpec } from '../../robot/profile.js';
import { modelNames } from '../model-names.js';
import type { Physics } from './library.js';
import { disposePhysics, loadPhysics, type LoadOptions } from './load.js';
import { childrenNamed, elementsIn, readXml } from './xml-source.js';

/** Speed and effort (rad/s and N m, or m/s and N) of a joint for which the model gives none. */
const guess = { velocity: 3, effort: 20, handEffort: 1 };

export type DraftProfile = {
  readonly name: string;
  readonly model: string;
  readonly joints: readonly JointSpec[];
  readonly coupled_joints: readonly CoupledJoint[];
  readonly hands: readonly Hand[];
  /** what was guessed, one sentence a line */
  readonly guesses: readonly string[];
};

/**
 * Drafts the profile of a robot: its hinges and slides with limits, efforts (URDF, or the model's force limits), speeds
 * (URDF), homes (the reference pose, moved into the limits) and groups (guessed from names), joints that follow others
 * and hands.
 * @param name name of the robot
 * @throws ConfigError as `loadPhysics`, and if no joint of the model can be actuated
 */
export async function draftProfile(
  file: string,
  name: string,
  options: LoadOptions = {},
): Promise<DraftProfile> {
  const physics = await loadPhysics(file, options);
  try {
    const rates = velocitiesOf(file);
    const coupled = coupledJoints(physics);
    const followers = new Set(coupled.map((joint) => joint.name));
    const guesses: string[] = [];
    const joints = movableJoints(physics)
      .filter((joint) => !followers.has(joint.name))
      .map((joint) => draftJoint(physics, joint, rates, guesses));
    if (joints.length === 0)
      throw new ConfigError(file, '', 'has no named hinge or slide that could be actuated');
    const hands = draftHands(physics, joints);
    return { name, model: modelKey(file), joints, coupled_joints: coupled, hands, guesses };
  } finally {
    disposePhysics(physics);
  }
}

/** The draft as the text of a profile file, with its guesses as comments. */
export function profileText({ guesses, ...profile }: DraftProfile): string {
  const document = new Document(profile);
  const advice = ' Drafted from the model. Check every number against the robot before it moves';
  document.commentBefore =
    guesses.length === 0
      ? `${advice}.`
      : [`${advice}; guessed are:`, ...guesses.map((line) => ` - ${line}`)].join('\n');
  return document.toString({ lineWidth: 110 });
}

type Movable = { readonly id: number; readonly name: string; readonly slide: boolean };

function movableJoints(physics: Physics): Movable[] {
  const { mj, model } = physics;
  const types = model.jnt_type as Int32Array;
  const { mjJNT_HINGE, mjJNT_SLIDE } = mj.mjtJoint;
  return modelNames(physics, 'joint')
    .map((name, id) => ({ id, name, slide: types[id] === mjJNT_SLIDE.value }))
    .filter(({ id, name, slide }) => !name.startsWith('#') && (slide || types[id] === mjJNT_HINGE.value));
}

function draftJoint(
  { model }: Physics,
  { id, name, slide }: Movable,
  rates: ReadonlyMap<string, number>,
  guesses: string[],
): JointSpec {
  const group = groupOf(name);
  const range = limitsOf(model.jnt_range as Float64Array, id);
  const [lower, upper] = range ?? (slide ? [-1, 1] : [-Math.PI, Math.PI]);
  const force = limitsOf(model.jnt_actfrcrange as Float64Array, id)?.[1];
  const velocity = rates.get(name);
  if (range === undefined) guesses.push(`limits of ${name}`);
  if (force === undefined) guesses.push(`effort of ${name}`);
  if (velocity === undefined) guesses.push(`velocity of ${name}`);
  const reference = (model.qpos0 as Float64Array)[(model.jnt_qposadr as Int32Array)[id]];
  // Limits are rounded inwards, so that the profile's are never wider than the model's.
  const least = Math.ceil(lower * 1e4 - 1e-6) / 1e4 + 0;
  const greatest = Math.floor(upper * 1e4 + 1e-6) / 1e4 + 0;
  return {
    name,
    group,
    lower: least,
    upper: greatest,
    velocity: velocity ?? guess.velocity,
    effort: force ?? (group.endsWith('hand') ? guess.handEffort : guess.effort),
    home: Math.min(greatest, Math.max(least, reference)),
  };
}

/** A joint's range, or undefined where it is 0 to 0: the binding cannot read whether a joint is limited. */
function limitsOf(range: Float64Array, id: number): [number, number] | undefined {
  const [lower, upper] = range.subarray(2 * id, 2 * id + 2);
  return lower < upper ? [lower, upper] : undefined;
}

/** Joints that an equality constraint ties to another one (that is how MuJoCo reads `mimic`). */
function coupledJoints({ mj, model }: Physics): CoupledJoint[] {
  const types = model.eq_type as Int32Array;
  const followed = model.eq_obj2id as Int32Array;
  const data = model.eq_data as Float64Array;
  const width = types.length === 0 ? 0 : data.length / types.length;
  const jointName = (id: number): string => mj.mj_id2name(model, mj.mjtObj.mjOBJ_JOINT.value, id);
  return Array.from(types, (type, i) => ({ type, i }))
    .filter(({ type, i }) => type === mj.mjtEq.mjEQ_JOINT.value && followed[i] >= 0)
    .map(({ i }) => ({
      name: jointName((model.eq_obj1id as Int32Array)[i]),
      follows: jointName(followed[i]),
      ratio: data[width * i + 1],
    }));
}

/** Speed limits, rad/s or m/s, by joint; a URDF has them, MJCF does not. */
function velocitiesOf(file: string): Map<string, number> {
  const { root } = readXml(resolve(file));
  const rates = new Map<string, number>();
  for (const element of elementsIn(root)) {
    if (element.name !== 'joint') continue;
    const velocity = Number(childrenNamed(element, 'limit')[0]?.attributes['velocity']);
    if (velocity > 0) rates.set(element.attributes['name'] ?? '', velocity);
  }
  return rates;
}

const parts: readonly (readonly [part: string, names: RegExp])[] = [
  ['hand', /thumb|index|middle|ring_|pinky|little|finger|hand_|knuckle|grip/],
  ['arm', /shoulder|elbow|wrist|arm/],
  ['leg', /hip|knee|ankle|leg|thigh|shank|foot/],
  ['torso', /waist|torso|spine|chest/],
  ['head', /head|neck/],
];

/** Group of a joint, guessed from its name: left_hand, right_arm, torso, ...; `body` where nothing fits. */
function groupOf(name: string): string {
  const lower = name.toLowerCase();
  const part = parts.find(([, names]) => names.test(lower))?.[0] ?? 'body';
  if (part === 'torso' || part === 'head') return part;
  const side = /(^|_)(left|l|lh)(_|$)/.test(lower)
    ? 'left_'
    : /(^|_)(right|r|rh)(_|$)/.test(lower)
      ? 'right_'
      : '';
  return `${side}${part}`;
}

/** A hand for each pair of a hand's and an arm's group; its palm is the last body above all its fingers. */
function draftHands({ mj, model }: Physics, joints: readonly JointSpec[]): Hand[] {
  const parents = model.body_parentid as Int32Array;
  const bodies = model.jnt_bodyid as Int32Array;
  const above = (body: number): number[] => (body === 0 ? [0] : [body, ...above(parents[body])]);
  const palmOf = (group: string): string => {
    const chains = joints
      .filter((joint) => joint.group === group)
      .map(({ name }) => above(parents[bodies[mj.mj_name2id(model, mj.mjtObj.mjOBJ_JOINT.value, name)]]));
    const shared = chains[0].find((body) => chains.every((chain) => chain.includes(body))) ?? 0;
    return mj.mj_id2name(model, mj.mjtObj.mjOBJ_BODY.value, shared);
  };
  const groups = new Set(joints.map(({ group }) => group));
  return [...groups]
    .filter((group) => group.endsWith('hand') && groups.has(group.replace('hand', 'arm')))
    .map((group) => ({ name: group, palm: palmOf(group), group, arm: group.replace('hand', 'arm') }));
}

/** The model's path as the profile names it: from the project's root where the file is in it. */
function modelKey(file: string): string {
  const inside = relative(projectRoot, resolve(file));
  return inside.startsWith('..') ? resolve(file) : inside;
}
