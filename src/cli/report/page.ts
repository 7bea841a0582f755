/** The report as one HTML page without anything outside itself. */
import { formatDuration } from '../progress.js';
import { slidingSuccessRate } from '../statistics.js';
import { formatValue, learningCurve, smallMultiple, successBars } from './charts.js';
import type { FilmFrame } from './film-frames.js';
import { figure, htmlPage, section } from './markup.js';
import type { RunRecord } from './run-record.js';
import { styleSheet } from './style.js';
import type { PolicySummary, Summary } from './summary.js';
import { escapeMarkup } from './svg.js';

/** What was filmed, or undefined where there is no film. */
export type Film = {
  readonly seed: number;
  readonly base: readonly FilmFrame[];
  readonly residual: readonly FilmFrame[];
  readonly baseSucceeded: boolean;
  readonly residualSucceeded: boolean;
};

/** A row of the table of files. */
export type FileRow = { readonly path: string; readonly bytes: number; readonly sha256: string };

export type PageContent = {
  readonly record: RunRecord;
  readonly summary: Summary;
  readonly film: Film | undefined;
  readonly files: readonly FileRow[];
  /** The command that makes this run again. */
  readonly command: string;
};

/** Training episodes in the window of the learning curve. */
const curveWindow = 50;

const stageTitles: Readonly<Record<string, string>> = {
  demos: 'demonstrations',
  base: 'behaviour cloning',
  train: 'residual training',
  'evaluate-base': 'evaluation of the base',
  'evaluate-residual': 'evaluation of the residual',
  film: 'film',
};

/** Parameters of the learner that say where things are, not how it learns. */
const places = new Set(['autostart', 'task', 'policy', 'demos', 'rollouts', 'run', 'resume', 'use_sim_time']);

const percent = (count: PolicySummary): string =>
  `${((100 * count.successes) / count.episodes).toFixed(1)} %`;

/** The whole page. Text from the run is escaped. */
export function renderPage(content: PageContent): string {
  const { summary } = content;
  const body = [
    headline(content),
    section('Result', result(content)),
    section('Learning', learning(content)),
    content.film === undefined ? '' : section('Film', filmStrips(content.film)),
    section('Time', timings(content)),
    section('Configuration', configuration(content)),
    section('Versions', versions(summary)),
    section('Files', files(content)),
    section('How to reproduce', reproduce(content)),
  ].join('\n');
  const title = `graft: ${percent(summary.base)} to ${percent(summary.residual)}`;
  return htmlPage(title, styleSheet, body);
}

function headline({ record, summary }: PageContent): string {
  const { task = 'lift' } = record.stages.find(({ stage }) => stage === 'train')?.settings ?? {};
  const finished = record.stages.at(-1)?.finished.slice(0, 16).replace('T', ' ');
  const facts = [
    `task ${show(task)}`,
    `${summary.steps.toLocaleString('en')} control steps in ${formatDuration(summary.train_seconds)}`,
    `seed ${summary.seed}`,
    ...(finished === undefined ? [] : [`${finished} UTC`]),
  ];
  return [
    `<h1>Base policy ${percent(summary.base)}, <span class="residual">with the residual ${percent(summary.residual)}</span></h1>`,
    `<p class="quiet">${escapeMarkup(facts.join('  ·  '))}</p>`,
  ].join('\n');
}

function result({ summary }: PageContent): string {
  const bars = successBars([
    { name: 'base', count: summary.base, className: 'bar-base' },
    { name: 'residual', count: summary.residual, className: 'bar-residual' },
  ]);
  const { first_seed, episodes } = summary.residual;
  return figure(
    bars,
    `Success on held-out seeds ${first_seed} to ${first_seed + episodes - 1}, without exploration, the same seeds for both. ` +
      `Whiskers: 95 % Wilson interval. Residual: ${summary.checkpoint_rule}; these seeds were used for nothing else.`,
  );
}

function learning({ record, summary }: PageContent): string {
  const episodes = trainingSteps(record);
  const baseRate = summary.base.successes / summary.base.episodes;
  const warmup = Number(record.settings.warmup_steps ?? 0);
  const curve = learningCurve(slidingSuccessRate(episodes, curveWindow), baseRate, summary.steps, warmup);
  const of = (key: 'critic_loss' | 'residual_abs'): { step: number; value: number }[] =>
    record.metrics.map((line) => ({ step: line.step, value: line[key] }));
  return [
    figure(
      curve,
      `Success over the last ${curveWindow} training episodes, which carry exploration noise; the evaluation above does not. ` +
        'Dashed: the base policy on the held-out seeds.',
    ),
    '<div class="pair">',
    figure(smallMultiple('critic loss', of('critic_loss'), summary.steps), ''),
    figure(smallMultiple('mean |residual|', of('residual_abs'), summary.steps), ''),
    '</div>',
    '<p class="quiet">The residual is in units of its bound, <code>action_scale</code>.</p>',
  ].join('\n');
}

/** Training episodes with the control step at which they ended. */
function trainingSteps({ training }: RunRecord): { step: number; success: boolean }[] {
  let step = 0;
  return training.map(({ steps, outcome }) => ({ step: (step += steps), success: outcome === 'success' }));
}

