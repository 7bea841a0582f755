import { test } from 'node:test';
import assert from 'node:assert/strict';
import { formatValue, learningCurve, smallMultiple, successBars } from '../../../src/cli/report/charts.js';
import {
  element,
  escapeMarkup,
  label,
  linePath,
  linearScale,
  roundTicks,
} from '../../../src/cli/report/svg.js';

test('markup in text and attributes is escaped', () => {
  assert.equal(escapeMarkup(`<a href="x">'&'</a>`), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;');
  assert.equal(element('g', { id: '"><b', x: 1.23456 }), '<g id="&quot;&gt;&lt;b" x="1.23"></g>');
  assert.equal(label(0, 0, '<script>'), '<text x="0" y="0">&lt;script&gt;</text>');
  const svg = successBars([{ name: '<b>', count: { successes: 1, episodes: 2 }, className: 'bar-base' }]);
  assert.doesNotMatch(svg, /<b>/);
});

test('success bars are as long as the rate, whiskers as the interval', () => {
  const svg = successBars([
    { name: 'base', count: { successes: 92, episodes: 200 }, className: 'bar-base' },
    { name: 'residual', count: { successes: 186, episodes: 200 }, className: 'bar-residual' },
  ]);
  const widths = [...svg.matchAll(/<rect class="bar-\w+"[^>]* width="([\d.]+)"/g)].map((match) =>
    Number(match[1]),
  );
  assert.equal(widths.length, 2);
  assert.ok(Math.abs(widths[0] / widths[1] - 92 / 186) < 1e-3);
  assert.match(svg, /46\.0 % {2}\(92 of 200\) {2}95 %: 39\.2 % to 52\.9 %/);
  assert.equal(svg.match(/class="whisker"/g)?.length, 6);
});

test('the learning curve holds its points and the level of the base', () => {
  const points = [100, 200, 300].map((step) => ({ step, rate: step / 400, episodes: 10 }));
  const svg = learningCurve(points, 0.46, 400, 100);
  const path = / class="line residual" d="([^"]*)"/.exec(svg)?.[1] ?? '';
  assert.equal(path.match(/[ML]/g)?.length, 3);
  assert.match(svg, /class="dashed"/);
  assert.match(svg, /base 46\.0 %/);
  assert.match(svg, /warm-up/);
  assert.doesNotMatch(learningCurve([], 0.46, 400, 0), /NaN|warm-up/);
});

test('a chart of values that are constant, missing or not finite draws what there is', () => {
  for (const values of [[], [0, 0], [NaN, 1, Infinity, 2]]) {
    const points = values.map((value, step) => ({ step, value }));
    assert.doesNotMatch(smallMultiple('loss', points, 10), /NaN|Infinity/);
  }
});

test('ticks are round and inside the domain', () => {
  assert.deepEqual(roundTicks([0, 1], 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(roundTicks([0, 20000], 8), [0, 5000, 10000, 15000, 20000]);
  assert.deepEqual(roundTicks([3, 3], 5), [3]);
});

test('scales and paths', () => {
  const scale = linearScale([0, 10], [100, 0]);
  assert.equal(scale(2.5), 75);
  assert.equal(linearScale([1, 1], [0, 10])(1), 5);
  assert.equal(
    linePath([
      [0, 0],
      [1, NaN],
      [2, 1],
      [3, 1],
    ]),
    'M0.0 0.0M2.0 1.0L3.0 1.0',
  );
  assert.deepEqual([0, 0.0301, 12345.6, 2e-5].map(formatValue), ['0', '0.0301', '12300', '2.0e-5']);
});
