/** Commands for the files that describe tasks and robots. */
import { existsSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { Option, type Command } from 'commander';
import { writeFileAtomic } from '../config/atomic-file.js';
import { ConfigError } from '../config/config-error.js';
import type { Layer } from '../sim/camera/renderer.js';
import { draftProfile, profileText } from '../sim/model/draft-profile.js';
import { wholeNumber } from './options.js';
import { render, type RenderRequest } from './render.js';
import { checkTask } from './task-check.js';

/** Adds `graft task check`. */
export function addTask(program: Command): void {
  type Options = { resets: number; seed: number; out?: string; json?: true };
  program
    .command('task')
    .description('tools for task files')
    .command('check <file>')
    .description(
      'load a task, reset it, look for penetration, unreachable places and NaN, draw a contact sheet',
    )
    .option('--resets <n>', 'resets', wholeNumber(1), 100)
    .option('--seed <n>', 'seed of the first reset', wholeNumber(0), 0)
    .option('--out <file>', 'PNG of the contact sheet (default: runs/check/<task>.png)')
    .option('--json', 'print what was found as JSON on the last line')
    .action(async (file: string, { json, ...options }: Options) => {
      const report = await checkTask({ task: file, ...options });
      if (json === true) console.log(JSON.stringify(report));
      if (report.problems.length > 0) process.exitCode = 1;
    });
}

/** Adds `graft render`. */
export function addRender(program: Command): void {
  type Options = Omit<RenderRequest, 'layer' | 'randomise'> & Partial<Record<Layer | 'randomise', boolean>>;
  program
    .command('render')
    .description("draw a task's scene (.png, .jpg), or a clip of its scripted expert (.gif, .webp)")
    .requiredOption('--task <name>', 'a name under sim/tasks or a task file')
    .requiredOption('--camera <name>', 'camera of the model')
    .requiredOption('--out <file>', 'file to write: .png, .jpg, .gif or .webp')
    .option('--seed <n>', 'seed of the reset', wholeNumber(0), 0)
    .option('--width <px>', "width (default: the task's for this camera)", wholeNumber(1, 4096))
    .option('--height <px>', "height (default: the task's for this camera)", wholeNumber(1, 4096))
    .option(
      '--steps <n>',
      'control steps of the expert (default: 0 for a still, all for a clip)',
      wholeNumber(0),
    )
    .option('--fps <n>', 'frames a second of a clip (default: real time)', wholeNumber(1, 100))
    .addOption(
      new Option('--depth', 'depth instead of colour, yellow near and violet far').conflicts('segmentation'),
    )
    .option('--segmentation', 'a colour for each body instead')
    .option('--randomise', "with the task's randomisation")
    .action(async ({ depth, segmentation, randomise = false, ...options }: Options) => {
      const layer = depth === true ? 'depth' : segmentation === true ? 'segmentation' : 'colour';
      const frames = await render({ ...options, layer, randomise });
      console.log(`${options.out}: ${frames === 1 ? 'one frame' : `${frames} frames`}`);
    });
}

/** Adds `graft robot init`. */
export function addRobot(program: Command): void {
  type Options = { name?: string; out?: string };
  program
    .command('robot')
    .description('tools for robot profiles')
    .command('init <model>')
    .description('draft a robot profile from an MJCF or URDF file, its guesses marked')
    .option('--name <name>', "name of the robot (default: the file's)")
    .option('--out <file>', 'profile to write (default: robots/<name>.yaml)')
    .action(async (model: string, options: Options) => {
      const name = options.name ?? basename(model, extname(model));
      const out = options.out ?? join('robots', `${name}.yaml`);
      if (existsSync(out)) throw new ConfigError(out, '', 'exists already; name another file with --out');
      const draft = await draftProfile(model, name);
      writeFileAtomic(out, profileText(draft));
      console.log(
        `${out}: ${draft.joints.length} joints, ${draft.coupled_joints.length} coupled, ${draft.hands.length} hands; ` +
          `${draft.guesses.length} guesses to check`,
      );
    });
}
