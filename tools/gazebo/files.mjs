/** All files below sim/gazebo. */
import { bridgeParameters } from './bridge.mjs';
import { controllerParameters, descriptionParameters, gazeboRobot } from './robot.mjs';
import { nameOf } from './sdf.mjs';
import { worldDescription } from './world.mjs';

/**
 * @typedef {import('./sdf.mjs').Physics} Physics
 * @typedef {import('../../src/sim/task.js').Task} Task
 */

/**
 * @param {{task: Task, scene: Physics}[]} tasks all with the same robot; the first says how large the robot's images are
 * @param {Physics} robot the robot's own model
 * @param {string} urdf text of its URDF
 * @returns {Map<string, string>} text by path below sim/gazebo
 */
export function gazeboFiles(tasks, robot, urdf) {
  const bodies = new Set(Array.from({ length: robot.model.nbody }, (_, id) => nameOf(robot, 'body', id)));
  const [{ task: first }] = tasks;
  const files = new Map([
    ['robot_description.yaml', descriptionParameters(gazeboRobot(urdf, robot, first))],
    ['controllers.yaml', controllerParameters(first.robot)],
  ]);
  for (const { task, scene } of tasks) {
    files.set(`worlds/${task.name}.sdf`, worldDescription(scene, task, bodies));
    if (task.variants.length === 0)
      files.set(`bridge/${task.name}.yaml`, bridgeParameters(task, task.frames));
    for (const { name, frames } of task.variants)
      files.set(`bridge/${task.name}_${name}.yaml`, bridgeParameters(task, frames));
  }
  return files;
}
