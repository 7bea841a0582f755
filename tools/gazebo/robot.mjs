/** The robot for Gazebo: its URDF with Gazebo's hardware plugin, cameras and surfaces, and the controllers' parameters. */
import { cameraSensor, fromOpticalFrame, indent, number, nameOf } from './sdf.mjs';

/**
 * @typedef {import('./sdf.mjs').Physics} Physics
 * @typedef {import('../../src/robot/profile.js').RobotProfile} RobotProfile
 * @typedef {import('../../src/sim/task.js').Task} Task
 */

/** Rate of ros2_control in Gazebo, Hz. */
const controlRate = 250;
const placeholder = '<plugin>mock_components/GenericSystem</plugin>';
const hardware = '<plugin>gz_ros2_control/GazeboSimSystem</plugin>';

/**
 * The URDF that Gazebo gets: that of urdf/ with `<gazebo>` blocks at the end.
 * @param {string} urdf text of urdf/graft_humanoid.urdf
 * @param {Physics} physics the robot's model, for gravity compensation, friction and fields of view
 * @param {Task} task gives the cameras' sizes and rate
 * @returns {string}
 * @throws {Error} if the URDF names another hardware plugin than the placeholder
 */
export function gazeboRobot(urdf, physics, task) {
  if (!urdf.includes(placeholder)) throw new Error(`the URDF lacks ${placeholder}`);
  const blocks = [...links(physics), ...cameras(physics, task), ...control(task.robot)];
  return urdf
    .replace(
      /<!-- Made by [^]*?-->/,
      '<!-- Made by tools/gazebo/generate.mjs from urdf/graft_humanoid.urdf. -->',
    )
    .replace(/ *<!-- Stands in for hardware[^]*?-->\n/, '')
    .replace(placeholder, hardware)
    .replace('</robot>', `${indent(blocks, 2).join('\n')}\n</robot>`);
}

/**
 * The parameter file of robot_state_publisher: the URDF as its parameter `robot_description`.
 * @param {string} urdf
 */
export function descriptionParameters(urdf) {
  const text = urdf.trimEnd().split('\n');
  return [
    '# Made by tools/gazebo/generate.mjs: change urdf/graft_humanoid.urdf or the generator, not this file.',
    'robot_state_publisher:',
    '  ros__parameters:',
    '    robot_description: |',
    ...indent(text, 6),
    '',
  ].join('\n');
}

/** Links keep MuJoCo's gravity compensation, and what collides its sliding friction. */
function links(robot) {
  const { model } = robot;
  return Array.from({ length: model.nbody - 1 }, (_, i) => i + 1).flatMap((body) => {
    const first = model.body_geomadr[body];
    const ids = Array.from({ length: model.body_geomnum[body] }, (_, i) => first + i);
    const touching = ids.filter((id) => (model.geom_contype[id] | model.geom_conaffinity[id]) !== 0);
    const mu = Math.max(...touching.map((id) => model.geom_friction[3 * id]));
    const parts = [
      ...(model.body_gravcomp[body] === 1 ? ['<gravity>false</gravity>'] : []),
      ...(touching.length > 0 ? [`<mu1>${number(mu)}</mu1><mu2>${number(mu)}</mu2>`] : []),
    ];
    const name = nameOf(robot, 'body', body);
    return parts.length === 0 ? [] : [`<gazebo reference="${name}">${parts.join('')}</gazebo>`];
  });
}

function cameras(robot, task) {
  const { model } = robot;
  return Array.from({ length: model.ncam }, (_, id) => id).flatMap((id) => {
    const name = nameOf(robot, 'camera', id);
    const camera = task.cameras.find((candidate) => candidate.name === name);
    if (camera === undefined) return [];
    const mount = { fovy: model.cam_fovy[id], rate: task.control_rate_hz, place: fromOpticalFrame };
    const sensor = cameraSensor(camera, mount);
    return [`<gazebo reference="${name}_optical_frame">`, ...indent(sensor, 2), '</gazebo>'];
  });
}

/** The path of the parameters is that from the folder in which gazebo_launch.yaml starts Gazebo. */
function control({ controllers }) {
  return [
    '<gazebo>',
    '  <plugin filename="gz_ros2_control-system" name="gz_ros2_control::GazeboSimROS2ControlPlugin">',
    '    <parameters>controllers.yaml</parameters>',
    '    <ros>',
    ...controllers.map(
      ({ name, topic }) => `      <remapping>${name}/joint_trajectory:=${topic}</remapping>`,
    ),
    '    </ros>',
    '  </plugin>',
    '</gazebo>',
  ];
}

/**
 * Parameters of the controller manager and of the profile's controllers.
 * @param {RobotProfile} profile
 */
export function controllerParameters({ controllers }) {
  return [
    '# Made by tools/gazebo/generate.mjs from robots/graft_humanoid.yaml: change that or the generator, not this file.',
    'controller_manager:',
    '  ros__parameters:',
    `    update_rate: ${controlRate}`,
    '    joint_state_broadcaster:',
    '      type: joint_state_broadcaster/JointStateBroadcaster',
    ...controllers.flatMap(({ name }) => [
      `    ${name}:`,
      '      type: joint_trajectory_controller/JointTrajectoryController',
    ]),
    ...controllers.flatMap(trajectoryController),
    '',
  ].join('\n');
}

/** safety commands the task's joints only; the others hold their position. */
function trajectoryController({ name, joints }) {
  return [
    '',
    `${name}:`,
    '  ros__parameters:',
    '    joints:',
    ...joints.map((joint) => `      - ${joint}`),
    '    command_interfaces: [position]',
    '    state_interfaces: [position, velocity]',
    '    allow_partial_joints_goal: true',
  ];
}
