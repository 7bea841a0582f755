/** Which of Gazebo's topics ros_gz_bridge carries over for a task, and under which of graft's names. */

/** @typedef {import('../../src/sim/task.js').Task} Task */

/** ROS and Gazebo types of what is carried over. */
const types = {
  clock: ['rosgraph_msgs/msg/Clock', 'gz.msgs.Clock'],
  odometry: ['nav_msgs/msg/Odometry', 'gz.msgs.Odometry'],
  image: ['sensor_msgs/msg/Image', 'gz.msgs.Image'],
  camera: ['sensor_msgs/msg/CameraInfo', 'gz.msgs.CameraInfo'],
};

/**
 * The file of one set of tracked frames. Sites are points of the robot: robot_frames publishes those.
 * @param {Task} task
 * @param {Task['frames']} frames those of the task or of one of its variants
 * @returns {string} YAML for the parameter `config_file` of ros_gz_bridge
 */
export function bridgeParameters({ cameras }, frames) {
  const bodies = Object.entries(frames).filter(([, spec]) => 'body' in spec);
  const entries = [
    entry('/clock', '/clock', types.clock),
    ...bodies.map(([name, { body }]) => entry(`${name}/odometry`, `/model/${body}/odometry`, types.odometry)),
    ...cameras.flatMap(({ name }) => [
      entry(`${name}/image_raw`, `/${name}/image_raw`, types.image, true),
      entry(`${name}/camera_info`, `/${name}/camera_info`, types.camera, true),
    ]),
  ];
  return [
    '# Made by tools/gazebo/generate.mjs from sim/tasks: change those, not this file.',
    ...entries,
    '',
  ].join('\n');
}

/** A lazy bridge carries nothing while nobody listens. */
function entry(ros, gazebo, [rosType, gazeboType], lazy = false) {
  return [
    `- ros_topic_name: ${ros}`,
    `  gz_topic_name: ${gazebo}`,
    `  ros_type_name: ${rosType}`,
    `  gz_type_name: ${gazeboType}`,
    '  direction: GZ_TO_ROS',
    ...(lazy ? ['  lazy: true'] : []),
  ].join('\n');
}
