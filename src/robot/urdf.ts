/** The kinematics of a URDF: links and joints, without shapes, masses and transmissions. */
import { readFileSync } from 'node:fs';
import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml';
import { ConfigError } from '../config/config-error.js';
import { suggestion } from '../config/nearest.js';
import type { Pose, Vector3 } from './pose.js';
import { quaternionOfRpy } from './rotation.js';

const movable = ['revolute', 'continuous', 'prismatic'] as const;
const jointTypes = [...movable, 'fixed', 'floating', 'planar'] as const;
export type UrdfJointType = (typeof jointTypes)[number];

/** A joint that follows another: position = multiplier * position of `joint` + offset. */
export type Mimic = { readonly joint: string; readonly multiplier: number; readonly offset: number };

export type UrdfJoint = {
  readonly name: string;
  readonly type: UrdfJointType;
  readonly parent: string;
  readonly child: string;
  /** pose of the joint's frame, which is the child's at position 0, in the parent's */
  readonly origin: Pose;
  /** unit vector in the joint's frame */
  readonly axis: Vector3;
  readonly mimic?: Mimic;
};

export type Urdf = {
  readonly file: string;
  /** the file as it is */
  readonly text: string;
  readonly name: string;
  readonly root: string;
  readonly links: readonly string[];
  /** parents before their children */
  readonly joints: readonly UrdfJoint[];
};

/** Whether a joint has one degree of freedom. */
export function isMovable({ type }: UrdfJoint): boolean {
  return (movable as readonly string[]).includes(type);
}

/**
 * Reads a URDF file.
 * @throws ConfigError naming line or key if it is no XML, no URDF, names a link that is not there, or its joints do not
 * make one tree
 */
export function readUrdf(file: string): Urdf {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, '', `cannot be read: ${(error as Error).message}`);
  }
  return parseUrdf(text, file);
}

/** The URDF in `text`. @param file where it came from, for errors, as `readUrdf` */
export function parseUrdf(text: string, file: string): Urdf {
  const robot = rootElement(text, file);
  const links = children(robot, 'link').map((link) => required(link, 'name', 'link', file));
  const joints = children(robot, 'joint').map((joint) => readJoint(joint, file));
  for (const [kind, names] of [
    ['link', links],
    ['joint', joints.map(({ name }) => name)],
  ] as const)
    names.forEach((name, i) => {
      if (names.indexOf(name) < i) throw new ConfigError(file, `${kind} ${name}`, 'is defined twice');
    });
  checkNames(links, joints, file);
  const { root, ordered } = orderTree(links, joints, file);
  return { file, text, name: robot.attributes['name'] ?? '', root, links, joints: ordered };
}

function rootElement(text: string, file: string): XmlElement {
  let root: XmlElement | null;
  try {
    ({ root } = parseXml(text));
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new ConfigError(file, `line ${error.line}`, error.message.split(' (line')[0]);
  }
  if (root?.name !== 'robot')
    throw new ConfigError(file, root?.name ?? '', 'is no URDF: expected the element <robot>');
  return root;
}

function children(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && child.name === name,
  );
}

function readJoint(element: XmlElement, file: string): UrdfJoint {
  const name = required(element, 'name', 'joint', file);
  const key = `joint ${name}`;
  const type = required(element, 'type', key, file);
  if (!isJointType(type))
    throw new ConfigError(file, key, `type ${type} is none of ${jointTypes.join(', ')}`);
  const end = (tag: string): string => {
    const child = children(element, tag).at(0);
    if (child === undefined) throw new ConfigError(file, key, `has no <${tag}>`);
    return required(child, 'link', `${key}: ${tag}`, file);
  };
  const origin = children(element, 'origin').at(0);
  const [mimic] = children(element, 'mimic');
  return {
    name,
    type,
    parent: end('parent'),
    child: end('child'),
    origin: {
      position: vector(origin?.attributes['xyz'], [0, 0, 0], `${key}: origin xyz`, file),
      orientation: quaternionOfRpy(vector(origin?.attributes['rpy'], [0, 0, 0], `${key}: origin rpy`, file)),
    },
    axis: axisOf(element, key, file),
    ...(mimic === undefined ? {} : { mimic: readMimic(mimic, key, file) }),
  };
}

