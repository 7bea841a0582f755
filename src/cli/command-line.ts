/** The command line of `graft`: options to calls, errors to one line and an exit code. */
import { join, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { writeFileAtomic } from '../config/atomic-file.js';
import { parameterTable } from '../config/parameters.js';
import { projectFile } from '../config/paths.js';
import type { Device, EngineKind } from '../engine/index.js';
import { addBag } from './bag/commands.js';
import { trainBase } from './behaviour-cloning.js';
import { demoCommand } from './demo-command.js';
import { runDemo, type DemoRequest } from './demo.js';
import { addDemos, addEvaluate } from './episode-commands.js';
import { Interrupted } from './launch-child.js';
import { addRender, addRobot, addTask } from './model-commands.js';
import { deviceOption, engineOption, wholeNumber, worldsOption } from './options.js';
import { writeReport } from './report/write-report.js';
import { addReward } from './reward/commands.js';
import { existingFolder, runFolder } from './run-folder.js';
import { addSweep } from './sweep/commands.js';

/** The command line's grammar and what it calls; throws CommanderError instead of ending the process. */
export function graftProgram(): Command {
  const program = new Command('graft')
    .description(
      'Residual reinforcement learning on real robots: a frozen base policy, a small learned residual.',
    )
    .exitOverride()
    .showHelpAfterError('(graft --help lists what there is)');
  addDemo(program);
  addDemos(program);
  addCloning(program);
  addEvaluate(program);
  addTask(program);
  addRobot(program);
  addRender(program);
  addReport(program);
  addSweep(program);
  addReward(program);
  addBag(program);
  program
    .command('doctor')
    .description('print versions and what is wrong with the set-up')
    .action(async () => {
      const { runDoctor } = await import('./doctor.js');
      process.exitCode = await runDoctor();
    });
  program
    .command('docs')
    .description('write docs/parameters.md from the parameter schemas')
    .action(() => {
      writeFileAtomic(projectFile('docs', 'parameters.md'), parameterTable());
      console.log('docs/parameters.md');
    });
  return program;
}

type DemoOptions = Omit<DemoRequest, 'randomise'> & { readonly resume?: true; readonly randomise?: boolean };

function addDemo(program: Command): void {
  program
    .command('demo')
    .description('demonstrations, base policy, residual, evaluation and report; complete stages are skipped')
    .option('--out <dir>', 'run folder', 'runs/demo')
    .option('--task <name>', 'task', 'lift')
    .option('--seed <n>', 'seed of the run', wholeNumber(0, 4000), 0)
    .option('--steps <n>', 'control steps of training', wholeNumber(1), 20_000)
    .option('--episodes <n>', 'held-out episodes of each policy', wholeNumber(1), 200)
    .option('--demos <n>', 'successful demonstrations', wholeNumber(1), 40)
    .option('--chunk <n>', 'actions in a chunk of the base policy', wholeNumber(1))
    .option('--execute <n>', 'actions of a chunk that are executed', wholeNumber(1))
    .option('--settings <file>', 'ROS parameter file for training')
    .addOption(worldsOption())
    .option('--randomise', "with the task's randomisation")
    .addOption(deviceOption())
    .addOption(engineOption())
    .option('--resume', 'go on with this run; an error if there is none')
    .action(demonstrate);
}

async function demonstrate({ resume, randomise = false, ...rest }: DemoOptions): Promise<void> {
  const request = { ...rest, randomise };
  if (resume === true) existingFolder(request.out, 'the run to go on with');
  try {
    await runDemo(request);
  } catch (error) {
    if (error instanceof Interrupted)
      console.error(`\nInterrupted. Go on with: ${demoCommand(request)} --resume --out ${request.out}`);
    throw error;
  }
}

function addCloning(program: Command): void {
  type Options = {
    bags: string;
    out: string;
    task: string;
    seed: number;
    iterations?: number;
    chunk?: number;
    execute?: number;
    shift?: number;
    device: Device;
    engine: EngineKind;
  };
  program
    .command('bc')
    .description('train a base policy by behaviour cloning; writes policy.onnx and manifest.yaml')
    .requiredOption('--bags <dir>', 'folder with bags of demonstrations, at any depth')
    .requiredOption('--out <dir>', 'folder for the policy')
    .option('--task <name>', 'task, for the control rate and the images', 'lift')
    .option('--seed <n>', 'seed of weights and batches', wholeNumber(0), 0)
    .option('--iterations <n>', 'gradient steps', wholeNumber(1))
    .option('--chunk <n>', 'actions in a chunk', wholeNumber(1))
    .option('--execute <n>', 'actions of a chunk that are executed', wholeNumber(1))
    .option('--shift <px>', 'most that images are moved at random while training', wholeNumber(0, 64))
    .addOption(deviceOption())
    .addOption(engineOption())
    .action(async ({ bags, out, task, seed, iterations, chunk, execute, shift, ...compute }: Options) => {
      const record = await trainBase({
        ...{ bags, out: resolve(out), task, seed, compute },
        ...(iterations === undefined ? {} : { iterations }),
        ...(chunk === undefined ? {} : { chunk_size: chunk }),
        ...(execute === undefined ? {} : { execute }),
        ...(shift === undefined ? {} : { random_shift: shift }),
      });
      console.log(
        `${join(out, 'policy.onnx')}: ${record.episodes} demonstrations, ${record.transitions} transitions`,
      );
    });
}

function addReport(program: Command): void {
  program
    .command('report')
    .description('make the report of a run again')
    .requiredOption('--run <dir>', 'run folder')
    .action(async ({ run }: { run: string }) => {
      const { page } = await writeReport(runFolder(existingFolder(run, 'the run')));
      console.log(page);
    });
}

/** Runs the command line. @returns the exit code */
export async function graft(argv: readonly string[]): Promise<number> {
  try {
    await graftProgram().parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (error instanceof Interrupted) return 130;
    console.error(`graft: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}
