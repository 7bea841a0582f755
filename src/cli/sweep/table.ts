/** A sweep as Markdown: for each task a row for each setting. */
import { meanInterval, wilsonInterval, type SuccessCount } from '../../reward/evaluation/score-intervals.js';
import { mean } from '../../reward/statistics.js';
import {
  finalCount,
  median,
  pooled,
  rateOf,
  stepsUntil,
  worstDifference,
  type SettingRecord,
  type TaskRecord,
} from './results.js';
import type { Sweep } from './sweep-file.js';

/** Success that counts as learned. */
const learned = 0.9;

/** @returns Markdown, a heading and a table for each task, and what its columns mean */
export function sweepTable(sweep: Sweep, tasks: readonly TaskRecord[]): string {
  return (
    [`# ${sweep.name}`, ...tasks.map((task) => taskTable(sweep, task)), legend(sweep)].join('\n\n') + '\n'
  );
}

function taskTable(sweep: Sweep, { task, bases, settings }: TaskRecord): string {
  const { columns, held_out } = sweep;
  const last = held_out > 0 ? 'held-out seeds' : 'at the end';
  const head = [
    ...['setting', 'seeds', ...columns.map((at) => at.toLocaleString('en'))],
    ...[`${100 * learned} % after`, 'worst difference', 'steps', last, 'training'],
  ];
  const baseCounts = bases.map(({ evaluation, held_out: own }) => own ?? evaluation);
  const base = [
    ...['frozen base', String(bases.length), ...columns.map(() => percent(bases.map((b) => b.evaluation)))],
    ...['', '', '0', successOf(baseCounts), ''],
  ];
  const rows = [head, head.map(() => '---'), base, ...settings.map((record) => settingRow(sweep, record))];
  return [`## ${task}`, '', ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}

function settingRow({ columns, seeds }: Sweep, { setting, trials }: SettingRecord): string[] {
  const finished = trials.flatMap((trial) => finalCount(trial) ?? []);
  const isWhole = finished.length === seeds.length;
  const during = columns.map((at) => {
    const points = trials.flatMap((trial) => trial.points.filter((point) => point.at === at));
    return points.length === 0 || points.length < trials.length ? '' : percent(points);
  });
  const reached = trials.map((trial) => stepsUntil(trial, learned));
  const minutes = trials.flatMap(({ result }) => (result === undefined ? [] : [result.seconds / 60]));
  return [
    setting.label,
    isWhole ? String(seeds.length) : `${finished.length} of ${seeds.length} finished`,
    ...during,
    trials.length === 0 ? '' : reachedText(reached),
    trials.length === 0 ? '' : points(Math.min(...trials.map(worstDifference))),
    setting.steps.toLocaleString('en'),
    finished.length === 0 ? '' : `**${successOf(finished)}**`,
    minutes.length === 0 ? '' : `${mean(minutes).toFixed(1)} min`,
  ];
}

/** `4,000`, or with seeds that never got there also how many did. */
function reachedText(steps: readonly number[]): string {
  const middle = median(steps);
  const reached = steps.filter(Number.isFinite).length;
  const share = reached === steps.length ? '' : ` (${reached} of ${steps.length})`;
  return (Number.isFinite(middle) ? middle.toLocaleString('en') : 'not reached') + share;
}

/** `95.2 % (571 of 600; 93.1 to 96.6; of seeds 88.0 to 100.0)` */
function successOf(counts: readonly SuccessCount[]): string {
  if (counts.length === 0) return '';
  const { successes, episodes } = pooled(counts);
  const one = (bounds: readonly number[]): string =>
    bounds.map((bound) => (100 * Math.min(1, Math.max(0, bound))).toFixed(1)).join(' to ');
  const ofSeeds = counts.length < 2 ? '' : `; of seeds ${one(meanInterval(counts.map(rateOf)))}`;
  const wilson = one(wilsonInterval({ successes, episodes }));
  return `${percent(counts)} (${successes} of ${episodes}; ${wilson}${ofSeeds})`;
}

/** The mean of the rates, as all have as many episodes. */
function percent(counts: readonly SuccessCount[]): string {
  return counts.length === 0 ? '' : `${(100 * rateOf(pooled(counts))).toFixed(1)} %`;
}

/** A difference in points. */
function points(difference: number): string {
  const rounded = Math.round(1000 * difference) / 10;
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : ''}${Math.abs(rounded).toFixed(1)}`;
}

function legend({ episodes, held_out }: Sweep): string {
  const last =
    held_out > 0
      ? `the last policy on ${held_out} seeds that nothing else uses`
      : 'the last policy on the evaluation seeds';
  return [
    `Columns of steps: mean success of ${episodes} episodes a seed, on the same evaluation seeds each time. "${100 * learned} % after": control steps`,
    'until the first evaluation with as much, the median of the seeds. "worst difference": the lowest evaluation of any seed during training less its',
    `base policy on the same seeds, in points. Last success: ${last}; in brackets the 95 % interval of all episodes together`,
    '(Wilson) and of the mean of the seeds (Student). Training: wall time without evaluations, mean of the seeds.',
  ].join('\n');
}
