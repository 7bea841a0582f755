/** Commands for the files that describe tasks and robots. */
import { existsSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Command } from 'commander';
import { writeFileAtomic } from '../config/atomic-file.js';
import { ConfigError } from '../config/config-error.js';
import { draftProfile, profileText } from '../sim/model/draft-profile.js';
import { wholeNumber } from './options.js';
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
