/** The report of an evaluation as one HTML page without anything outside itself. */
import type { CriticEvaluation } from '../../../reward/evaluation/critic-record.js';
import type { RewardEvaluation } from '../../../reward/evaluation/evaluate-reward.js';
import { measureMeanings, type MeasureName } from '../../../reward/evaluation/measures.js';
import {
  checkMeanings,
  verdictOf,
  type Check,
  type ProbeResult,
} from '../../../reward/evaluation/probes/probe.js';
import { figure, htmlPage, section } from '../../report/markup.js';
import { styleSheet } from '../../report/style.js';
import { escapeMarkup } from '../../report/svg.js';
import { checkText, figureText, foresight, intervalText } from '../evaluation-table.js';
import type { Choice } from './choose-films.js';
import { progressFilm, reliabilityDiagram } from './evaluation-charts.js';
import { evaluationStyle } from './evaluation-style.js';
import type { EpisodeFilm } from './strips.js';

/** What the page shows of a critic. */
export type CriticPage = {
  readonly critic: CriticEvaluation;
  readonly choices: readonly Choice[];
};

export type EvaluationPage = {
  readonly evaluation: RewardEvaluation;
  readonly critics: readonly CriticPage[];
  /** by the episode's place among the tracks */
  readonly films: ReadonlyMap<number, EpisodeFilm>;
};

/** The whole page. Text from files is escaped. */
export function renderEvaluation({ evaluation, critics, films }: EvaluationPage): string {
  const { task, reward, episodes, successes, failures, incomplete } = evaluation;
  const facts = [
    `reward file ${reward}`,
    `${episodes} episodes: ${successes} successes, ${failures} failures`,
    ...(incomplete === 0 ? [] : [`${incomplete} incomplete ones left out`]),
  ];
  const body = [
    `<h1>Progress reward of ${escapeMarkup(task)}</h1>`,
    `<p class="quiet">${escapeMarkup(facts.join('  ·  '))}</p>`,
    overview(evaluation.critics),
    ...critics.map((page) => criticSection(page, evaluation, films)),
  ].join('\n');
  return htmlPage(`graft: progress reward of ${task}`, styleSheet + evaluationStyle, body);
}

/** What the overview shows of each critic. */
const overviewMeasures = [
  'voc',
  'voc_reversed',
  'auroc',
  'preference_accuracy',
  'false_done',
  'unknown',
] as const;

