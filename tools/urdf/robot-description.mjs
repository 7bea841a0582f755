/**
 * The URDF of a robot out of its compiled MuJoCo model: the same links, joints, limits and inertias, with primitive
 * shapes and a <ros2_control> block. What URDF cannot say (armature, gravity compensation, friction models, the
 * stiffness of the couplings) is left out.
 */
import { multiplyQuaternions, rollPitchYaw } from './rotation.mjs';

/**
 * @typedef {import('../../src/sim/mujoco.js').Physics} Physics
 * @typedef {import('../../src/robot/profile.js').RobotProfile} RobotProfile
 * @typedef {{parent: string, child: string, pos: number[], quat: number[]}} Fixed
 */

// mjtObj and mjtGeom of MuJoCo's C API.
const object = { body: 1, joint: 3, geom: 5, site: 6, camera: 7 };
const geom = { sphere: 2, capsule: 3, ellipsoid: 4, cylinder: 5, box: 6 };
const hinge = 3;

/** MuJoCo's geom groups in sim/models: 2 what one sees, 3 what collides. */
const groups = { 2: 'visual', 3: 'collision' };

/** A MuJoCo camera looks along -z with y up; an optical frame along z with y down (REP-103). */
const opticalTurn = [0, 1, 0, 0];

const number = (value) => String(Number(value.toFixed(9)) + 0);
const numbers = (values) => Array.from(values, number).join(' ');
const origin = (pos, quat) => `<origin xyz="${numbers(pos)}" rpy="${numbers(rollPitchYaw(quat))}"/>`;
const rows = (array, width, i) => Array.from(array.slice(width * i, width * (i + 1)));

/**
 * Writes the URDF. The root link is `world`, whose frame is the model's world frame (m, rad, kg; REP-103).
 * @param {Physics} physics
 * @param {RobotProfile} profile gives velocity limits, efforts, home poses and couplings
 * @returns {string}
 * @throws {Error} for a model whose joints are not hinges at their body's origin, one per body
 */
export function robotDescription({ mj, model }, profile) {
  const name = (kind, id) => mj.mj_id2name(model, object[kind], id);
  const bodies = Array.from({ length: model.nbody - 1 }, (_, i) => i + 1);
  const parts = [...materials({ model }), '  <link name="world"/>'];
  for (const body of bodies) parts.push(link({ model }, body, name('body', body)), jointOf(body));
  parts.push(
    ...frames({ model }, name).flatMap((frame) => [`  <link name="${frame.child}"/>`, fixed(frame)]),
  );
  parts.push(control(profile));
  return `<?xml version="1.0"?>\n${head}<robot name="${profile.name}">\n${parts.join('\n')}\n</robot>\n`;

  function jointOf(body) {
    const parent = name('body', model.body_parentid[body]);
    const place = { pos: rows(model.body_pos, 3, body), quat: rows(model.body_quat, 4, body) };
    const child = name('body', body);
    if (model.body_jntnum[body] === 0) return fixed({ parent, child, ...place });
    const id = model.body_jntadr[body];
    const joint = name('joint', id);
    const simple = model.jnt_type[id] === hinge && rows(model.jnt_pos, 3, id).every((value) => value === 0);
    if (model.body_jntnum[body] !== 1 || !simple)
      throw new Error(`${child}: expected one hinge at the body's origin`);
    return revolute({ model }, id, { joint, parent, child, ...place }, profile);
  }
}

const head = `<!-- Made by tools/urdf/generate.mjs from sim/models and robots/graft_humanoid.yaml: change those, not this file.
     Capsules are drawn as cylinders and ellipsoids as boxes of the same volume. -->
`;

function link({ model }, body, name) {
  const shapes = Array.from({ length: model.body_geomnum[body] }, (_, i) =>
    shape({ model }, model.body_geomadr[body] + i),
  );
  const [ixx, iyy, izz] = rows(model.body_inertia, 3, body).map(number);
  return [
    `  <link name="${name}">`,
    '    <inertial>',
    `      ${origin(rows(model.body_ipos, 3, body), rows(model.body_iquat, 4, body))}`,
    `      <mass value="${number(model.body_mass[body])}"/>`,
    `      <inertia ixx="${ixx}" ixy="0" ixz="0" iyy="${iyy}" iyz="0" izz="${izz}"/>`,
    '    </inertial>',
    ...shapes,
    '  </link>',
  ].join('\n');
}

function shape({ model }, id) {
  const kind = groups[model.geom_group[id]];
  if (kind === undefined) throw new Error(`geom ${id}: expected group 2 or 3`);
  const material = kind === 'visual' ? `<material name="${materialName(colour({ model }, id))}"/>` : '';
  const place = origin(rows(model.geom_pos, 3, id), rows(model.geom_quat, 4, id));
  const geometry = primitive(model.geom_type[id], rows(model.geom_size, 3, id));
  return `    <${kind}>${place}<geometry>${geometry}</geometry>${material}</${kind}>`;
}

function colour({ model }, id) {
  return numbers(rows(model.geom_rgba, 4, id).map((value) => Math.round(value * 100) / 100));
}

