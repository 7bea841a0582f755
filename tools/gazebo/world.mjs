/**
 * A Gazebo world out of a task's compiled MuJoCo scene: everything but the robot, with the same poses, sizes, masses,
 * inertias, friction, lights and cameras. What SDF or Gazebo's physics cannot say (soft contacts, torsional and rolling
 * friction, geom priorities) is left out.
 */
import { collisionMasks } from './collision-masks.mjs';
import {
  cameraPose,
  cameraSensor,
  geometry,
  indent,
  joint,
  light,
  nameOf,
  number,
  numbers,
  pose,
  rows,
} from './sdf.mjs';

/**
 * @typedef {import('./sdf.mjs').Physics} Physics
 * @typedef {import('../../src/sim/task.js').Task} Task
 */

/** Gazebo's step, s: the control period of ros2_control is a whole number of them. */
const step = 0.001;
/** Rate of `<frame>/odometry`, Hz, as of `joint_states`. */
const odometryRate = 250;

const systems = [
  ['gz-sim-physics-system', 'gz::sim::systems::Physics', ''],
  ['gz-sim-user-commands-system', 'gz::sim::systems::UserCommands', ''],
  ['gz-sim-scene-broadcaster-system', 'gz::sim::systems::SceneBroadcaster', ''],
  ['gz-sim-sensors-system', 'gz::sim::systems::Sensors', '<render_engine>ogre2</render_engine>'],
];

/**
 * Writes the SDF of one task.
 * @param {Physics} physics the task's scene
 * @param {Task} task gives the name, the tracked frames and the cameras
 * @param {ReadonlySet<string>} robotBodies names of the bodies that the URDF has
 * @returns {string} a world named like the task; models are named like the MJCF's bodies
 * @throws {Error} for a tracked body that is no model of its own, and for ball joints, meshes and height fields
 */
export function worldDescription(physics, task, robotBodies) {
  const { model } = physics;
  const name = (kind, id, other) => nameOf(physics, kind, id, other);
  const masks = sceneMasks(model, (body) => robotBodies.has(name('body', body)));
  const scene = { model, name, masks };
  const bodies = Array.from({ length: model.nbody }, (_, i) => i);
  const roots = bodies.filter(
    (id) => id > 0 && model.body_parentid[id] === 0 && !robotBodies.has(scene.name('body', id)),
  );
  const tracked = trackedBodies(task);
  for (const name of tracked) {
    if (!roots.some((id) => scene.name('body', id) === name))
      throw new Error(
        `${task.name}: frame of body ${name}: expected a body of the world that is not the robot's`,
      );
  }
  const parts = [
    ...header(model),
    ...lights(scene),
    ...ground(scene),
    ...roots.flatMap((root) => modelOf(scene, root, tracked)),
    ...sceneCameras(scene, task),
  ];
  return `<?xml version="1.0"?>\n${head}<sdf version="1.9">\n  <world name="${task.name}">\n${indent(parts, 4).join('\n')}\n  </world>\n</sdf>\n`;
}

const head =
  '<!-- Made by tools/gazebo/generate.mjs from sim/tasks and sim/models: change those, not this file. -->\n';

/** Bodies that some variant of the task tracks. */
function trackedBodies({ frames, variants }) {
  const specs = [frames, ...variants.map((variant) => variant.frames)].flatMap(Object.values);
  return new Set(specs.flatMap((spec) => ('body' in spec ? [spec.body] : [])));
}

function header(model) {
  return [
    '<physics name="step" type="dart">',
    `  <max_step_size>${number(step)}</max_step_size>`,
    '  <real_time_factor>1</real_time_factor>',
    '</physics>',
    `<gravity>${numbers(model.opt.gravity)}</gravity>`,
    ...systems.map(([file, name, inner]) => `<plugin filename="${file}" name="${name}">${inner}</plugin>`),
    '<scene><ambient>0.35 0.35 0.35 1</ambient><background>0.8 0.85 0.9 1</background><shadows>true</shadows></scene>',
  ];
}