/** All critics side by side. */
function overview(critics: readonly CriticEvaluation[]): string {
  const number = (text: string): string => `<td class="number">${escapeMarkup(text)}</td>`;
  const rows = critics.map(({ name, causal, measures, probes }) => {
    const failed = probes.filter(({ verdict }) => verdict === 'fail').map((probe) => probe.name);
    const figures = overviewMeasures.map((key) => number(figureText(measures[key].value)));
    const fooled = probes.length === 0 ? 'not probed' : failed.length === 0 ? 'none' : failed.join(', ');
    return (
      `<tr><td class="name">${escapeMarkup(name)}</td>${figures.join('')}<td>${causal ? 'yes' : 'no'}</td>` +
      `<td class="${failed.length === 0 ? '' : 'fail'}">${escapeMarkup(fooled)}</td></tr>`
    );
  });
  const heads = overviewMeasures.map(
    (key) => `<th class="number">${escapeMarkup(key.replaceAll('_', ' '))}</th>`,
  );
  const head = `<th>critic</th>${heads.join('')}<th>causal</th><th>fooled by</th>`;
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function criticSection(
  { critic, choices }: CriticPage,
  { tolerance_steps }: RewardEvaluation,
  films: EvaluationPage['films'],
): string {
  const { name, kind, model, version, done_threshold, probes } = critic;
  const facts = [
    kind,
    ...(model === kind ? [] : [model]),
    `version ${version}`,
    `done from ${Number(done_threshold.toPrecision(3))} on`,
  ];
  return section(
    name,
    [
      `<p class="quiet">${escapeMarkup(facts.join('  ·  '))}</p>`,
      sightOf(critic),
      measureTable(critic, tolerance_steps),
      calibration(critic),
      ...(probes.length === 0 ? [] : ['<h3>Hacking probes</h3>', probeTable(probes)]),
      ...(choices.length === 0 ? [] : ['<h3>Episodes</h3>', legend]),
      ...choices.map((choice) => episodeFilm(choice, critic, films)),
    ].join('\n'),
  );
}

/** Whether the critic could see the future, and whether it spoke at all. */
function sightOf({ causal, look_ahead, broken, tracks }: CriticEvaluation): string {
  const lines = [
    causal ? '' : `<p class="warning">${escapeMarkup(foresight(look_ahead))}</p>`,
    broken.episodes === 0
      ? ''
      : `<p class="warning">Could not judge ${broken.episodes} of ${tracks.length} episodes: ${escapeMarkup(broken.reason)}</p>`,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function measureTable({ measures }: CriticEvaluation, tolerance_steps: number): string {
  const names = Object.keys(measureMeanings) as MeasureName[];
  const rows = names.map((name) => {
    const { value, n } = measures[name];
    const cells = [name, figureText(value), intervalText(measures[name]), n.toLocaleString('en')];
    const classes = ['name', 'number', 'number narrow', 'number'];
    const figures = cells.map((text, i) => `<td class="${classes[i]}">${escapeMarkup(text)}</td>`).join('');
    return `<tr>${figures}<td class="quiet">${escapeMarkup(measureMeanings[name])}</td></tr>`;
  });
  const head =
    '<th>measure</th><th class="number">value</th><th class="number">95 %</th><th class="number">n</th><th></th>';
  const note =
    'Intervals: Wilson for shares of episodes, Newcombe for auroc and preference, bootstrap over episodes for the rest. ' +
    `Done counts as early more than ${tolerance_steps} steps before the end. A dash: it cannot be said.`;
  return figure(`<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`, note);
}

function calibration({ reliability: { episode, frame } }: CriticEvaluation): string {
  if (frame.every(({ n }) => n === 0)) return '<p class="quiet">The critic gives no probability of done.</p>';
  return [
    '<h3>Calibration of done</h3>',
    '<div class="pair">',
    figure(reliabilityDiagram('highest of each episode', episode), ''),
    figure(reliabilityDiagram('frames', frame), ''),
    '</div>',
    '<p class="quiet">On the dashed line the probability is right. Circles grow with the number of forecasts; whiskers: 95 % Wilson interval.</p>',
  ].join('\n');
}

const verdictWords = { pass: 'pass', fail: 'FAIL', skipped: 'skipped' } as const;

function probeTable(probes: readonly ProbeResult[]): string {
  const rows = probes.map(({ name, description, verdict, difference, potential, checks, note }) => {
    const found = note === '' ? checks.map(checkMarkup).join(', ') : escapeMarkup(note);
    return [
      `<tr><td class="name">${escapeMarkup(name)}</td><td class="${verdict}">${verdictWords[verdict]}</td>`,
      `<td class="number">${figureText(difference)}</td><td class="number">${figureText(potential)}</td>`,
      `<td>${found}<br><span class="quiet">${escapeMarkup(description)}</span></td></tr>`,
    ].join('');
  });
  const head =
    '<th>probe</th><th>verdict</th><th class="number">paid</th><th class="number">gamma</th><th>found</th>';
  return figure(`<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`, probeNote);
}

const probeNote = [
  'paid: mean sum of the changes of progress over a changed clip, capped at 1',
  'gamma: the same as a discounted potential',
  ...Object.entries(checkMeanings).map(([name, meaning]) => `${name.replace('_', ' ')}: ${meaning}`),
].join('; ');

/** A check, set apart where it breaks its limit. */
function checkMarkup(check: Check): string {
  const text = escapeMarkup(checkText(check));
  return verdictOf([check]) === 'fail' ? `<span class="broken">${text}</span>` : text;
}

const legend =
  '<p class="legend"><span class="progress">progress</span><span class="done">done</span>' +
  '<span class="truth">stages done</span><span class="threshold">threshold of done</span></p>';

function episodeFilm(
  { index, why }: Choice,
  { tracks, done_threshold }: CriticEvaluation,
  films: EvaluationPage['films'],
): string {
  const [track, film] = [tracks[index], films.get(index)];
  if (film === undefined) return '';
  const title = `<p class="strip-title">${escapeMarkup(why)}</p>`;
  return title + figure(progressFilm(track, film, done_threshold), `${track.id}, seed ${track.seed}`);
}
