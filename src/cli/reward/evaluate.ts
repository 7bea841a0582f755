/** `graft reward evaluate`: how good the critics of a reward file are, and how easily they are fooled. */
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { evaluateReward, defaultEvaluation } from '../../reward/evaluation/evaluate-reward.js';
import type {
  EvaluationOptions,
  EvaluationProgress,
  RewardEvaluation,
} from '../../reward/evaluation/evaluate-reward.js';
import { evaluationJson } from '../../reward/evaluation/evaluation-json.js';
import { findReward, type RewardFile } from '../../reward/reward-file.js';
import { Interrupted } from '../launch-child.js';
import { wholeNumber } from '../options.js';
import { ProgressDisplay } from '../progress.js';
import { criticTable } from './evaluation-table.js';
import { writeEvaluationReport } from './report/write-report.js';

export type EvaluationRequest = {
  /** a name under rewards/ or a reward file */
  readonly reward: string;
  /** folders with bags, at any depth */
  readonly bags: readonly string[];
  readonly critic?: string;
  readonly tolerance: number;
  readonly nearMiss: number;
  readonly probeClips: number;
  readonly seed: number;
  /** gets index.html and evaluation.json if given */
  readonly out?: string;
  readonly json?: true;
};

/** How many recorded clips probes change. */
export const probeClipsOption = (): Option =>
  new Option('--probe-clips <n>', 'successes, and as many failures, to probe with')
    .argParser(wholeNumber(0))
    .default(defaultEvaluation.probe_clips);

/** Adds `graft reward evaluate`. */
export function addEvaluate(reward: Command): void {
  const { tolerance_steps, near_miss_steps, seed } = defaultEvaluation;
  reward
    .command('evaluate')
    .description(
      'put recorded episodes to the critics of a reward file; measure what they say and probe how they can be fooled',
    )
    .requiredOption('--reward <file>', 'reward file, or a name under rewards/')
    .requiredOption('--bags <dir...>', 'folders with bags, at any depth')
    .option('--critic <name>', 'only this critic of the file')
    .option(
      '--tolerance <n>',
      'steps before the end from which done is not early',
      wholeNumber(0),
      tolerance_steps,
    )
    .option(
      '--near-miss <n>',
      'steps that are cut from a success for a near miss',
      wholeNumber(1),
      near_miss_steps,
    )
    .addOption(probeClipsOption())
    .option('--seed <n>', 'seed of which clips are probed', wholeNumber(0), seed)
    .option('--out <dir>', 'folder for the report (index.html) and evaluation.json')
    .option('--json', 'print all figures as JSON on the last line')
    .action(evaluate);
}

async function evaluate(request: EvaluationRequest): Promise<void> {
  const { reward, bags, out, json, critic, tolerance, nearMiss, probeClips, seed } = request;
  const evaluation = await evaluateShown(findReward(reward), bags, {
    ...{ critic, seed, probe_clips: probeClips, tolerance_steps: tolerance, near_miss_steps: nearMiss },
  });
  const page = out === undefined ? undefined : await writeEvaluationReport(resolve(out), evaluation, bags);
  console.log(evaluationText(evaluation));
  if (page !== undefined) console.log(page);
  if (json === true) console.log(JSON.stringify(evaluationJson(evaluation)));
  reportBroken(evaluation);
}

/** An evaluation for a person, and for machines. Shows its progress and stops on Ctrl-C. */
export async function evaluateEpisodes(
  reward: RewardFile,
  folders: readonly string[],
  options: EvaluationOptions,
): Promise<{ readonly text: string; readonly json: Readonly<Record<string, unknown>> }> {
  const evaluation = await evaluateShown(reward, folders, options);
  reportBroken(evaluation);
  return { text: evaluationText(evaluation), json: evaluationJson(evaluation) };
}

/** Evaluates, shows the progress, and stops on Ctrl-C. */
function evaluateShown(
  reward: RewardFile,
  folders: readonly string[],
  options: EvaluationOptions,
): Promise<RewardEvaluation> {
  return withProgress((control) => evaluateReward(reward, folders, { ...options, ...control }));
}

/** What stops an evaluation and hears how it goes. */
type Control = { readonly signal: AbortSignal; readonly onProgress: (progress: EvaluationProgress) => void };

/** Shows the progress of an evaluation, and stops it on Ctrl-C. @throws Interrupted after Ctrl-C */
export async function withProgress<T>(run: (control: Control) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => controller.abort(new Interrupted());
  process.once('SIGINT', onSignal);
  const displays = { episodes: new ProgressDisplay('episodes'), probes: new ProgressDisplay('probes') };
  let last: EvaluationProgress | undefined;
  try {
    const result = await run({
      signal: controller.signal,
      onProgress: (progress) => {
        if (last !== undefined && last.stage !== progress.stage)
          displays[last.stage].finish(last.done, last.total);
        last = progress;
        displays[progress.stage].update(progress.done, progress.total, progress.note);
      },
    });
    if (last !== undefined) displays[last.stage].finish(last.total, last.total);
    return result;
  } finally {
    if (last !== undefined) displays[last.stage].abandon();
    process.off('SIGINT', onSignal);
  }
}

/** The counts, and the tables of all critics. */
export function evaluationText({
  task,
  episodes,
  successes,
  failures,
  incomplete,
  critics,
}: RewardEvaluation): string {
  const left = incomplete === 0 ? '' : `; ${incomplete} incomplete ones were left out`;
  const head = `${task}: ${successes} of ${episodes} episodes succeeded, ${failures} failed${left}`;
  return [head, ...critics.map(criticTable)].join('\n\n');
}

/** Tells of critics that could not judge; one that judged nothing is an error. */
function reportBroken({ critics, episodes }: RewardEvaluation): void {
  for (const { name, broken } of critics.filter((critic) => critic.broken.episodes > 0)) {
    console.error(`${name} could not judge ${broken.episodes} of ${episodes} episodes: ${broken.reason}`);
    if (broken.episodes === episodes) process.exitCode = 1;
  }
}
