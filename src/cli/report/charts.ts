/** The report's charts, as inline SVG. */
import { wilsonInterval, type SuccessCount } from '../../reward/evaluation/score-intervals.js';
import type { RatePoint } from '../statistics.js';
import { element, label, linearScale, linePath, roundTicks, type Scale } from './svg.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** One bar of `successBars`. */
export type SuccessBar = { readonly name: string; readonly count: SuccessCount; readonly className: string };

/** Success rates as bars from 0 to 100 %, each with its 95 % Wilson interval. */
export function successBars(bars: readonly SuccessBar[]): string {
  const [width, left, right, rowHeight] = [720, 84, 24, 62];
  const height = bars.length * rowHeight + 30;
  const x = linearScale([0, 1], [left, width - right]);
  const grid = roundTicks([0, 1], 5).map(
    (tick) =>
      element('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: 0, y2: height - 24 }) +
      label(x(tick), height - 6, `${Math.round(100 * tick)} %`, { class: 'tick', 'text-anchor': 'middle' }),
  );
  const rows = bars.map((bar, i) => successRow(bar, x, i * rowHeight + 6));
  const title = bars.map(({ name, count }) => `${name} ${count.successes} of ${count.episodes}`).join(', ');
  return chart(width, height, `Success on held-out seeds: ${title}`, [...grid, ...rows].join(''));
}

function successRow({ name, count, className }: SuccessBar, x: Scale, top: number): string {
  const share = count.episodes === 0 ? 0 : count.successes / count.episodes;
  const [low, high] = wilsonInterval(count);
  const middle = top + 33;
  const whisker =
    element('line', { class: 'whisker', x1: x(low), x2: x(high), y1: middle, y2: middle }) +
    [low, high]
      .map((end) =>
        element('line', { class: 'whisker', x1: x(end), x2: x(end), y1: middle - 6, y2: middle + 6 }),
      )
      .join('');
  return [
    label(x(0) - 12, middle + 5, name, { class: 'name', 'text-anchor': 'end' }),
    label(
      x(0) + 1,
      top + 13,
      `${percent(share)}  (${count.successes} of ${count.episodes})  95 %: ${percent(low)} to ${percent(high)}`,
      {
        class: 'value',
      },
    ),
    element('rect', { class: className, x: x(0), y: top + 20, width: x(share) - x(0), height: 26, rx: 2 }),
    whisker,
  ].join('');
}

/** The success rate of training episodes over control steps, with the base's held-out rate as a dashed line. */
export function learningCurve(
  points: readonly RatePoint[],
  baseRate: number,
  steps: number,
  warmupSteps: number,
): string {
  const frame = { width: 720, height: 300, left: 52, right: 16, top: 12, bottom: 40 };
  const x = linearScale([0, Math.max(1, steps)], [frame.left, frame.width - frame.right]);
  const y = linearScale([0, 1], [frame.height - frame.bottom, frame.top]);
  const path = linePath(points.map(({ step, rate }) => [x(step), y(rate)]));
  const last = points.at(-1);
  const warmup = Math.min(warmupSteps, steps);
  const shade = element('rect', {
    class: 'shade',
    x: x(0),
    y: y(1),
    width: x(warmup) - x(0),
    height: y(0) - y(1),
  });
  const content = [
    warmup > 0 ? shade + label(x(0) + 6, y(1) + 14, 'warm-up', { class: 'tick' }) : '',
    axes(frame, [0, steps], [0, 1], x, y, (tick) => `${Math.round(100 * tick)} %`),
    element('line', { class: 'dashed', x1: x(0), x2: x(steps), y1: y(baseRate), y2: y(baseRate) }),
    label(x(steps) - 4, y(baseRate) + 15, `base ${percent(baseRate)}`, {
      class: 'tick',
      'text-anchor': 'end',
    }),
    element('path', { class: 'line residual', d: path }),
    last === undefined
      ? ''
      : element('circle', { class: 'residual-fill', cx: x(last.step), cy: y(last.rate), r: 3.5 }),
  ];
  return chart(
    frame.width,
    frame.height,
    'Success rate of training episodes over control steps',
    content.join(''),
  );
}

/** A small chart of one quantity over control steps. */
export function smallMultiple(
  title: string,
  points: readonly { readonly step: number; readonly value: number }[],
  steps: number,
): string {
  const frame = { width: 352, height: 190, left: 56, right: 12, top: 28, bottom: 36 };
  const values = points.map(({ value }) => value).filter(Number.isFinite);
  const highest = Math.max(...values, 0) || 1;
  const lowest = Math.min(...values, 0);
  const x = linearScale([0, Math.max(1, steps)], [frame.left, frame.width - frame.right]);
  const y = linearScale([lowest, highest], [frame.height - frame.bottom, frame.top]);
  const content = [
    label(frame.left, 16, title, { class: 'name' }),
    axes(frame, [0, steps], [lowest, highest], x, y, formatValue, 3),
    element('path', {
      class: 'line thin',
      d: linePath(points.map(({ step, value }) => [x(step), y(value)])),
    }),
  ];
  return chart(frame.width, frame.height, `${title} over control steps`, content.join(''));
}

/** A value with three significant digits, without trailing zeros. */
export function formatValue(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e5 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

type Frame = {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
};

function axes(
  frame: Frame,
  xDomain: readonly [number, number],
  yDomain: readonly [number, number],
  x: Scale,
  y: Scale,
  yText: (tick: number) => string,
  yCount = 5,
): string {
  const bottom = frame.height - frame.bottom;
  const rows = roundTicks(yDomain, yCount).map(
    (tick) =>
      element('line', {
        class: 'grid',
        x1: frame.left,
        x2: frame.width - frame.right,
        y1: y(tick),
        y2: y(tick),
      }) + label(frame.left - 8, y(tick) + 4, yText(tick), { class: 'tick', 'text-anchor': 'end' }),
  );
  const columns = roundTicks(xDomain, frame.width > 500 ? 8 : 4).map((tick) =>
    label(x(tick), bottom + 17, tick.toLocaleString('en'), { class: 'tick', 'text-anchor': 'middle' }),
  );
  const name = label((frame.left + frame.width - frame.right) / 2, frame.height - 5, 'control steps', {
    class: 'tick',
    'text-anchor': 'middle',
  });
  return [...rows, ...columns, name].join('');
}

/** A chart of its own; `description` is for those who cannot see it. */
export function chart(width: number, height: number, description: string, content: string): string {
  const attributes = { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': description };
  return element('svg', attributes, content);
}
