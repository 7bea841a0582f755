/**
 * Base and residual on every task with several seeds: learning-trial.ts for each, a few at a time, and a table and learning
 * curves of what came out. It can be stopped and started again: finished trials are kept in --out,
 * with a run folder each for `graft evaluate`.
 * With --views the residual of a task with images is learned once with each view (src/policy/residual-input.ts), all of them on
 * the base policy that was cloned for the first; the table then tells how long training took, the curves also go by minutes.
 * With --rewards it is learned once with each reward: success alone, or that of a reward file (a name under rewards/, or a path); the table
 * then tells after how many steps 80 % of the evaluation seeds succeeded, twice in a row, and how many did in the mean of all evaluations.
 * With --randomise the task's randomisation is applied to demonstrations, training and evaluations.
 * Usage: npm run bench -- task-suite [--out runs/suite] [--tasks lift,can_sort] [--seeds 0,1,2] [--jobs 2] [--steps 20000]
 *        [--views features,images] [--rewards success,FILE] [--demos 30] [--every 2500] [--randomise]
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/config/atomic-file.js';
import { readJsonLines } from '../src/config/json-lines.js';
import { projectFile } from '../src/config/paths.js';
import { learnerSettings } from '../src/cli/learner-settings.js';
import { runFolder } from '../src/cli/run-folder.js';
import { wilsonInterval } from '../src/reward/evaluation/score-intervals.js';
import { mean } from '../src/reward/statistics.js';
import { shippedTasks } from '../src/sim/task.js';
import { learningCurves, type Curve, type Panel } from './learning-curves.js';

/** How a task is learned, where that differs from `graft bc` and the learner's defaults. */
type Recipe = {
  /** settings of learning-trial.ts's --clone: chunks, and how much of them is executed, for a base that works now and then */
  readonly clone?: readonly string[];
  /** demonstrations, 50 if not given */
  readonly demos?: number;
  /** control steps of training */
  readonly steps?: number;
  /** a ROS parameter file for training */
  readonly settings?: string;
  /** what is different with --randomise */
  readonly randomised?: Omit<Recipe, 'randomised'>;
};

const recipes: Readonly<Record<string, Recipe>> = {
  pick_place: { clone: ['execute=2'] },
  handover: { clone: ['chunk_size=8', 'execute=4'] },
  lift_pixels: { demos: 40, randomised: { demos: 150, clone: ['iterations=4000'] } },
  pick_place_pixels: { demos: 80, clone: ['execute=2'] },
  box_cleanup: {
    clone: ['chunk_size=8', 'execute=4'],
    steps: 40_000,
    settings: projectFile('launch', 'config', 'box_cleanup.yaml'),
  },
};

/** A line of learning-trial.ts: an evaluation during training, or the last one, which counts the base's successes where it was cloned. */
type TrialLine = {
  readonly steps: number;
  readonly successes: number;
  readonly episodes: number;
  readonly seconds?: number;
  readonly final?: true;
  readonly base?: number;
  readonly residual: number;
};

/** `base` is the folder of a base policy that an earlier trial has cloned. */
type Trial = {
  readonly task: string;
  readonly view: string;
  readonly reward: string;
  readonly seed: number;
  readonly file: string;
  readonly base?: string;
};

/** ROS parameter files of views that are not learned with the defaults. */
const viewSettings: Readonly<Record<string, string>> = {
  images: projectFile('launch', 'config', 'from_images.yaml'),
};

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/suite' },
    tasks: { type: 'string', default: shippedTasks().join(',') },
    views: { type: 'string', default: 'auto' },
    rewards: { type: 'string', default: 'success' },
    demos: { type: 'string' },
    every: { type: 'string', default: '2500' },
    seeds: { type: 'string', default: '0,1,2' },
    jobs: { type: 'string', default: '2' },
    steps: { type: 'string', default: '20000' },
    final: { type: 'string', default: '200' },
    randomise: { type: 'boolean', default: false },
  },
});

