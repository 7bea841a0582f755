/** Collision shapes of URDF links, which MuJoCo puts into the group that is drawn. */
import type { MjSpec, MjsBody, MjsGeom } from '@mujoco/mujoco';
import type { Mujoco } from './library.js';
import { childrenNamed, type XmlSource } from './xml-source.js';

/** Group of shapes that are not drawn, as MuJoCo Menagerie has it. */
const hiddenGroup = 3;
/** Group that MuJoCo's URDF reader gives to visual shapes. */
const visualGroup = 1;

/** Names of the links of all URDFs among `sources`. */
export function urdfLinks(sources: readonly XmlSource[]): string[] {
  return sources
    .filter(({ root }) => root.name === 'robot')
    .flatMap(({ root }) => childrenNamed(root, 'link').map((link) => link.attributes['name'] ?? ''));
}

/** Hides the collision shapes of those links that have visual shapes as well. A link's body may have a prefix. */
export function hideCollisionShapes(mj: Mujoco, spec: MjSpec, links: readonly string[]): void {
  if (links.length === 0) return;
  const kind = mj.mjtObj.mjOBJ_BODY;
  for (let element = mj.mjs_firstElement(spec, kind); element; element = mj.mjs_nextElement(spec, element)) {
    const name = mj.mjs_getName(element);
    const body = links.some((link) => name.endsWith(link)) ? mj.mjs_asBody(element) : undefined;
    if (body === undefined) continue;
    const geoms = geomsOf(mj, body);
    if (!geoms.some((geom) => geom.group === visualGroup && geom.contype === 0 && geom.conaffinity === 0))
      continue;
    for (const geom of geoms) if (geom.contype !== 0 && geom.group === 0) geom.group = hiddenGroup;
  }
}

function geomsOf(mj: Mujoco, body: MjsBody): MjsGeom[] {
  const geoms: MjsGeom[] = [];
  const kind = mj.mjtObj.mjOBJ_GEOM;
  for (
    let element = mj.mjs_firstChild(body, kind, 0);
    element;
    element = mj.mjs_nextChild(body, element, 0)
  ) {
    const geom = mj.mjs_asGeom(element);
    if (geom !== undefined) geoms.push(geom);
  }
  return geoms;
}
