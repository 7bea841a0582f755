/** `graft demo`: from nothing to a base policy, a residual on top of it, and a report of both. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Device, EngineKind } from '../engine/index.js';
import { loadCheckpoint } from '../learning/checkpoint.js';
import type { LearningRecord } from '../learning/learning-log.js';
import { readEpisodes, readJsonLines } from '../episodes/log.js';
import { demoSeeds, heldOutSeed, type DemoSeeds } from '../episodes/seeds.js';
import type { CloningSettings } from '../learning/behaviour-cloning.js';
import { findTask } from '../sim/task.js';
import { trainBase } from './behaviour-cloning.js';
import { collectDemonstrations } from './demonstrations.js';
import { evaluatePolicy, type PolicyName } from './evaluate.js';
import { agentOf, evaluateInWorlds } from './evaluate-worlds.js';
import { chooseFilmSeed, filmCamera } from './film.js';
import { rosDomain, runLaunch } from './launch-child.js';
import { learnerSettings } from './learner-settings.js';
import { ProgressDisplay } from './progress.js';
import { writeReport } from './report/write-report.js';
import { runFolder, type RunFolder } from './run-folder.js';
import { discardStage, isComplete, runStage, type Stage } from './stage.js';
import { describeSuccess } from './statistics.js';

export type DemoRequest = {
  readonly out: string;
  readonly task: string;
  readonly seed: number;
  /** Control steps of training. */
  readonly steps: number;
  /** Held-out episodes of each policy. */
  readonly episodes: number;
  /** Successful demonstrations. */
  readonly demos: number;
  /** Actions in a chunk of the base policy, and how many of them are executed; the defaults of `graft bc` if not given. */
  readonly chunk?: number;
  readonly execute?: number;
  /** A ROS parameter file for training. */
  readonly settings?: string;
  /** Demonstrate, train and evaluate with the task's randomisation. */
  readonly randomise: boolean;
  /** Demonstrations and evaluation in so many simulations at once; in the ROS graph if not given. */
  readonly worlds?: number;
  /** Where and how the learner's networks run. */
  readonly device: Device;
  readonly engine: EngineKind;
};

/**
 * Runs every stage that is not complete yet and prints what came of it.
 * @throws Interrupted after Ctrl-C; Error if a stage fails (the stages before it stay complete)
 */
export async function runDemo(request: DemoRequest): Promise<void> {
  const run = runFolder(request.out);
  const seeds = demoSeeds(request.seed);
  console.error(`graft demo in ${run.root} (ROS_DOMAIN_ID ${rosDomain(process.env, process.pid)})`);
  const stages = demoStages(run, request, seeds);
  for (const [i, stage] of stages.entries()) {
    // What comes later was made from an older result of this stage.
    if (!isComplete(run, stage)) for (const later of stages.slice(i + 1)) discardStage(run, later);
    await runStage(run, stage, `${i + 1}/${stages.length}`);
  }
  const { page, summary } = await writeReport(run);
  console.log(`\nbase      ${describeSuccess(summary.base)}`);
  console.log(`residual  ${describeSuccess(summary.residual)}`);
  console.log(`report    ${page}`);
}

function demoStages(run: RunFolder, request: DemoRequest, seeds: DemoSeeds): Stage[] {
  const { task, demos, steps, seed, randomise, settings } = request;
  const cloning = cloningSettings(request);
  const learning = settings === undefined ? {} : { settings, learner: learnerSettings(settings) };
  const filmed = findTask(task).cameras.some(({ name }) => name === filmCamera);
  return [
    {
      name: 'demos',
      title: `Collect ${demos} demonstrations of the scripted expert`,
      settings: { task, demos, seed: seeds.demos, ...chosen({ randomise }) },
      run: () => collectDemos(run, request, seeds),
    },
    {
      name: 'base',
      title: 'Clone the base policy',
      settings: { seed, ...cloning },
      run: () => cloneBase(run, request),
    },
    {
      name: 'train',
      title: `Train the residual for ${steps} control steps`,
      settings: { task, steps, seed, ...chosen({ randomise }), ...learning },
      run: () => trainResidual(run, request, seeds),
      discard: () => rmSync(run.train, { recursive: true, force: true }),
    },
    evaluationStage(run, request, 'base'),
    evaluationStage(run, request, 'residual'),
    ...(filmed ? [filmStage(run, task)] : []),
  ];
}

/** Settings that differ from the usual ones, so that stages of earlier versions stay complete. */
function chosen(switches: Readonly<Record<string, boolean>>): Record<string, true> {
  return Object.fromEntries(Object.entries(switches).flatMap(([name, on]) => (on ? [[name, true]] : [])));
}

function cloningSettings({ chunk, execute }: DemoRequest): Partial<CloningSettings> {
  return {
    ...(chunk === undefined ? {} : { chunk_size: chunk }),
    ...(execute === undefined ? {} : { execute }),
  };
}