const materialName = (rgba) => `rgba_${rgba.replaceAll(' ', '_')}`;

/** One material per colour that is seen. */
function materials({ model }) {
  const seen = Array.from({ length: model.ngeom }, (_, id) => id).filter(
    (id) => groups[model.geom_group[id]] === 'visual',
  );
  const colours = new Set(seen.map((id) => colour({ model }, id)));
  return [...colours].map(
    (rgba) => `  <material name="${materialName(rgba)}"><color rgba="${rgba}"/></material>`,
  );
}

/** Sizes in MuJoCo are radii and half lengths, in URDF radii and whole lengths. */
function primitive(type, [a, b, c]) {
  switch (type) {
    case geom.sphere:
      return `<sphere radius="${number(a)}"/>`;
    case geom.capsule:
      return `<cylinder radius="${number(a)}" length="${number(2 * (a + b))}"/>`;
    case geom.cylinder:
      return `<cylinder radius="${number(a)}" length="${number(2 * b)}"/>`;
    case geom.box:
      return `<box size="${numbers([2 * a, 2 * b, 2 * c])}"/>`;
    case geom.ellipsoid: {
      const side = Math.cbrt((4 / 3) * Math.PI);
      return `<box size="${numbers([side * a, side * b, side * c])}"/>`;
    }
    default:
      throw new Error(`geom type ${type} has no URDF primitive`);
  }
}

function fixed({ parent, child, pos, quat }) {
  return [
    `  <joint name="${child.replace(/_(link|frame)$/, '')}_fixed_joint" type="fixed">`,
    `    ${origin(pos, quat)}`,
    `    <parent link="${parent}"/>`,
    `    <child link="${child}"/>`,
    '  </joint>',
  ].join('\n');
}

function revolute({ model }, id, { joint, parent, child, pos, quat }, profile) {
  const coupled = profile.coupled_joints.find((candidate) => candidate.name === joint);
  const driver = profile.joints.find((candidate) => candidate.name === (coupled?.follows ?? joint));
  if (driver === undefined) throw new Error(`${joint} is not in the profile of ${profile.name}`);
  const [lower, upper] = rows(model.jnt_range, 2, id).map(number);
  const velocity = number(driver.velocity * Math.abs(coupled?.ratio ?? 1));
  const mimic =
    coupled && `    <mimic joint="${driver.name}" multiplier="${number(coupled.ratio)}" offset="0"/>`;
  return [
    `  <joint name="${joint}" type="revolute">`,
    `    ${origin(pos, quat)}`,
    `    <parent link="${parent}"/>`,
    `    <child link="${child}"/>`,
    `    <axis xyz="${numbers(rows(model.jnt_axis, 3, id))}"/>`,
    `    <limit lower="${lower}" upper="${upper}" effort="${number(driver.effort)}" velocity="${velocity}"/>`,
    `    <dynamics damping="${number(model.dof_damping[model.jnt_dofadr[id]])}" friction="0"/>`,
    ...(mimic === undefined ? [] : [mimic]),
    '  </joint>',
  ].join('\n');
}

/** Frames that topics speak of: grasp sites, and `<camera>_optical_frame` of the cameras on the robot. @returns {Fixed[]} */
function frames({ model }, name) {
  const sites = Array.from({ length: model.nsite }, (_, i) => ({
    parent: name('body', model.site_bodyid[i]),
    child: `${name('site', i)}_frame`,
    pos: rows(model.site_pos, 3, i),
    quat: rows(model.site_quat, 4, i),
  }));
  const cameras = Array.from({ length: model.ncam }, (_, i) => ({
    parent: name('body', model.cam_bodyid[i]),
    child: `${name('camera', i)}_optical_frame`,
    pos: rows(model.cam_pos, 3, i),
    quat: multiplyQuaternions(rows(model.cam_quat, 4, i), opticalTurn),
  }));
  return [...sites, ...cameras];
}

/** Position commands for the actuated joints; coupled joints follow by <mimic>, which ros2_control reads from the joint. */
function control({ name, joints, coupled_joints }) {
  const actuated = joints.map((joint) =>
    [
      `    <joint name="${joint.name}">`,
      '      <command_interface name="position">',
      `        <param name="min">${number(joint.lower)}</param>`,
      `        <param name="max">${number(joint.upper)}</param>`,
      '      </command_interface>',
      `      <state_interface name="position"><param name="initial_value">${number(joint.home)}</param></state_interface>`,
      '      <state_interface name="velocity"/>',
      '    </joint>',
    ].join('\n'),
  );
  const passive = coupled_joints.map(
    (joint) =>
      `    <joint name="${joint.name}"><state_interface name="position"/><state_interface name="velocity"/></joint>`,
  );
  return [
    `  <ros2_control name="${name}" type="system">`,
    '    <!-- Stands in for hardware; a robot puts the plugin of its own driver here. -->',
    '    <hardware><plugin>mock_components/GenericSystem</plugin></hardware>',
    ...actuated,
    ...passive,
    '  </ros2_control>',
  ].join('\n');
}
