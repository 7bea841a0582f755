/** Starts one node by name, or several in one process: `node main.js NAME --ros-args ...`. */
import { nearestName } from '../config/nearest.js';
import { runContainer, runExecutable, runNodes, type AnyNodeDefinition } from '../ros/index.js';
import { basePolicy } from './base-policy.js';
import { episodeManager } from './episode-manager.js';
import { expert } from './expert.js';
import { gazeboDriver } from './gazebo-driver.js';
import { mujocoSim } from './mujoco-sim.js';
import { observer } from './observer.js';
import { progressReward } from './progress-reward.js';
import { recorder } from './recorder.js';
import { residualLearner } from './residual-learner.js';
import { residualPolicy } from './residual-policy.js';
import { robotDescription } from './robot-description.js';
import { safety } from './safety.js';

const definitions: readonly AnyNodeDefinition[] = [
  mujocoSim,
  observer,
  basePolicy,
  expert,
  residualPolicy,
  safety,
  episodeManager,
  residualLearner,
  progressReward,
  recorder,
  robotDescription,
  gazeboDriver,
];

const [name = '', ...argv] = process.argv.slice(2);
const definition = definitions.find((candidate) => candidate.name === name);
if (name === 'container') await runExecutable(runContainer(definitions, argv));
else if (definition !== undefined) await runExecutable(runNodes([definition], argv));
else {
  const known = ['container', ...definitions.map((candidate) => candidate.name)];
  const near = nearestName(name, known);
  console.error(
    `graft: no node is called "${name}"; ${near === undefined ? `known: ${known.join(', ')}` : `did you mean ${near}?`}`,
  );
  process.exitCode = 2;
}
