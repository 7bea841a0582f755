/** A sweep as one SVG: a row of panels for each task, a panel for each group, a line with its 95 % band for each setting. */
import { meanInterval, wilsonInterval, type SuccessCount } from '../../reward/evaluation/score-intervals.js';
import { mean } from '../../reward/statistics.js';
import { element, label, linearScale, linePath, roundTicks, type Scale } from '../report/svg.js';
import { alignedRates, pooled, rateOf, type SettingRecord, type TaskRecord } from './results.js';
import type { Sweep } from './sweep-file.js';

const size = { width: 340, plot: 190, left: 46, right: 30, top: 30, axis: 40, line: 15 };
const text = { 'font-family': 'sans-serif', 'font-size': 11, fill: '#333' };
/** of lines; the reference is the first */
const colours = ['#1d2329', '#0b7d8c', '#c2571a', '#6a4fb3', '#4d7c0f', '#9d174d', '#1d4ed8', '#a16207'];
const baseColour = '#8b98a5';

/** Lengths of training that differ more than so many times need a logarithmic abscissa. */
const mostLinear = 4;

/** A mean success rate and its 95 % interval, after `at` control steps. */
export type BandPoint = {
  readonly at: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
};

type Line = { readonly name: string; readonly colour: string; readonly points: readonly BandPoint[] };

