/** An evaluation as text for the terminal. */
import type { CriticEvaluation } from '../../reward/evaluation/critic-record.js';
import type { Estimate } from '../../reward/evaluation/intervals.js';
import { measureMeanings, type MeasureName } from '../../reward/evaluation/measures.js';
import type { Check, ProbeResult } from '../../reward/evaluation/probes/probe.js';

/** A figure as text; `-` where it cannot be said. */
export function figureText(value: number | null): string {
  if (value === null) return '-';
  // Rounding must not leave a minus before nothing.
  const text = Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** `0.880 to 0.941`, or nothing where there is no interval. */
export function intervalText({ interval }: Estimate): string {
  return interval === null ? '' : interval.map(figureText).join(' to ');
}

/** `drift 0.012 (at most 0.05)`. */
export function checkText({ name, value, limit, bound }: Check): string {
  return `${name.replace('_', ' ')} ${figureText(value)} (at ${bound} ${limit})`;
}

/** The figures and probes of one critic, as aligned lines. */
export function criticTable(critic: CriticEvaluation): string {
  const { name, model, version, causal, look_ahead, measures, probes } = critic;
  const names = Object.keys(measureMeanings) as MeasureName[];
  const figures = names.map((key) => [
    ...[key, figureText(measures[key].value), intervalText(measures[key])],
    String(measures[key].n),
  ]);
  const sight = causal ? 'Judges from the past alone.' : foresight(look_ahead);
  return [
    `${name}: ${model}, version ${version}. ${sight}`,
    aligned([['measure', 'value', '95 %', 'n'], ...figures]),
    ...(probes.length === 0 ? [] : ['', aligned([probeHead, ...probes.map(probeRow)])]),
  ].join('\n');
}

/** What to know of a critic that judges after the end. @param look_ahead as in `CriticEvaluation` */
export function foresight(look_ahead: number | null): string {
  const moved =
    look_ahead === null
      ? ''
      : ` Without the frames to come, progress at a moment moves by ${figureText(look_ahead)} (mean).`;
  return `Not causal: it judges after the end.${moved}`;
}

const probeHead = ['probe', 'verdict', 'paid', 'gamma', 'checks'];

function probeRow({ name, verdict, difference, potential, checks, note }: ProbeResult): string[] {
  const text = note === '' ? checks.map(checkText).join(', ') : note;
  return [name, verdict, figureText(difference), figureText(potential), text];
}

/** Columns side by side. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column])).join('  ');
  return rows.map((row) => `  ${line(row).trimEnd()}`).join('\n');
}
