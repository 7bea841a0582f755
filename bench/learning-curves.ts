/** Learning curves as one SVG: a panel for each task, a line for each seed, the base dashed. */
import { element, label, linearScale, linePath, type Scale } from '../src/cli/report/svg.js';

export type Curve = {
  readonly seed: number;
  readonly base: number;
  readonly points: readonly { readonly at: number; readonly rate: number }[];
};
/** `end` is where the panel's abscissa ends, in `unit`. */
export type Panel = {
  readonly title: string;
  readonly end: number;
  readonly unit: string;
  readonly curves: readonly Curve[];
};

const panelSize = { width: 270, height: 190, left: 44, right: 26, top: 26, bottom: 30 };
const colours = ['#0b7d8c', '#c2571a', '#6a4fb3', '#4d7c0f', '#9d174d'];
const text = { 'font-family': 'sans-serif', 'font-size': 11, fill: '#333' };

/** Rates are shares in [0, 1]. */
export function learningCurves(panels: readonly Panel[], columns = 3): string {
  const { width, height } = panelSize;
  const rows = Math.ceil(panels.length / columns);
  const [across, down] = [width * Math.min(columns, panels.length), height * rows];
  const content = panels.map((panel, i) => {
    const [x, y] = [width * (i % columns), height * Math.floor(i / columns)];
    return element('g', { transform: `translate(${x} ${y})` }, panelContent(panel));
  });
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${across} ${down}`, width: across, height: down },
    element('rect', { width: across, height: down, fill: '#fff' }) + content.join(''),
  );
}

function panelContent({ title, end, unit, curves }: Panel): string {
  const { width, height, left, right, top, bottom } = panelSize;
  const x = linearScale([0, end], [left, width - right]);
  const y = linearScale([0, 1], [height - bottom, top]);
  const lines = curves.flatMap(({ base, points }, i) => {
    const stroke = colours[i % colours.length];
    const path = linePath([[x(0), y(base)], ...points.map(({ at, rate }) => [x(at), y(rate)] as const)]);
    return [
      rule(x, y(base), end, { stroke, 'stroke-dasharray': '3 3', opacity: 0.7 }),
      element('path', { d: path, fill: 'none', stroke, 'stroke-width': 1.8 }),
    ];
  });
  const grid = [0, 0.5, 1].map(
    (rate) =>
      rule(x, y(rate), end, { stroke: '#ddd' }) +
      label(left - 5, y(rate) + 4, `${100 * rate} %`, { ...text, 'text-anchor': 'end' }),
  );
  const ticks = [0, end / 2, end].map((at, i) =>
    label(x(at), height - bottom + 15, `${at.toLocaleString('en')}${i === 1 ? ` ${unit}` : ''}`, {
      ...text,
      'text-anchor': 'middle',
    }),
  );
  return [label(left, 16, title, { ...text, 'font-weight': 'bold' }), ...grid, ...ticks, ...lines].join('');
}

function rule(x: Scale, y: number, end: number, style: Readonly<Record<string, string | number>>): string {
  return element('line', { x1: x(0), x2: x(end), y1: y, y2: y, ...style });
}
