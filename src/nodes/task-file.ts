/** The task that a node's `task` parameter means. */
import { existsSync } from 'node:fs';
import { projectFile } from '../config/paths.js';
import { loadTask, type Task } from '../sim/task.js';

/** @param name a task under sim/tasks, or the path of a task file */
export function taskOf(name: string): Task {
  const shipped = projectFile('sim', 'tasks', `${name}.yaml`);
  return loadTask(existsSync(shipped) ? shipped : name);
}

/** How nodes keep time: `lockstep` waits for messages, `realtime` for the clock. */
export type ClockMode = 'lockstep' | 'realtime';
