import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bandOf, sweepFigure } from '../../../src/cli/sweep/figure.js';
import {
  alignedRates,
  finalCount,
  median,
  stepsUntil,
  worstDifference,
} from '../../../src/cli/sweep/results.js';
import { sweepTable } from '../../../src/cli/sweep/table.js';
import { meanInterval } from '../../../src/reward/evaluation/score-intervals.js';
import { settingOf, sweepOf, taskOf, trialOf } from './trials.js';

test("the interval of a mean is Student's", () => {
  const close = ([low, high]: readonly [number, number], expected: readonly [number, number]): void =>
    assert.ok(Math.abs(low - expected[0]) < 1e-4 && Math.abs(high - expected[1]) < 1e-4, `${low}, ${high}`);
  // mean 0.8, deviation 0.1; 4.3027 * 0.1 / sqrt(3)
  close(meanInterval([0.7, 0.8, 0.9]), [0.8 - 0.248415, 0.8 + 0.248415]);
  close(meanInterval([1, 1]), [1, 1]);
  assert.deepEqual(meanInterval([0.5]), [-Infinity, Infinity]);
  const many = Array.from({ length: 200 }, (_, i) => i % 2);
  close(meanInterval(many), [0.5 - 0.069471, 0.5 + 0.069471]);
});

test('steps to a rate, the lowest difference to the base, and medians with trials that never get there', () => {
  const trial = trialOf(0, 60, [58, 20, 91]);
  assert.equal(stepsUntil(trial, 0.9), 3000);
  assert.equal(stepsUntil(trial, 0.95), Infinity);
  assert.ok(Math.abs(worstDifference(trial) + 0.4) < 1e-9);
  assert.equal(median([Infinity, 1000, 4000]), 4000);
  assert.equal(median([Infinity, Infinity, 1000]), Infinity);
  assert.equal(median([1000, 3000]), 2000);
  assert.equal(median([Infinity, Infinity]), Infinity);
  assert.equal(median([1000, Infinity]), Infinity);
});

test('held-out episodes count where there are some, else the last evaluation; an unfinished trial does not', () => {
  assert.deepEqual(finalCount(trialOf(0, 60, [58, 91], 190)), { successes: 190, episodes: 200 });
  assert.equal(finalCount(trialOf(0, 60, [58, 91])), undefined);
  const own = { ...trialOf(0, 60, [58, 91]), result: { steps: 2000, seconds: 1 } };
  assert.deepEqual(finalCount(own), { successes: 91, episodes: 100 });
});

test('the band is of the evaluations that all seeds have', () => {
  const trials = [trialOf(0, 60, [50, 80, 90]), trialOf(1, 60, [70, 90])];
  assert.deepEqual(
    alignedRates(trials).map(({ at, counts }) => [at, counts.length]),
    [
      [1000, 2],
      [2000, 2],
    ],
  );
  const [first] = bandOf(trials);
  assert.equal(first.mean, 0.6);
  assert.deepEqual([first.low, first.high], [0, 1], 'two seeds say little, and a share stays in [0, 1]');
  const [alone] = bandOf(trials.slice(0, 1));
  assert.ok(alone.low > 0.39 && alone.high < 0.61, 'one seed has the interval of its episodes');
});

test('the table: a row for the base and for each setting, unfinished ones said to be so', () => {
  const [full, half] = [settingOf('full', { label: 'full recipe' }), settingOf('half')];
  const trials = [
    trialOf(0, 60, [55, 92, 98], 190),
    trialOf(1, 60, [40, 80, 96], 196),
    trialOf(2, 60, [60, 90, 97], 199),
  ];
  const halfway = [trialOf(0, 60, [50]), trialOf(1, 60, [62, 70, 80], 150)];
  const records = [
    { setting: full, trials },
    { setting: half, trials: halfway },
  ];
  const lines = sweepTable(sweepOf([full, half]), [taskOf(records, trials)]).split('\n');
  assert.equal(lines[2], '## lift');
  assert.equal(
    lines[4],
    '| setting | seeds | 1,000 | 3,000 | 90 % after | worst difference | steps | held-out seeds | training |',
  );
  assert.equal(
    lines[6],
    '| frozen base | 3 | 60.0 % | 60.0 % |  |  | 0 | 60.0 % (360 of 600; 56.0 to 63.8; of seeds 60.0 to 60.0) |  |',
  );
  assert.equal(
    lines[7],
    '| full recipe | 3 | 51.7 % | 97.0 % | 2,000 | −20.0 | 3,000 | **97.5 % (585 of 600; 95.9 to 98.5; of seeds 91.8 to 100.0)** | 2.0 min |',
  );
  assert.equal(
    lines[8],
    '| half | 1 of 3 finished | 56.0 % |  | not reached (0 of 2) | −10.0 | 3,000 | **75.0 % (150 of 200; 68.6 to 80.5)** | 2.0 min |',
  );
});

test('the figure: a panel for each group with the reference in it, logarithmic where lengths differ much', () => {
  const settings = [
    settingOf('full', { group: 'parts', label: 'full recipe' }),
    settingOf('plain', { group: 'parts', label: 'no <norm>' }),
    settingOf('ppo', { group: 'others', method: 'ppo', steps: 100_000, every: 10_000 }),
  ];
  const trials = [trialOf(0, 60, [55, 92, 98], 190), trialOf(1, 60, [40, 80, 96], 196)];
  const records = settings.map((setting) => ({ setting, trials }));
  const svg = sweepFigure(sweepOf(settings, { reference: 'full' }), [taskOf(records, trials)]);
  assert.equal(svg.match(/full recipe/g)?.length, 2);
  assert.equal(svg.match(/no &lt;norm&gt;/g)?.length, 1);
  assert.match(svg, /lift: parts.*lift: others/);
  assert.match(svg, />10,000<.*>100,000</, 'powers of ten');
  assert.equal(svg.match(/<path /g)?.length, 2 * 4, 'a band and a line for each setting in each panel');
  assert.doesNotMatch(svg, /NaN|Infinity/);
  const empty = sweepFigure(sweepOf(settings), [{ task: 'lift', bases: [], settings: [] }]);
  assert.doesNotMatch(empty, /NaN|Infinity/);
});
