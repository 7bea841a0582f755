/**
 * Writes sim/gazebo: a world and a bridge for every task of sim/tasks, the robot and its controllers. Needs a build: it
 * loads the models with the project's own code.
 *
 *   npm run build && node tools/gazebo/generate.mjs
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../ros-env.mjs';
import { gazeboFiles } from './files.mjs';

const { loadPhysics, disposePhysics } = await import('../../dist/src/sim/mujoco.js');
const { loadTask } = await import('../../dist/src/sim/task.js');

const folder = join(PROJECT_ROOT, 'sim', 'tasks');
const tasks = [];
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.yaml')) continue;
  const task = loadTask(join(folder, file));
  tasks.push({ task, scene: await loadPhysics(task.model) });
}
const robot = await loadPhysics(join(PROJECT_ROOT, 'sim', 'models', 'humanoid.xml'));
const urdf = readFileSync(join(PROJECT_ROOT, 'urdf', 'graft_humanoid.urdf'), 'utf8');
const files = gazeboFiles(tasks, robot, urdf);
for (const generated of ['worlds', 'bridge'])
  rmSync(join(PROJECT_ROOT, 'sim', 'gazebo', generated), { recursive: true, force: true });
for (const [path, text] of files) {
  const file = join(PROJECT_ROOT, 'sim', 'gazebo', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`sim/gazebo/${path}`);
}
for (const physics of [robot, ...tasks.map(({ scene }) => scene)]) disposePhysics(physics);