function cloneBase(run: RunFolder, request: DemoRequest): Promise<unknown> {
  const { task, seed, device, engine } = request;
  const compute = { device, engine };
  return trainBase({ bags: run.demos, out: run.base, task, seed, compute, ...cloningSettings(request) });
}

function filmStage(run: RunFolder, task: string): Stage {
  return {
    name: 'film',
    title: 'Film one seed where the base fails and the residual succeeds',
    settings: { task },
    run: () => film(run, task),
  };
}

function evaluationStage(run: RunFolder, request: DemoRequest, policy: PolicyName): Stage {
  const { task, episodes, worlds, randomise } = request;
  const out = join(run.evaluate, policy);
  const label = `evaluate ${policy}`;
  const common = { task, episodes, seed: heldOutSeed, randomise, out, label };
  return {
    name: `evaluate-${policy}`,
    title: `Evaluate ${policy} on ${episodes} held-out seeds`,
    settings: { task, episodes, seed: heldOutSeed, ...chosen({ randomise }) },
    run: () =>
      worlds === undefined
        ? evaluatePolicy({ ...common, run, policy, record: false, camera: false })
        : evaluateInWorlds({ ...common, worlds, agent: agentOf(policy, run) }),
  };
}

async function collectDemos(
  run: RunFolder,
  { task, demos, worlds, randomise }: DemoRequest,
  seeds: DemoSeeds,
): Promise<unknown> {
  rmSync(run.demos, { recursive: true, force: true });
  const request = { task, episodes: demos, seed: seeds.demos, out: run.demos, randomise };
  if (worlds !== undefined) return collectDemonstrations({ ...request, worlds });
  const log = join(run.demos, 'episodes.jsonl');
  const progress = new ProgressDisplay('demos');
  const counts = (): [number, number, string] => {
    const records = readEpisodes(log);
    const successes = records.filter(({ outcome }) => outcome === 'success').length;
    return [successes, demos, records.length === 0 ? 'starting' : `${records.length} tries`];
  };
  await watch(progress, counts, () =>
    runLaunch({
      file: 'collect_demos_launch.yaml',
      arguments: request,
      log: join(run.demos, 'launch.log'),
      onTick: () => progress.update(...counts()),
    }),
  );
  const [successes] = counts();
  if (successes < demos)
    throw new Error(`only ${successes} of ${demos} demonstrations succeeded; see ${log}`);
  return undefined;
}

async function trainResidual(
  run: RunFolder,
  { task, steps, seed, device, engine, randomise, settings }: DemoRequest,
  seeds: DemoSeeds,
): Promise<void> {
  const sessions = existsSync(run.bags) ? readdirSync(run.bags) : [];
  const progress = new ProgressDisplay('train');
  const counts = (): [number, number, string] => trainingProgress(run, steps);
  await watch(progress, counts, () =>
    runLaunch({
      file: 'train_sim_launch.yaml',
      arguments: {
        ...{ task, randomise, base: run.base, demos: run.demos, run: run.train, seed, steps },
        episode_seed: seeds.training,
        ...{ device, engine },
        ...(settings === undefined ? {} : { settings: resolve(settings) }),
        session: nextSession(sessions),
      },
      log: join(run.train, 'launch.log'),
      onTick: () => progress.update(...counts()),
    }),
  );
  const reached = loadCheckpoint(run.checkpoint).progress.steps;
  if (reached < steps)
    throw new Error(`training ended at step ${reached} of ${steps}; see ${join(run.train, 'launch.log')}`);
}

/** A resumed training records into a bag of its own. */
export function nextSession(sessions: readonly string[]): number {
  return 1 + Math.max(-1, ...sessions.map(Number).filter(Number.isInteger));
}

function trainingProgress(run: RunFolder, steps: number): [number, number, string] {
  const last = readJsonLines<LearningRecord>(join(run.train, 'metrics.jsonl')).at(-1);
  if (last === undefined) return [0, steps, 'starting'];
  const rate = Number.isFinite(last.success_rate) ? `success ${Math.round(100 * last.success_rate)} %  ` : '';
  return [Math.min(last.step, steps), steps, `${rate}${last.steps_per_s.toFixed(0)} steps/s`];
}

async function film(run: RunFolder, task: string): Promise<void> {
  const seed = chooseFilmSeed(
    readEpisodes(join(run.evaluate, 'base', 'episodes.jsonl')),
    readEpisodes(join(run.evaluate, 'residual', 'episodes.jsonl')),
  );
  for (const policy of ['base', 'residual'] as const) {
    await evaluatePolicy({
      ...{ run, policy, task, seed, episodes: 1, record: true, camera: true },
      out: join(run.film, policy),
      label: `film ${policy}, seed ${seed}`,
    });
  }
}

async function watch(
  progress: ProgressDisplay,
  counts: () => [number, number, string],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    progress.abandon();
    throw error;
  }
  progress.finish(...counts());
}