function filmStrips({ seed, base, residual, baseSucceeded, residualSucceeded }: Film): string {
  const verdict = (succeeded: boolean): string => (succeeded ? 'succeeds' : 'fails');
  return [
    `<p class="quiet">Both from seed ${seed}; times since the start of the episode.</p>`,
    filmStrip(`The base policy ${verdict(baseSucceeded)}`, base),
    filmStrip(`The same policy with the residual ${verdict(residualSucceeded)}`, residual),
  ].join('\n');
}

function filmStrip(title: string, frames: readonly FilmFrame[]): string {
  const images = frames.map(({ time, jpeg }) => {
    const text = `${time.toFixed(2)} s`;
    const source = `data:image/jpeg;base64,${jpeg.toString('base64')}`;
    return `<div><img alt="${escapeMarkup(`${title}, ${text}`)}" src="${source}"><span>${text}</span></div>`;
  });
  return `<p class="strip-title">${escapeMarkup(title)}</p><div class="strip">${images.join('')}</div>`;
}

function timings({ record, summary }: PageContent): string {
  const total = record.stages.reduce((sum, { seconds }) => sum + seconds, 0);
  const rows = record.stages.map(({ stage, seconds }) => [
    stageTitles[stage] ?? stage,
    formatDuration(seconds),
  ]);
  const { steps, updates, steps_per_s, train_seconds } = summary;
  const rate = train_seconds > 0 ? (updates / train_seconds).toFixed(1) : '?';
  return [
    table(['stage', 'time'], [...rows, ['all', formatDuration(total)]], 1),
    `<p class="quiet">Training: ${steps.toLocaleString('en')} control steps and ${updates.toLocaleString('en')} critic updates, `,
    `${steps_per_s} steps/s and ${rate} updates/s.</p>`,
  ].join('');
}

function configuration({ record }: PageContent): string {
  const { observation, features, action, training_data } = record.manifest;
  const images = observation.images.map(({ image: { camera, width, height } }): [string, unknown] => [
    `image of ${camera}`,
    `${width} x ${height} px`,
  ]);
  const base: [string, unknown][] = [
    ['observation', `${observation.names.length} values`],
    ...images,
    ...(features === undefined ? [] : [['features', `${features.size} values`] satisfies [string, unknown]]),
    ['action', `${action.joints.length} joints`],
    ['action chunk', `${action.chunk_size}, of which ${action.execute} executed`],
    ['control rate', `${record.manifest.control_rate_hz} Hz`],
    ['demonstrations', training_data?.episodes ?? 'unknown'],
    ['transitions', training_data?.transitions ?? 'unknown'],
    ...Object.entries(record.cloning?.settings ?? {}).filter(
      ([name]) => !['chunk_size', 'execute'].includes(name),
    ),
  ];
  return [
    '<p class="strip-title">Base policy (frozen)</p>',
    `<div class="columns">${settings(base)}</div>`,
    '<p class="strip-title">Residual learner</p>',
    `<div class="columns">${settings(Object.entries(record.settings).filter(([name]) => !places.has(name)))}</div>`,
  ].join('\n');
}

function settings(pairs: readonly (readonly [string, unknown])[]): string {
  const rows = pairs.map(([name, value]) => [name, show(value)]);
  return table(undefined, rows, 1);
}

/** A setting as text: numbers with three digits, everything but strings as JSON. */
function show(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatValue(value);
  return JSON.stringify(value) ?? 'none';
}

function versions({ versions: all }: Summary): string {
  return `<div class="columns">${table(undefined, Object.entries(all), 1)}</div>`;
}

function files({ files: rows, summary }: PageContent): string {
  const list = rows.map(({ path, bytes, sha256 }) => [path, formatBytes(bytes), sha256]);
  return [
    table(['file', 'size', 'SHA-256'], list, 1),
    `<p class="quiet">The base policy is frozen: the residual's checkpoint names the same hash, <code>${escapeMarkup(summary.base_sha256)}</code>.</p>`,
  ].join('\n');
}

function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function reproduce({ command, summary }: PageContent): string {
  const commit = summary.versions.commit ?? 'unknown';
  return [
    `<p>At commit <code>${escapeMarkup(commit)}</code>:</p>`,
    `<pre>npm run setup\n${escapeMarkup(command)}</pre>`,
    '<p class="quiet">Simulation, seeds and the update-to-data ratio are the same on every machine. Floating-point sums are not, ',
    'so another processor gives another run of the same quality.</p>',
  ].join('\n');
}

/** A table; cells are escaped. Column `numbers` is set flush right. */
function table(
  head: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  numbers: number,
): string {
  const cell = (tag: string) => (text: string, i: number) =>
    `<${tag}${i === numbers ? ' class="number"' : i > numbers ? ' class="mono"' : ''}>${escapeMarkup(text)}</${tag}>`;
  const line = (tag: string, cells: readonly string[]): string => `<tr>${cells.map(cell(tag)).join('')}</tr>`;
  const top = head === undefined ? '' : `<thead>${line('th', head)}</thead>`;
  return `<table>${top}<tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table>`;
}
