import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../../../src/engine/index.js';
import { FeatureSpace } from '../../../../src/reward/critics/reference-match/feature-space.js';
import { failureScore, SuccessMemory } from '../../../../src/reward/critics/reference-match/own-successes.js';
import { familiarity } from '../../../../src/reward/critics/reference-match/reference.js';
import {
  distancesTo,
  matchSegment,
  type Row,
} from '../../../../src/reward/critics/reference-match/segment-match.js';
import { cosineCost, transport } from '../../../../src/reward/critics/reference-match/sinkhorn.js';

const line = (...values: readonly number[]): Float32Array[] => values.map((value) => Float32Array.of(value));

/** Rows of a one-dimensional clip against one demonstration. */
const rowsOf = (clip: readonly Float32Array[], demonstration: readonly Float32Array[]): Row[] =>
  clip.map((features, step) => ({ step, distances: [distancesTo(demonstration, features)] }));

const settings = { window: 3, neighbours: 1, speed: 1 };

test('what led to a moment says where it is: on the way up or on the way down', () => {
  const upAndDown = line(0, 1, 2, 3, 4, 3, 2, 1, 0);
  const place = (...clip: readonly number[]): number =>
    matchSegment(rowsOf(line(...clip), upAndDown), settings, 0.1).place;
  assert.ok(place(0, 1, 2) < 0.4);
  assert.ok(place(4, 3, 2) > 0.6);
  assert.ok(Math.abs(place(2) - 0.5) < 0.01, 'one moment alone could be either');
});

test('a match moves at most so fast, further where steps were dropped', () => {
  const demonstration = line(0, 1, 2, 3, 4, 5, 6, 7, 8);
  const [first, , , , , , , , last] = rowsOf(demonstration, demonstration);
  const jump = (step: number): number =>
    matchSegment([first, { ...last, step }], { ...settings, speed: 2 }, 0.1).distance;
  assert.equal(jump(4), 0);
  assert.ok(jump(1) >= 3, 'eight places in one step are six too many');
});

test('the nearest demonstrations count, the far ones do not, and disagreement shows', () => {
  const [slow, fast, other] = [line(0, 0, 1), line(0, 1, 1), line(90, 91, 92)];
  const row: Row = {
    step: 0,
    distances: [slow, fast, other].map((each) => distancesTo(each, Float32Array.of(1))),
  };
  const { place, spread, distance } = matchSegment([row], { ...settings, neighbours: 3 }, 0.1);
  assert.ok(Math.abs(place - (1 + 0.75) / 2) < 1e-3);
  assert.ok(Math.abs(spread - 0.125) < 1e-3);
  assert.equal(distance, 0);
});

test('familiarity is 1 up to the ordinary distance and 0 from three times that on', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 9].map((distance) => familiarity(distance, 1)),
    [1, 1, 0.5, 0, 0],
  );
  assert.equal(familiarity(0, 0), 1);
  assert.equal(familiarity(1, 0), 0);
});

test('numbers with units are standardised one by one, and those that never changed do not drown the rest', () => {
  const rows = [Float32Array.of(0, 1000, 5), Float32Array.of(0.01, 3000, 5)];
  const each = FeatureSpace.fit(rows, 'each').standardise(Float32Array.of(0.01, 3000, 6));
  assert.ok(Math.abs(each[1] - 1) < 1e-6);
  assert.ok(Math.abs(each[2]) < 0.1);
  const together = FeatureSpace.fit(rows, 'together').standardise(Float32Array.of(0.01, 3000, 5));
  assert.ok(Math.abs(together[1] - Math.sqrt(3)) < 1e-5 && Math.abs(together[0]) < 1e-3);
  const still = FeatureSpace.fit([rows[0], rows[0]], 'each');
  assert.deepEqual([...still.standardise(rows[0])], [0, 0, 0]);
  assert.deepEqual([...still.standardise(Float32Array.of(1, 1000, 5))], [5, 0, 0]);
});

test('transport moves every moment, all mass arrives, and nothing underflows', () => {
  const cheap = transport([Float32Array.of(0, 2), Float32Array.of(2, 0)], 0.01);
  assert.deepEqual(
    cheap.map(({ place }) => Math.round(1e6 * place) / 1e6),
    [0, 1],
  );
  cheap.forEach(({ cost }) => assert.ok(Math.abs(cost) < 1e-6));
  // Three moments at the beginning of a pair: one third of the mass has to go to the far end all the same.
  const forced = transport(
    [0, 0, 0].map(() => Float32Array.of(0, 2)),
    0.01,
  );
  forced.forEach(({ place }) => assert.ok(Math.abs(place - 0.5) < 1e-2));
  assert.ok(Math.abs(forced.reduce((sum, { cost }) => sum + cost, 0) - 1) < 1e-2);
});

test('the plan is the cheapest one: no swap of two moments makes it cheaper', () => {
  const random = createRandom(4);
  const vectors = (count: number): Float32Array[] =>
    Array.from({ length: count }, () => Float32Array.from({ length: 3 }, () => random.normal()));
  const [a, b] = [vectors(4), vectors(4)];
  const costs = a.map((x) => Float32Array.from(b, (y) => cosineCost(x, y)));
  const found = transport(costs, 0.002).reduce((sum, { cost }) => sum + cost, 0);
  const orders = (left: readonly number[]): number[][] =>
    left.length === 0
      ? [[]]
      : left.flatMap((i) => orders(left.filter((j) => j !== i)).map((rest) => [i, ...rest]));
  const best = Math.min(
    ...orders([0, 1, 2, 3]).map((order) => order.reduce((sum, j, i) => sum + costs[i][j] / 4, 0)),
  );
  assert.ok(Math.abs(found - best) < 0.01, `${found}, ${best}`);
});

test('a cosine of what has no direction costs as much as a right angle', () => {
  assert.equal(cosineCost(Float32Array.of(0, 0), Float32Array.of(1, 0)), 1);
  assert.equal(cosineCost(Float32Array.of(2, 0), Float32Array.of(1, 0)), 0);
});

test('a failure gets between 0 and 0.6, the more the nearer it came to a success', () => {
  assert.ok(Math.abs(failureScore(0) - 0.6 / (1 + Math.exp(-5))) < 1e-12);
  assert.equal(failureScore(0.5), 0.3);
  assert.ok(failureScore(1) < 0.005 && failureScore(7) === failureScore(1));
});

test('the memory measures failures by all failures so far, never by the episode alone', () => {
  const memory = new SuccessMemory('together', 1);
  const at = (x: number): Float32Array[] => Array.from({ length: 4 }, () => Float32Array.of(x, 0));
  memory.add('far', at(10), false);
  assert.equal(memory.score('far'), undefined, 'nothing has succeeded yet');
  memory.add('good', at(0), true);
  memory.add('better', at(1), true);
  assert.equal(memory.score('far')?.score, 0.3, 'a single failure is the mean one, not a perfect one');
  memory.add('near', at(2), false);
  assert.ok(memory.score('near')!.score > 0.55 && memory.score('far')!.score < 0.02);
  memory.add('near too', at(2), false);
  assert.equal(memory.score('near too')?.score, memory.score('near')?.score, 'alike, so worth the same');
  memory.add('near', at(2), true);
  assert.deepEqual(
    [memory.successes, memory.score('near')],
    [3, undefined],
    'what was judged again is what it is now',
  );
});