/** The first directional light casts shadows, as in graft's own images (MuJoCo's JavaScript cannot read `castshadow`). */
function lights({ model, name }) {
  const key = model.light_type.indexOf(light.directional);
  const kinds = { [light.spot]: 'spot', [light.directional]: 'directional', [light.point]: 'point' };
  return Array.from({ length: model.nlight }, (_, id) => [
    `<light name="${name('light', id, `light_${id}`)}" type="${kinds[model.light_type[id]]}">`,
    `  <pose>${numbers(rows(model.light_pos, 3, id))} 0 0 0</pose>`,
    `  <cast_shadows>${id === key}</cast_shadows>`,
    `  <diffuse>${singles(rows(model.light_diffuse, 3, id))} 1</diffuse>`,
    `  <direction>${singles(rows(model.light_dir, 3, id))}</direction>`,
    '</light>',
  ]).flat();
}

/** What MuJoCo keeps in single precision. */
const singles = (values) => numbers(values.map((value) => Number(value.toFixed(6))));

/** The geoms of the world itself, such as the floor. */
function ground(scene) {
  const shapes = shapesOf(scene, 0);
  if (shapes.length === 0) return [];
  return [
    '<model name="ground">',
    '  <static>true</static>',
    '  <link name="ground">',
    ...indent(shapes, 4),
    '  </link>',
    '</model>',
  ];
}

/** A body below the world with all that hangs on it. */
function modelOf(scene, root, tracked) {
  const { model } = scene;
  const name = scene.name('body', root);
  const links = subtree(model, root);
  const free = model.body_jntnum[root] === 1 && model.jnt_type[model.body_jntadr[root]] === joint.free;
  const moves = links.some((id) => model.body_jntnum[id] > 0);
  return [
    `<model name="${name}">`,
    ...(moves ? [] : ['  <static>true</static>']),
    `  ${pose(rows(model.body_pos, 3, root), rows(model.body_quat, 4, root))}`,
    ...links.flatMap((id) => indent(linkOf(scene, id, root), 2)),
    ...(moves && !free ? indent(jointOf(scene, root, 'world'), 2) : []),
    ...links
      .filter((id) => id !== root)
      .flatMap((id) => indent(jointOf(scene, id, scene.name('body', model.body_parentid[id])), 2)),
    ...(tracked.has(name) ? indent(odometry(name), 2) : []),
    '</model>',
  ];
}

function subtree(model, root) {
  const found = [root];
  for (let id = root + 1; id < model.nbody; id++) if (found.includes(model.body_parentid[id])) found.push(id);
  return found;
}

function linkOf(scene, id, root) {
  const { model } = scene;
  const parent = scene.name('body', model.body_parentid[id]);
  const place = pose(rows(model.body_pos, 3, id), rows(model.body_quat, 4, id));
  return [
    `<link name="${scene.name('body', id)}">`,
    ...(id === root ? [] : [`  ${place.replace('<pose', `<pose relative_to="${parent}"`)}`]),
    ...(model.body_mass[id] > 0 ? indent(inertial(model, id), 2) : []),
    ...indent(shapesOf(scene, id), 2),
    '</link>',
  ];
}

function inertial(model, id) {
  const [ixx, iyy, izz] = rows(model.body_inertia, 3, id).map(number);
  return [
    '<inertial>',
    `  ${pose(rows(model.body_ipos, 3, id), rows(model.body_iquat, 4, id))}`,
    `  <mass>${number(model.body_mass[id])}</mass>`,
    `  <inertia><ixx>${ixx}</ixx><iyy>${iyy}</iyy><izz>${izz}</izz><ixy>0</ixy><ixz>0</ixz><iyz>0</iyz></inertia>`,
    '</inertial>',
  ];
}

/** What is seen (groups 0 to 2, as in MuJoCo's own views) and what collides. */
function shapesOf({ model, name, masks }, body) {
  const ids = Array.from({ length: model.body_geomnum[body] }, (_, i) => model.body_geomadr[body] + i);
  return ids.flatMap((id) => {
    const label = name('geom', id, `geom_${id}`);
    const place = pose(rows(model.geom_pos, 3, id), rows(model.geom_quat, 4, id));
    const mask = masks.get(id);
    return [
      ...(mask === undefined ? [] : collision({ model, mask }, id, label, place)),
      ...(model.geom_group[id] <= 2 ? visual({ model }, id, label, place) : []),
    ];
  });
}