const recipeOf = (task: string): Recipe => ({
  ...recipes[task],
  ...(options.randomise ? recipes[task]?.randomised : {}),
});
const stepsOf = (task: string): number => recipeOf(task).steps ?? Number(options.steps);

/** The options of learning-trial.ts. */
function trialOptions({ task, view, reward, seed, file, base }: Trial): string[] {
  const { clone = [], settings, ...recipe } = recipeOf(task);
  const demos = options.demos ?? recipe.demos ?? 50;
  const files = [settings, viewSettings[view]].flatMap((path) => (path === undefined ? [] : [path]));
  const set = Object.entries({ view, ...Object.assign({}, ...files.map(learnerSettings)) } as object);
  return [
    ...['--task', task, '--seed', String(seed), '--steps', String(stepsOf(task)), '--demos', String(demos)],
    ...(base === undefined ? [] : ['--base', base]),
    ...(reward === 'success' ? [] : ['--reward', reward]),
    ...(options.randomise ? ['--randomise'] : []),
    ...['--every', options.every, '--episodes', '40', '--final', options.final],
    ...['--keep', file.replace(/\.jsonl$/, '')],
    ...clone.flatMap((assignment) => ['--clone', assignment]),
    ...set.flatMap(([name, value]) => ['--set', `${name}=${JSON.stringify(value)}`]),
  ];
}

function run(trial: Trial): Promise<void> {
  const { task, view, reward, seed, file } = trial;
  const program = fileURLToPath(new URL('./learning-trial.js', import.meta.url));
  const output = openSync(`${file}.part`, 'w');
  const child = spawn(process.execPath, [program, ...trialOptions(trial)], {
    stdio: ['ignore', output, 'inherit'],
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => {
      closeSync(output);
      if (code !== 0)
        return fail(new Error(`${nameOf(task, view, reward)}, seed ${seed}, ended with code ${code}`));
      renameSync(`${file}.part`, file);
      const last = readJsonLines<TrialLine>(file).at(-1);
      console.log(
        `${nameOf(task, view, reward)}, seed ${seed}: residual ${last?.residual} of ${last?.episodes}`,
      );
      done();
    });
  });
}

async function runAll(trials: readonly Trial[], jobs: number): Promise<void> {
  const waiting = trials.filter(({ file }) => !existsSync(file));
  console.log(`${waiting.length} of ${trials.length} trials to run, ${jobs} at a time`);
  const lane = async (): Promise<void> => {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) await run(trial);
  };
  await Promise.all(Array.from({ length: jobs }, lane));
}

function percent(successes: number, episodes: number): string {
  const [low, high] = wilsonInterval({ successes, episodes }).map((share) => (100 * share).toFixed(1));
  return `${((100 * successes) / episodes).toFixed(1)} % (${successes}; ${low} to ${high})`;
}

const finalLine = ({ file }: Trial): TrialLine | undefined =>
  readJsonLines<TrialLine>(file).find(({ final }) => final === true);

/** Share of the evaluation seeds that counts as learned. */
const learned = 0.8;

/**
 * How fast the task was learned, where rewards are compared: the step of the first evaluation at which it was learned and still was at the
 * next, and the mean success of all evaluations of training.
 */
function speed({ file }: Trial): string {
  if (rewards.length === 1) return '';
  const lines = readJsonLines<TrialLine>(file).filter(({ final, steps }) => final !== true && steps > 0);
  const rates = lines.map(({ successes, episodes }) => successes / episodes);
  const first = rates.findIndex((rate, i) => rate >= learned && (rates[i + 1] ?? 1) >= learned);
  const reached = first === -1 ? '80 % not reached' : `80 % at ${lines[first].steps}`;
  return `, ${reached}, ${(100 * mean(rates)).toFixed(0)} % on the way`;
}

