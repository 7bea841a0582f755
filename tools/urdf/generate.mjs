/**
 * Writes urdf/graft_humanoid.urdf from the MuJoCo model and the robot profile. Needs a build: it loads both with the
 * project's own code.
 *
 *   npm run build && node tools/urdf/generate.mjs
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../ros-env.mjs';
import { robotDescription } from './robot-description.mjs';

const { loadPhysics, disposePhysics } = await import('../../dist/src/sim/mujoco.js');
const { loadRobotProfile } = await import('../../dist/src/robot/profile.js');

const file = join(PROJECT_ROOT, 'urdf', 'graft_humanoid.urdf');
const physics = await loadPhysics(join(PROJECT_ROOT, 'sim', 'models', 'humanoid.xml'));
writeFileSync(
  file,
  robotDescription(physics, loadRobotProfile(join(PROJECT_ROOT, 'robots', 'graft_humanoid.yaml'))),
);
disposePhysics(physics);
console.log('urdf/graft_humanoid.urdf');