function collision({ model, mask }, id, label, place) {
  const mu = number(model.geom_friction[3 * id]);
  return [
    `<collision name="${label}_collision">`,
    `  ${place}`,
    `  ${geometry(model, id)}`,
    '  <surface>',
    `    <contact><collide_bitmask>${mask}</collide_bitmask></contact>`,
    `    <friction><ode><mu>${mu}</mu><mu2>${mu}</mu2></ode></friction>`,
    '  </surface>',
    '</collision>',
  ];
}

/** Masks of the scene's shapes that collide with anything. */
function sceneMasks(model, isRobots) {
  const colliding = Array.from({ length: model.ngeom }, (_, id) => id).filter(
    (id) => (model.geom_contype[id] | model.geom_conaffinity[id]) !== 0,
  );
  const robot = colliding.filter((id) => isRobots(model.geom_bodyid[id]));
  return collisionMasks(
    model,
    colliding.filter((id) => !robot.includes(id)),
    robot,
  );
}

function visual({ model }, id, label, place) {
  const colour = numbers(rows(model.geom_rgba, 4, id).map((value) => Math.round(value * 100) / 100));
  return [
    `<visual name="${label}_visual">`,
    `  ${place}`,
    `  ${geometry(model, id)}`,
    `  <material><ambient>${colour}</ambient><diffuse>${colour}</diffuse><specular>0.1 0.1 0.1 1</specular></material>`,
    '</visual>',
  ];
}

/** A hinge, a slide, or what holds a body still in its parent. */
function jointOf({ model, name }, body, parent) {
  const child = name('body', body);
  if (model.body_jntnum[body] === 0) {
    return [
      `<joint name="${child}_fixed_joint" type="fixed"><parent>${parent}</parent><child>${child}</child></joint>`,
    ];
  }
  const id = model.body_jntadr[body];
  const type = { [joint.hinge]: 'revolute', [joint.slide]: 'prismatic' }[model.jnt_type[id]];
  if (model.body_jntnum[body] !== 1 || type === undefined)
    throw new Error(
      `body ${child}: expected no joint, one hinge, one slide, or a free joint below the world`,
    );
  const range = rows(model.jnt_range, 2, id);
  const [lower, upper] = range[0] < range[1] ? range : [-1e16, 1e16];
  const dof = model.jnt_dofadr[id];
  return [
    `<joint name="${name('joint', id, `${child}_joint`)}" type="${type}">`,
    `  <pose>${numbers(rows(model.jnt_pos, 3, id))} 0 0 0</pose>`,
    `  <parent>${parent}</parent>`,
    `  <child>${child}</child>`,
    '  <axis>',
    `    <xyz>${numbers(rows(model.jnt_axis, 3, id))}</xyz>`,
    `    <limit><lower>${number(lower)}</lower><upper>${number(upper)}</upper></limit>`,
    `    <dynamics><damping>${number(model.dof_damping[dof])}</damping><friction>${number(model.dof_frictionloss[dof])}</friction></dynamics>`,
    '  </axis>',
    '</joint>',
  ];
}

/** Gazebo's tracker: the pose in the world, the twist in the model's own frame, as nav_msgs/Odometry has it. */
function odometry(name) {
  return [
    '<plugin filename="gz-sim-odometry-publisher-system" name="gz::sim::systems::OdometryPublisher">',
    '  <dimensions>3</dimensions>',
    '  <odom_frame>world</odom_frame>',
    `  <robot_base_frame>${name}</robot_base_frame>`,
    `  <odom_topic>/model/${name}/odometry</odom_topic>`,
    `  <odom_publish_frequency>${odometryRate}</odom_publish_frequency>`,
    '</plugin>',
  ];
}

/** Cameras that stand in the world; those on the robot are in its description. */
function sceneCameras({ model, name }, task) {
  return Array.from({ length: model.ncam }, (_, id) => id)
    .filter((id) => model.cam_bodyid[id] === 0)
    .flatMap((id) => {
      const camera = task.cameras.find((candidate) => candidate.name === name('camera', id));
      if (camera === undefined) return [];
      const mount = { fovy: model.cam_fovy[id], rate: task.control_rate_hz, place: cameraPose(model, id) };
      return [
        `<model name="${camera.name}_camera">`,
        '  <static>true</static>',
        `  <link name="${camera.name}_camera">`,
        ...indent(cameraSensor(camera, mount), 4),
        '  </link>',
        '</model>',
      ];
    });
}
