/** `graft bag`: what is done with bags that are there. */
import type { Command } from 'commander';
import { addRelabel } from './relabel.js';

/** Adds `graft bag` with all its commands. */
export function addBag(program: Command): void {
  const bag = program.command('bag').description('work on recorded bags');
  addRelabel(bag);
}
