/** `graft reward`: making, looking at and measuring what says how far a task is. */
import type { Command } from 'commander';
import { addCollect } from './collect.js';
import { addDesign } from './design.js';
import { addEvaluate } from './evaluate.js';
import { addFeatures } from './features.js';
import { addHoldout } from './holdout.js';
import { addTrain } from './train.js';

/** Adds `graft reward` with all its commands. */
export function addReward(program: Command): void {
  const reward = program
    .command('reward')
    .description('critics that say how far a task is and whether it is done');
  addCollect(reward);
  addDesign(reward);
  addFeatures(reward);
  addTrain(reward);
  addEvaluate(reward);
  addHoldout(reward);
}