function isJointType(type: string): type is UrdfJointType {
  return (jointTypes as readonly string[]).includes(type);
}

function axisOf(element: XmlElement, key: string, file: string): Vector3 {
  const given = children(element, 'axis').at(0)?.attributes['xyz'];
  const [x, y, z] = vector(given, [1, 0, 0], `${key}: axis`, file);
  const length = Math.hypot(x, y, z);
  if (length === 0) throw new ConfigError(file, `${key}: axis`, 'has length 0');
  return [x / length, y / length, z / length];
}

function readMimic(element: XmlElement, key: string, file: string): Mimic {
  const number = (name: string, missing: number): number =>
    numbers(element.attributes[name] ?? String(missing), 1, `${key}: mimic ${name}`, file)[0];
  return {
    joint: required(element, 'joint', `${key}: mimic`, file),
    multiplier: number('multiplier', 1),
    offset: number('offset', 0),
  };
}

function required(element: XmlElement, attribute: string, key: string, file: string): string {
  const value = element.attributes[attribute];
  if (value === undefined || value === '')
    throw new ConfigError(file, key, `<${element.name}> has no ${attribute}`);
  return value;
}

function vector(text: string | undefined, missing: Vector3, key: string, file: string): Vector3 {
  if (text === undefined) return missing;
  const [x, y, z] = numbers(text, 3, key, file);
  return [x, y, z];
}

function numbers(text: string, count: number, key: string, file: string): number[] {
  const words = text.trim().split(/\s+/);
  const values = words.map(Number);
  if (values.length === count && values.every(Number.isFinite)) return values;
  throw new ConfigError(file, key, `expected ${count} finite number${count > 1 ? 's' : ''}, got "${text}"`);
}

function checkNames(links: readonly string[], joints: readonly UrdfJoint[], file: string): void {
  const jointNames = joints.map(({ name }) => name);
  for (const { name, parent, child, mimic } of joints) {
    const key = `joint ${name}`;
    for (const link of [parent, child])
      if (!links.includes(link))
        throw new ConfigError(file, key, `no link is called ${link}${suggestion(link, links)}`);
    if (mimic !== undefined && !jointNames.includes(mimic.joint))
      throw new ConfigError(
        file,
        key,
        `mimics ${mimic.joint}, which is no joint${suggestion(mimic.joint, jointNames)}`,
      );
  }
}

function orderTree(
  links: readonly string[],
  joints: readonly UrdfJoint[],
  file: string,
): { root: string; ordered: UrdfJoint[] } {
  const above = new Map<string, UrdfJoint>();
  for (const joint of joints) {
    const other = above.get(joint.child);
    if (other !== undefined)
      throw new ConfigError(
        file,
        `joint ${joint.name}`,
        `${joint.child} is already the child of ${other.name}`,
      );
    above.set(joint.child, joint);
  }
  const roots = links.filter((link) => !above.has(link));
  if (roots.length !== 1)
    throw new ConfigError(file, 'link', `expected one root link, found ${roots.join(', ') || 'none'}`);
  const ordered: UrdfJoint[] = [];
  const reached = [roots[0]];
  for (let i = 0; i < reached.length; i++)
    for (const joint of joints)
      if (joint.parent === reached[i]) {
        ordered.push(joint);
        reached.push(joint.child);
      }
  const lost = links.filter((link) => !reached.includes(link));
  if (lost.length > 0) throw new ConfigError(file, `link ${lost[0]}`, `is not connected to ${roots[0]}`);
  return { root: roots[0], ordered };
}
