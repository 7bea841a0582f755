/** Reading SDF in tests. */
import { parseXml, XmlElement } from '@rgrove/parse-xml';
import type { Quaternion, Vector3 } from '../../src/robot/pose.js';

export function rootOf(text: string): XmlElement {
  const { root } = parseXml(text);
  if (root === null) throw new Error('the document is empty');
  return root;
}

/** Elements of a name right below another, or anywhere below with `deep`. */
export function elements(parent: XmlElement, name: string, deep = false): XmlElement[] {
  const children = parent.children.filter((child) => child instanceof XmlElement);
  return children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...(deep ? elements(child, name, true) : []),
  ]);
}

/** The only element at a path of names. */
export function at(parent: XmlElement, ...path: string[]): XmlElement {
  return path.reduce((element, name) => {
    const found = elements(element, name);
    if (found.length !== 1) throw new Error(`<${element.name}> has ${found.length} elements <${name}>`);
    return found[0];
  }, parent);
}

export function named(parent: XmlElement, kind: string, name: string): XmlElement {
  const found = elements(parent, kind).filter(({ attributes }) => attributes['name'] === name);
  if (found.length !== 1) throw new Error(`${found.length} elements <${kind}> are called ${name}`);
  return found[0];
}

export function numbersIn(element: XmlElement): number[] {
  return element.text.trim().split(/\s+/).map(Number);
}

/** A `<pose>` with fixed-axis roll, pitch, yaw or with a quaternion. */
export function poseIn(element: XmlElement): { position: Vector3; orientation: Quaternion } {
  const [x, y, z, a = 0, b = 0, c = 0, d = 0] = numbersIn(element);
  const position = [x, y, z] as const;
  if (element.attributes['rotation_format'] === 'quat_xyzw') return { position, orientation: [a, b, c, d] };
  const [cr, sr, cp, sp] = [Math.cos(a / 2), Math.sin(a / 2), Math.cos(b / 2), Math.sin(b / 2)];
  const [cy, sy] = [Math.cos(c / 2), Math.sin(c / 2)];
  const w = cr * cp * cy + sr * sp * sy;
  return {
    position,
    orientation: [sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy, cr * cp * sy - sr * sp * cy, w],
  };
}
