/** `graft demo`: from nothing to a base policy, a residual on top of it, and a report of both. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Device, EngineKind } from '../engine/index.js';
import { loadCheckpoint } from '../learning/checkpoint.js';
import type { LearningRecord } from '../learning/learning-log.js';
import { readEpisodes, readJsonLines } from '../episodes/log.js';
import { trainBase } from './behaviour-cloning.js';
import { evaluatePolicy, type PolicyName } from './evaluate.js';
import { chooseFilmSeed } from './film.js';
import { rosDomain, runLaunch } from './launch-child.js';
import { ProgressDisplay } from './progress.js';
import { writeReport } from './report/write-report.js';
import { runFolder, type RunFolder } from './run-folder.js';
import { demoSeeds, heldOutSeed, type DemoSeeds } from './seeds.js';
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
  const { task, demos, steps, seed, device, engine } = request;
  return [
    {
      name: 'demos',
      title: `Collect ${demos} demonstrations of the scripted expert`,
      settings: { task, demos, seed: seeds.demos },
      run: () => collectDemos(run, request, seeds),
    },
    {
      name: 'base',
      title: 'Clone the base policy',
      settings: { seed },
      run: () => trainBase({ bags: run.demos, out: run.base, task, seed, compute: { device, engine } }),
    },
    {
      name: 'train',
      title: `Train the residual for ${steps} control steps`,
      settings: { task, steps, seed },
      run: () => trainResidual(run, request, seeds),
      discard: () => rmSync(run.train, { recursive: true, force: true }),
    },
    evaluationStage(run, request, 'base'),
    evaluationStage(run, request, 'residual'),
    {
      name: 'film',
      title: 'Film one seed where the base fails and the residual succeeds',
      settings: { task },
      run: () => film(run, task),
    },
  ];
}

function evaluationStage(run: RunFolder, { task, episodes }: DemoRequest, policy: PolicyName): Stage {
  return {
    name: `evaluate-${policy}`,
    title: `Evaluate ${policy} on ${episodes} held-out seeds`,
    settings: { task, episodes, seed: heldOutSeed },
    run: () =>
      evaluatePolicy({
        ...{ run, policy, task, episodes, seed: heldOutSeed, record: false, camera: false },
        out: join(run.evaluate, policy),
        label: `evaluate ${policy}`,
      }),
  };
}

async function collectDemos(run: RunFolder, { task, demos }: DemoRequest, seeds: DemoSeeds): Promise<void> {
  rmSync(run.demos, { recursive: true, force: true });
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
      arguments: { task, episodes: demos, seed: seeds.demos, out: run.demos },
      log: join(run.demos, 'launch.log'),
      onTick: () => progress.update(...counts()),
    }),
  );
  const [successes] = counts();
  if (successes < demos)
    throw new Error(`only ${successes} of ${demos} demonstrations succeeded; see ${log}`);
}

async function trainResidual(
  run: RunFolder,
  { task, steps, seed, device, engine }: DemoRequest,
  seeds: DemoSeeds,
): Promise<void> {
  const sessions = existsSync(run.bags) ? readdirSync(run.bags) : [];
  const progress = new ProgressDisplay('train');
  const counts = (): [number, number, string] => trainingProgress(run, steps);
  await watch(progress, counts, () =>
    runLaunch({
      file: 'train_sim_launch.yaml',
      arguments: {
        ...{ task, base: run.base, demos: run.demos, run: run.train, seed, steps },
        episode_seed: seeds.training,
        ...{ device, engine },
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