/** @returns SVG; without any evaluation a figure of empty panels */
export function sweepFigure(sweep: Sweep, tasks: readonly TaskRecord[]): string {
  const groups = [...new Set(sweep.settings.map(({ group }) => group))];
  const entries = Math.max(...groups.map((group) => members(sweep, group).length)) + 1;
  const height = size.top + size.plot + size.axis + entries * size.line + 12;
  const [across, down] = [size.width * groups.length, height * tasks.length];
  const panels = tasks.flatMap((task, row) =>
    groups.map((group, column) => {
      const place = `translate(${size.width * column} ${height * row})`;
      return element('g', { transform: place }, panel(sweep, task, group));
    }),
  );
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${across} ${down}` };
  const background = element('rect', { width: across, height: down, fill: '#fff' });
  return element('svg', { ...attributes, width: across, height: down }, background + panels.join(''));
}

/** Names of the settings in a group's panel, the reference first. */
function members({ settings, reference }: Sweep, group: string): string[] {
  const own = settings.filter((setting) => setting.group === group).map(({ name }) => name);
  return reference === undefined ? own : [reference, ...own.filter((name) => name !== reference)];
}

/** The mean over trials of a setting at each evaluation that all of them have. */
export function bandOf(trials: SettingRecord['trials']): BandPoint[] {
  return alignedRates(trials).map(({ at, counts }) => {
    const [low, high] = intervalOf(counts);
    const clamp = (rate: number): number => Math.min(1, Math.max(0, rate));
    return { at, mean: mean(counts.map(rateOf)), low: clamp(low), high: clamp(high) };
  });
}

/** Of the seeds, or with a single one of its episodes. */
function intervalOf(counts: readonly SuccessCount[]): [number, number] {
  return counts.length < 2 ? wilsonInterval(pooled(counts)) : meanInterval(counts.map(rateOf));
}

function panel(sweep: Sweep, { task, bases, settings }: TaskRecord, group: string): string {
  const names = members(sweep, group);
  const records = names.flatMap((name) => settings.find(({ setting }) => setting.name === name) ?? []);
  const base = bases.length === 0 ? undefined : mean(bases.map(({ evaluation }) => rateOf(evaluation)));
  const offset = sweep.reference === undefined ? 1 : 0;
  const lines = records.map(({ setting, trials }, i): Line => {
    const colour = colours[(i + offset) % colours.length];
    return { name: setting.label, colour, points: bandOf(trials) };
  });
  const lengths = records.map(({ setting }) => setting.steps);
  const first = Math.min(...records.map(({ setting }) => setting.every));
  const isLog = Math.max(...lengths) > mostLinear * Math.min(...lengths);
  const axis = isLog
    ? logAxis([first, Math.max(...lengths)])
    : linearAxis([0, Math.max(...lengths)], size.width);
  const y = linearScale([0, 1], [size.top + size.plot, size.top]);
  const start = isLog || base === undefined ? [] : [{ at: 0, mean: base, low: base, high: base }];
  const drawn = lines.map((line) => curve({ ...line, points: [...start, ...line.points] }, axis.x, y));
  const dashed = base === undefined ? '' : rule(y(base), { stroke: baseColour, 'stroke-dasharray': '5 4' });
  const title = group === 'settings' ? task : `${task}: ${group}`;
  return [
    label(size.left, 18, title, { ...text, 'font-size': 13, 'font-weight': 'bold' }),
    ...grid(y),
    ...ticks(axis),
    dashed,
    ...drawn.map(({ band }) => band),
    ...drawn.map(({ path }) => path),
    legend([...lines, { name: 'frozen base', colour: baseColour, points: [] }]),
  ].join('');
}

type Axis = { readonly x: Scale; readonly ticks: readonly number[] };

const plotRange = [size.left, size.width - size.right] as const;

function linearAxis(domain: readonly [number, number], width: number): Axis {
  return { x: linearScale(domain, plotRange), ticks: roundTicks(domain, width / 80) };
}

/** Ticks at powers of ten, where there are few also at twice and five times those. */
function logAxis([low, high]: readonly [number, number]): Axis {
  const scale = linearScale([Math.log10(low), Math.log10(high)], plotRange);
  const ticksAt = (factors: readonly number[]): number[] =>
    Array.from({ length: 12 }, (_, power) => factors.map((factor) => factor * 10 ** power))
      .flat()
      .filter((value) => value >= low && value <= high);
  const powers = ticksAt([1]);
  return {
    x: (value) => scale(Math.log10(value)),
    ticks: powers.length > 2 ? powers : ticksAt([1, 2, 5]),
  };
}

function curve({ points, colour }: Line, x: Scale, y: Scale): { band: string; path: string } {
  const edge = (key: 'low' | 'high' | 'mean'): [number, number][] =>
    points.map((point) => [x(point.at), y(point[key])]);
  const outline = linePath([...edge('high'), ...edge('low').reverse()]);
  const stroke = { fill: 'none', stroke: colour, 'stroke-width': 1.8, 'stroke-linejoin': 'round' };
  return {
    band: element('path', { d: outline, fill: colour, opacity: '0.12' }),
    path: element('path', { d: linePath(edge('mean')), ...stroke }),
  };
}

function grid(y: Scale): string[] {
  return [0, 0.25, 0.5, 0.75, 1].map(
    (rate) =>
      rule(y(rate), { stroke: '#dfe3e6' }) +
      label(size.left - 6, y(rate) + 4, `${100 * rate} %`, { ...text, 'text-anchor': 'end' }),
  );
}

function rule(y: number, style: Readonly<Record<string, string | number>>): string {
  return element('line', { x1: plotRange[0], x2: plotRange[1], y1: y, y2: y, ...style });
}

function ticks({ x, ticks: values }: Axis): string[] {
  const y = size.top + size.plot;
  const middle = { ...text, 'text-anchor': 'middle' };
  const name = label((plotRange[0] + plotRange[1]) / 2, y + 32, 'control steps', middle);
  return [...values.map((value) => label(x(value), y + 16, value.toLocaleString('en'), middle)), name];
}

function legend(lines: readonly Line[]): string {
  return lines
    .map(({ name, colour }, i) => {
      const y = size.top + size.plot + size.axis + (i + 0.5) * size.line;
      const dash: Record<string, string> = colour === baseColour ? { 'stroke-dasharray': '5 4' } : {};
      const stroke = { stroke: colour, 'stroke-width': 2.5, ...dash };
      return (
        element('line', { x1: size.left, x2: size.left + 22, y1: y, y2: y, ...stroke }) +
        label(size.left + 30, y + 4, name, text)
      );
    })
    .join('');
}