/** The table of docs/experiments.md; counts are of the held-out seeds. */
function table(trials: readonly Trial[]): string {
  const rows = trials.map((trial) => {
    const { task, view, reward, seed } = trial;
    const cloned = trials.find((other) => other.task === task && other.seed === seed) ?? trial;
    const last = finalLine(trial);
    const name = nameOf(task, view, reward);
    if (last === undefined) return `| ${name} | ${seed} | not finished | | | |`;
    const { base = finalLine(cloned)?.base ?? NaN, residual, episodes, steps, seconds = NaN } = last;
    const minutes = `${(seconds / 60).toFixed(1)} min`;
    return `| ${name} | ${seed} | ${percent(base, episodes)} | **${percent(residual, episodes)}** | ${steps}${speed(trial)} | ${minutes} |`;
  });
  return [
    '| task | seed | base | base + residual | steps | training |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** @param place where on the abscissa an evaluation is */
function curveOf({ seed, file }: Trial, place: (line: TrialLine) => number): Curve {
  const lines = readJsonLines<TrialLine>(file).filter(({ final }) => final !== true);
  const rate = ({ successes, episodes }: TrialLine): number => successes / episodes;
  const [first, ...rest] = lines;
  return { seed, base: rate(first), points: rest.map((line) => ({ at: place(line), rate: rate(line) })) };
}

const minutesOf = ({ seconds = 0 }: TrialLine): number => seconds / 60;

/** Success against control steps, and where views are compared also against the time that training took. */
function panelsOf(task: string, view: string, reward: string, own: readonly Trial[]): Panel[] {
  const title = nameOf(task, view, reward);
  const bySteps = own.map((trial) => curveOf(trial, ({ steps }) => steps));
  const panel = { title, end: stepsOf(task), unit: 'steps', curves: bySteps };
  if (view === 'auto') return [panel];
  const byTime = own.map((trial) => curveOf(trial, minutesOf));
  const longest = Math.max(...byTime.flatMap(({ points }) => points.map(({ at }) => at)));
  return [panel, { title, end: 10 * Math.ceil(longest / 10), unit: 'minutes', curves: byTime }];
}

function nameOf(task: string, view: string, reward: string): string {
  const parts = [view === 'auto' ? '' : view, rewards.length === 1 ? '' : rewardName(reward, task)];
  return [task, ...parts.filter((part) => part !== '')].join(', ');
}

/** A reward file that `graft reward train` wrote is called by its folder, one that is called by its task by the rest of its name. */
function rewardName(reward: string, task: string): string {
  const name = basename(reward, '.yaml');
  return name === 'reward' ? basename(dirname(resolve(reward))) : name.replace(`${task}_`, '');
}

const out = resolve(options.out);
mkdirSync(out, { recursive: true });
const tasks = options.tasks.split(',');
const seeds = options.seeds.split(',').map(Number);
const views = options.views.split(',');
const rewards = options.rewards.split(',');
const variants = views.flatMap((view) => rewards.map((reward) => ({ view, reward })));
type Variant = (typeof variants)[number];
const folderOf = (task: string, { view, reward }: Variant, seed: number): string =>
  join(out, [nameOf(task, view, reward).replaceAll(', ', '-'), seed].join('-'));
const trials = variants.flatMap((variant, i) =>
  tasks.flatMap((task) =>
    seeds.map((seed): Trial => {
      const base = i === 0 ? {} : { base: runFolder(folderOf(task, variants[0], seed)).base };
      return { task, ...variant, seed, file: `${folderOf(task, variant, seed)}.jsonl`, ...base };
    }),
  ),
);
const isOf =
  (variant: Variant) =>
  ({ view, reward }: Trial): boolean =>
    view === variant.view && reward === variant.reward;
// The trials of a later variant need the base policies of the first.
for (const variant of variants) await runAll(trials.filter(isOf(variant)), Number(options.jobs));
const panels = tasks.flatMap((task) =>
  variants.flatMap((variant) => {
    const own = trials.filter((trial) => trial.task === task && isOf(variant)(trial));
    return panelsOf(task, variant.view, variant.reward, own);
  }),
);
writeFileAtomic(join(out, 'curves.svg'), learningCurves(panels, variants.length % 2 === 0 ? 2 : 3));
writeFileAtomic(join(out, 'table.md'), `${table(trials)}\n`);
console.log(`\n${table(trials)}\n\n${join(out, 'curves.svg')}`);
