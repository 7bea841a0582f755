/** Commands that run episodes: demonstrations and evaluation. */
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { ConfigError } from '../config/config-error.js';
import { heldOutSeed } from '../episodes/seeds.js';
import { collectDemonstrations } from './demonstrations.js';
import { evaluatePolicy, type PolicyName } from './evaluate.js';
import { agentOf, evaluateInWorlds } from './evaluate-worlds.js';
import { defaultWorlds, wholeNumber, worldsOption } from './options.js';
import { runFolder } from './run-folder.js';
import type { SuccessCount } from '../reward/evaluation/score-intervals.js';
import { describeSuccess } from './statistics.js';

/** Adds `graft demos`. */
export function addDemos(program: Command): void {
  type Options = {
    task: string;
    episodes: number;
    seed: number;
    out: string;
    worlds?: number;
    randomise?: boolean;
  };
  program
    .command('demos')
    .description("record the task's scripted expert, with noise, in several simulations at once")
    .requiredOption('--out <dir>', 'folder for the bag and episodes.jsonl')
    .option('--task <name>', 'task', 'lift')
    .option('--episodes <n>', 'successful demonstrations', wholeNumber(1), 50)
    .option('--seed <n>', 'seed of the first try', wholeNumber(0), 0)
    .addOption(worldsOption())
    .option('--randomise', "with the task's randomisation")
    .action(async ({ out, worlds = defaultWorlds, randomise = false, ...rest }: Options) => {
      const folder = resolve(out);
      const { tries } = await collectDemonstrations({ ...rest, out: folder, worlds, randomise });
      console.log(`${join(out, 'bag')}: ${rest.episodes} demonstrations of ${rest.task} in ${tries} tries`);
    });
}

type EvaluateOptions = {
  run?: string;
  policy: PolicyName | 'expert';
  episodes: number;
  seed: number;
  task: string;
  out?: string;
  worlds?: number;
  randomise?: boolean;
  json?: true;
  record?: boolean;
  camera?: boolean;
};

/** Adds `graft evaluate`. */
export function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description(
      'run episodes without exploration and count successes; episode i uses seed + i. Without --worlds the nodes run ' +
        'in the ROS graph; the expert always runs in simulations of this process',
    )
    .option('--run <dir>', 'run folder, for base and residual')
    .addOption(
      new Option('--policy <name>', 'which policy')
        .choices(['base', 'residual', 'expert'])
        .makeOptionMandatory(),
    )
    .option('--episodes <n>', 'episodes', wholeNumber(1), 100)
    .option('--seed <n>', 'seed of the first episode', wholeNumber(0), heldOutSeed)
    .option('--task <name>', 'task', 'lift')
    .option('--out <dir>', 'folder for episodes.jsonl (default: evaluate/<policy>-seed-<n> in the run)')
    .addOption(worldsOption())
    .option('--randomise', "the same seeds once more with the task's randomisation")
    .option('--record', 'record a bag (ROS graph only)')
    .option('--camera', 'render the camera of the scene (ROS graph only)')
    .option('--json', 'print {"successes":...,"episodes":...} as the last line')
    .action(async (options: EvaluateOptions) => {
      const nominal = await evaluateOnce(options, false);
      const randomised = options.randomise === true ? await evaluateOnce(options, true) : undefined;
      if (options.json === true)
        console.log(JSON.stringify({ ...nominal, ...(randomised === undefined ? {} : { randomised }) }));
      else {
        console.log(`${options.policy}: ${describeSuccess(nominal)}`);
        if (randomised !== undefined)
          console.log(`${options.policy}, randomised: ${describeSuccess(randomised)}`);
      }
    });
}

async function evaluateOnce(options: EvaluateOptions, randomise: boolean): Promise<SuccessCount> {
  const { policy, episodes, seed, task, worlds, record = false, camera = false } = options;
  const run = options.run === undefined ? undefined : runFolder(options.run);
  const label = `evaluate ${policy}${randomise ? ', randomised' : ''}`;
  const name = `${policy}-seed-${seed}${randomise ? '-randomised' : ''}`;
  if (policy === 'expert' || worlds !== undefined) {
    const agent = agentOf(policy, run);
    const out = options.out ?? (run === undefined ? undefined : join(run.evaluate, name));
    const place = out === undefined ? {} : { out: resolve(out) };
    const count = { episodes, seed, worlds: worlds ?? defaultWorlds };
    const { successes, episodes: finished } = await evaluateInWorlds({
      ...{ task, agent, randomise, label },
      ...count,
      ...place,
    });
    return { successes, episodes: finished };
  }
  if (run === undefined) throw new ConfigError('graft evaluate', '--run', `${policy} needs a run folder`);
  const out = resolve(options.out ?? join(run.evaluate, name));
  const request = { run, policy, task, episodes, seed, out, record, camera, randomise, label };
  const { successes, episodes: finished } = await evaluatePolicy(request);
  return { successes, episodes: finished };
}
