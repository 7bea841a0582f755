/**
 * Gazebo's collide_bitmask out of MuJoCo's contype and conaffinity. MuJoCo lets two shapes touch when the contype of one
 * shares a bit with the conaffinity of the other, Gazebo when their masks share one. So every set of bodies of which each
 * may touch every other gets a bit. The robot's shapes have Gazebo's default, all bits: they touch whatever has any.
 */

/** Bits of a mask in Gazebo. */
const width = 16;

/**
 * @param {import('./sdf.mjs').Physics['model']} model
 * @param {readonly number[]} scene ids of the scene's shapes
 * @param {readonly number[]} robot ids of the robot's shapes
 * @returns {Map<number, number>} mask by id of a shape of the scene
 * @throws {Error} if 16 bits are too few
 */
export function collisionMasks(model, scene, robot) {
  const { geom_contype: type, geom_conaffinity: affinity } = model;
  const bodyOf = (id) => model.body_weldid[model.geom_bodyid[id]];
  const touch = (a, b) => ((type[a] & affinity[b]) | (type[b] & affinity[a])) !== 0;
  // Shapes of one rigid body never meet, so they may share a bit in any case.
  const mayShare = (a, b) => bodyOf(a) === bodyOf(b) || touch(a, b);
  const kind = (id) => `${type[id]} ${affinity[id]} ${bodyOf(id)}`;
  const kinds = new Map(scene.map((id) => [kind(id), { id, mask: 0 }]));
  const groups = [...kinds.values()];
  let bits = 0;
  const share = (members) => {
    if (bits === width) throw new Error(`the shapes need more than ${width} bits of collide_bitmask`);
    for (const member of members) member.mask |= 1 << bits;
    bits += 1;
  };
  for (const a of groups) {
    for (const b of groups) {
      if (bodyOf(a.id) === bodyOf(b.id) || !touch(a.id, b.id) || (a.mask & b.mask) !== 0) continue;
      const members = [a, b];
      for (const other of groups) if (members.every(({ id }) => mayShare(id, other.id))) members.push(other);
      share(members);
    }
    if (a.mask === 0 && robot.some((id) => touch(a.id, id))) share([a]);
  }
  return new Map(scene.map((id) => [id, kinds.get(kind(id)).mask]));
}
