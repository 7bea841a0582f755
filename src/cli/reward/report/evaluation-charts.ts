/** Charts of an evaluation, as inline SVG. */
import type { ReliabilityBin } from '../../../reward/evaluation/detection.js';
import type { EpisodeTrack } from '../../../reward/evaluation/track.js';
import { wilsonInterval } from '../../../reward/evaluation/score-intervals.js';
import { chart } from '../../report/charts.js';
import { element, label, linearScale, linePath, roundTicks, type Scale } from '../../report/svg.js';
import type { EpisodeFilm } from './strips.js';

/** How often done was true against how probable it was called; circles are as large as many forecasts lie in a bin. */
export function reliabilityDiagram(title: string, bins: readonly ReliabilityBin[]): string {
  const frame = { width: 352, height: 320, left: 46, right: 14, top: 46, bottom: 48 };
  const x = linearScale([0, 1], [frame.left, frame.width - frame.right]);
  const y = linearScale([0, 1], [frame.height - frame.bottom, frame.top]);
  const all = bins.reduce((sum, { n }) => sum + n, 0);
  const content = [
    label(frame.left, 16, `${title} (${all.toLocaleString('en')})`, { class: 'name' }),
    ...roundTicks([0, 1], 5).map((tick) => gridLines(tick, x, y)),
    element('line', { class: 'dashed', x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    ...bins.map((bin) => reliabilityPoint(bin, all, x, y)),
    label((x(0) + x(1)) / 2, frame.height - 6, 'probability of done', {
      class: 'tick',
      'text-anchor': 'middle',
    }),
    label(frame.left, 33, 'share that was done', { class: 'tick' }),
  ];
  return chart(frame.width, frame.height, `Reliability of done, ${title}`, content.join(''));
}

function gridLines(tick: number, x: Scale, y: Scale): string {
  return [
    element('line', { class: 'grid', x1: x(0), x2: x(1), y1: y(tick), y2: y(tick) }),
    label(x(0) - 15, y(tick) + 4, String(tick), { class: 'tick', 'text-anchor': 'end' }),
    label(x(tick), y(0) + 22, String(tick), { class: 'tick', 'text-anchor': 'middle' }),
  ].join('');
}

function reliabilityPoint(
  { n, mean_probability, share }: ReliabilityBin,
  all: number,
  x: Scale,
  y: Scale,
): string {
  if (mean_probability === undefined || share === undefined) return '';
  const [low, high] = wilsonInterval({ successes: Math.round(share * n), episodes: n });
  const cx = x(Math.max(0, Math.min(1, mean_probability)));
  return [
    element('line', { class: 'whisker', x1: cx, x2: cx, y1: y(low), y2: y(high) }),
    element('circle', { class: 'progress-fill', cx, cy: y(share), r: 3 + 9 * Math.sqrt(n / all) }),
  ].join('');
}

/** Where the curves and the strips of an episode stand, px. */
const plot = { width: 720, left: 52, right: 12, top: 8, height: 150, gap: 26, stripGap: 4 } as const;

/** Progress, done and true stages of an episode over time, above what the cameras saw at that time. */
export function progressFilm(
  track: EpisodeTrack,
  { times, strips }: EpisodeFilm,
  done_threshold: number,
): string {
  const end = times.at(-1) ?? 0;
  const x = linearScale([0, end > 0 ? end : 1], [plot.left, plot.width - plot.right]);
  const y = linearScale([0, 1], [plot.top + plot.height, plot.top]);
  const points = (values: readonly (number | undefined)[]): (readonly [number, number])[] =>
    values.map((value, i) => [x(times[i]), y(Math.max(0, Math.min(1, value ?? NaN)))]);
  const level = y(done_threshold);
  const images = filmRows(strips, plot.top + plot.height + plot.gap);
  const content = [
    ...axisLabels(x, y, end),
    element('line', { class: 'threshold', x1: x(0), x2: plot.width - plot.right, y1: level, y2: level }),
    element('path', { class: 'line truth', d: stepPath(points(track.truth)) }),
    curve('done', points(track.done)),
    curve('progress', points(track.progress)),
    images.content,
  ];
  return chart(plot.width, images.bottom, `Progress of episode ${track.id}`, content.join(''));
}

function axisLabels(x: Scale, y: Scale, end: number): string[] {
  return [
    ...roundTicks([0, 1], 2).map(
      (tick) =>
        element('line', {
          class: 'grid',
          x1: plot.left,
          x2: plot.width - plot.right,
          y1: y(tick),
          y2: y(tick),
        }) + label(plot.left - 8, y(tick) + 4, String(tick), { class: 'tick', 'text-anchor': 'end' }),
    ),
    ...roundTicks([0, end], 8).map((tick) =>
      label(x(tick), y(0) + 16, `${tick} s`, {
        class: 'tick',
        'text-anchor': tick === 0 ? 'start' : 'middle',
      }),
    ),
  ];
}

/** A line, with a dot at its end: a critic may speak of a single moment only. */
function curve(name: string, points: readonly (readonly [number, number])[]): string {
  const last = points.findLast(([, y]) => Number.isFinite(y));
  const dot =
    last === undefined ? '' : element('circle', { class: `${name}-fill`, cx: last[0], cy: last[1], r: 3.5 });
  return element('path', { class: `line ${name}`, d: linePath(points) }) + dot;
}

/** Path data of a line that keeps each value until the next. */
function stepPath(points: readonly (readonly [number, number])[]): string {
  return linePath(
    points.flatMap((point, i) => (i === 0 ? [point] : [[point[0], points[i - 1][1]] as const, point])),
  );
}

function filmRows(
  strips: readonly EpisodeFilm['strips'][number][],
  top: number,
): { content: string; bottom: number } {
  let bottom = strips.length === 0 ? top - plot.gap + 22 : top;
  const rows = strips.map(({ camera, width, height, jpegs }) => {
    const across = (plot.width - plot.left - plot.right) / jpegs.length;
    const tall = (across - plot.stripGap) * (height / width);
    const images = jpegs.map((jpeg, i) =>
      element('image', {
        ...{ href: `data:image/jpeg;base64,${jpeg.toString('base64')}`, y: bottom },
        ...{ x: plot.left + i * across + plot.stripGap / 2, width: across - plot.stripGap, height: tall },
      }),
    );
    const name = label(plot.left - 8, bottom + tall / 2 + 4, camera.split('_').at(-1) ?? '', {
      class: 'tick',
      'text-anchor': 'end',
    });
    bottom += tall + plot.stripGap;
    return name + images.join('');
  });
  return { content: rows.join(''), bottom };
}
