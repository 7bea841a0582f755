/** `graft task check`: whether a task file can be used, with a picture of its resets. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeFileAtomic } from '../config/atomic-file.js';
import { filmStrip } from '../sim/camera/encode.js';
import type { Image } from '../sim/camera/image.js';
import { SoftwareCamera } from '../sim/camera/software-camera.js';
import { Expert } from '../sim/expert/expert.js';
import { TaskJudge } from '../sim/expression/judge.js';
import { checkReset, type ResetProblem } from '../sim/reset-check.js';
import { findTask, type Task } from '../sim/task.js';
import { World } from '../sim/world.js';
import { ProgressDisplay } from './progress.js';

export type TaskCheckRequest = {
  /** A name under sim/tasks or a task file. */
  readonly task: string;
  readonly resets: number;
  /** Seed of the first reset. */
  readonly seed: number;
  /** PNG of the contact sheet. */
  readonly out?: string;
};

export type TaskReport = {
  readonly task: string;
  readonly resets: number;
  readonly problems: readonly ResetProblem[];
  /** Wall time of one control step at rest, ms. */
  readonly step_ms: number;
  /** The contact sheet; empty if the model has no camera. */
  readonly sheet: string;
};

const thumbnail = { width: 128, height: 96 };
const columns = 10;
const timedSteps = 25;

/**
 * Loads a task, resets it, and says what is wrong; the contact sheet shows every reset through the task's first camera.
 * @throws ConfigError if the task, its robot or its model does not fit
 */
export async function checkTask(request: TaskCheckRequest): Promise<TaskReport> {
  const task = findTask(request.task);
  const world = await World.create(task);
  const judge = TaskJudge.compile(task, world.names);
  const expert = task.demonstrator === undefined ? undefined : await Expert.create(task);
  const camera = cameraOf(world, task);
  const progress = new ProgressDisplay('check');
  const problems: ResetProblem[] = [];
  const images: Image[] = [];
  for (let i = 0; i < request.resets; i++) {
    problems.push(...checkReset(world, judge, expert, request.seed + i));
    if (camera !== undefined) images.push(camera.render(world.physics.data));
    progress.update(i + 1, request.resets);
  }
  progress.finish(request.resets, request.resets);
  const sheet = images.length === 0 ? '' : resolve(request.out ?? `runs/check/${task.name}.png`);
  if (sheet !== '') await writeSheet(sheet, images);
  const report = { task: task.name, resets: request.resets, problems, step_ms: timeStep(world), sheet };
  expert?.dispose();
  world.dispose();
  print(report, task);
  return report;
}

function cameraOf({ physics: { mj, model } }: World, { cameras }: Task): SoftwareCamera | undefined {
  if (cameras.length === 0) return undefined;
  return new SoftwareCamera(mj, model, { camera: cameras[0].name, ...thumbnail });
}

async function writeSheet(file: string, images: readonly Image[]): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  writeFileAtomic(file, await filmStrip(images, { columns, gap: 2 }));
}

/** Wall time of one control step with the robot at home, ms. */
function timeStep(world: World): number {
  const start = performance.now();
  for (let i = 0; i < timedSteps; i++) world.step({});
  return (performance.now() - start) / timedSteps;
}

function print({ resets, problems, step_ms, sheet }: TaskReport, task: Task): void {
  const budget = 1000 / task.control_rate_hz;
  console.log(`${task.name}: ${task.instruction}`);
  console.log(`  ${resets} resets, ${step_ms.toFixed(1)} ms of ${budget.toFixed(0)} ms per control step`);
  if (sheet !== '') console.log(`  contact sheet: ${sheet}`);
  for (const { seed, kind, message } of problems) console.log(`  seed ${seed}: ${kind}: ${message}`);
  console.log(problems.length === 0 ? '  no problems' : `  ${problems.length} problems`);
}
