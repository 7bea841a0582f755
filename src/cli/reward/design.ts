/** `graft reward design`: a language model writes a progress function, recorded episodes decide whether it is kept. */
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../../config/atomic-file.js';
import { appendJsonLine } from '../../config/json-lines.js';
import { chatUrl, keyIn } from '../../reward/chat/address.js';
import { createCritics } from '../../reward/create-critics.js';
import type { ProgressSettings } from '../../reward/critics/progress-function/compile.js';
import { askOf, patient } from '../../reward/design/ask.js';
import { designEpisodes } from '../../reward/design/design-episodes.js';
import { designRounds, type DesignRequest, type Round } from '../../reward/design/design-reward.js';
import { defaultCriteria, type Figures } from '../../reward/design/preference-test.js';
import { loadReward } from '../../reward/reward-file.js';
import { findTask, shippedTasks, type Task } from '../../sim/task.js';
import { Interrupted } from '../launch-child.js';
import { wholeNumber } from '../options.js';
import { ProgressDisplay } from '../progress.js';
import { existingFolder } from '../run-folder.js';

type Options = {
  task: string;
  bags: string;
  endpoint: string;
  model: string;
  apiKeyEnv?: string;
  out?: string;
  rounds: number;
  instruction?: string;
  json?: true;
};

/** Adds `graft reward design`. */
export function addDesign(reward: Command): void {
  reward
    .command('design')
    .description(
      'have a language model write a progress function; it is kept if it tells recorded successes from failures and ' +
        'cannot be earned without the task',
    )
    .requiredOption('--task <name>', 'task')
    .requiredOption('--bags <dir>', 'folder with bags of successes and failures, at any depth')
    .requiredOption('--endpoint <url>', 'OpenAI-compatible endpoint, such as http://localhost:8000/v1')
    .requiredOption('--model <name>', 'model at the endpoint')
    .option('--api-key-env <var>', "environment variable with the endpoint's key")
    .option(
      '--out <file>',
      'reward file (default: runs/design/<task>.yaml); answers go to design-log.jsonl beside it',
    )
    .option('--rounds <n>', 'answers that are asked for at most', wholeNumber(1, 100), 5)
    .option('--instruction <text>', "what the robot should do (default: the task's)")
    .option(
      '--json',
      'print {"accepted":...,"rounds":...,"reasons":...,"figures":...,"file":...} as the last line',
    )
    .action(design);
}

async function design(options: Options): Promise<void> {
  const task = findTask(options.task);
  const { endpoint, model, rounds, instruction = task.instruction } = options;
  const file = resolve(options.out ?? join('runs', 'design', `${task.name}.yaml`));
  const url = chatUrl(endpoint, { file: '--endpoint', key: '' });
  const key = keyIn(options.apiKeyEnv, { file: '--api-key-env', key: '' });
  const ask = askOf({ ...patient, url, key, model });
  const episodes = await designEpisodes(existingFolder(options.bags, 'bags of successes and failures'), task);
  const request = { task, instruction, episodes, criteria: defaultCriteria, rounds };
  const last = await lastRound(request, ask, { file: join(dirname(file), 'design-log.jsonl'), model });
  const { round, reasons, settings, figures } = last;
  const accepted = reasons.length === 0 && settings !== undefined;
  if (accepted) await writeReward(file, options, settings, `Written by ${model}, round ${round}.`);
  if (figures !== undefined) console.log(figureLine(figures));
  if (accepted) console.log(file);
  else console.error(`graft: none of ${round} answers was accepted; the last one: ${reasons.join('\n  ')}`);
  if (options.json === true)
    console.log(JSON.stringify({ accepted, rounds: round, reasons, figures, ...(accepted && { file }) }));
  if (!accepted) process.exitCode = 1;
}

/** Goes through the rounds, and logs each. @throws Interrupted after Ctrl-C */
async function lastRound(
  request: DesignRequest,
  ask: Parameters<typeof designRounds>[1],
  log: { readonly file: string; readonly model: string },
): Promise<Round> {
  const began = new Date().toISOString();
  const progress = new ProgressDisplay('design');
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Interrupted());
  process.once('SIGINT', onSignal);
  let last: Round | undefined;
  try {
    progress.update(0, request.rounds);
    for await (const round of designRounds(request, ask, stop.signal)) {
      last = round;
      appendJsonLine(log.file, { began, task: request.task.name, model: log.model, ...round });
      progress.abandon();
      for (const reason of round.reasons) console.error(`round ${round.round} is refused: ${reason}`);
      progress.update(round.round, request.rounds);
    }
  } finally {
    process.off('SIGINT', onSignal);
    progress.abandon();
  }
  if (last === undefined) throw new Error('no answer was asked for');
  return last;
}

/** Writes a reward file and reads it back. */
async function writeReward(
  file: string,
  { task, instruction }: Options,
  settings: ProgressSettings,
  comment: string,
): Promise<void> {
  const reward = {
    task: taskName(findTask(task)),
    ...(instruction === undefined ? {} : { instruction }),
    critics: { progress: { kind: 'progress_function', ...settings } },
  };
  mkdirSync(dirname(file), { recursive: true });
  // A line break in the model's name would end the comment.
  writeFileAtomic(file, `# ${comment.replace(/\s+/g, ' ')}\n${stringify(reward, { lineWidth: 0 })}`);
  for (const critic of await createCritics(loadReward(file))) await critic.dispose();
}

/** The name of a shipped task, or the path of any other. */
function taskName({ name, file }: Task): string {
  return shippedTasks().includes(name) && findTask(name).file === file ? name : file;
}

function figureLine(figures: Figures): string {
  const entries = Object.entries(figures).map(([name, value]) => `${name} ${Number(value.toFixed(3))}`);
  return entries.join(', ');
}
