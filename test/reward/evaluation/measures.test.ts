import { test } from 'node:test';
import assert from 'node:assert/strict';
import { measure, type MeasureName } from '../../../src/reward/evaluation/measures.js';
import { valueOrder } from '../../../src/reward/evaluation/progress-measures.js';
import type { EpisodeTrack } from '../../../src/reward/evaluation/track.js';
import { failing, rising, track } from './synthetic.js';

const rule = { threshold: 0.5, tolerance_steps: 2 };

/** The values of all measures of tracks. */
function valuesOf(tracks: readonly EpisodeTrack[]): Record<MeasureName, number | null> {
  const { measures } = measure(tracks, rule);
  return Object.fromEntries(Object.entries(measures).map(([name, { value }]) => [name, value])) as Record<
    MeasureName,
    number | null
  >;
}

test('value order is 1 for what rises and 0 where it is not defined', () => {
  assert.equal(valueOrder([0.1, 0.2, 0.9]), 1);
  assert.equal(valueOrder([0.9, undefined, 0.2, 0.1]), -1);
  for (const nothing of [[], [0.5], [0.3, 0.3, 0.3], [undefined, undefined], [undefined, 0.4]])
    assert.equal(valueOrder(nothing), 0);
});

test('order is measured on successes, of failures apart, and unknown episodes count 0', () => {
  const values = valuesOf([
    track({ progress: [0, 0.5, 1], reversed: [0, 0.5, 1] }),
    track({ progress: [undefined, undefined], reversed: [], broken: 'server is down' }),
    track({ progress: [0.9, 0.5, 0.1], outcome: 'failure' }),
    track({ progress: [0, 1], outcome: 'unknown' }),
  ]);
  assert.deepEqual([values.voc, values.voc_reversed, values.failure_voc], [0.5, 0.5, -1]);
  assert.equal(values.unknown, 2 / 10);
});

test('negative change is a share of all changes on successes, over gaps as well', () => {
  const values = valuesOf([
    track({ progress: [0, 0.5, undefined, 0.4, 0.4] }),
    track({ progress: [0.2, 0.1] }),
    track({ progress: [1, 0], outcome: 'failure' }),
  ]);
  assert.equal(values.negative_change, 2 / 4);
});

test('error against true progress is taken of all frames of which both are known', () => {
  const values = valuesOf([
    track({ progress: [0, 0.5, undefined], truth: [0, 1 / 3, 1] }),
    track({ progress: [1], truth: [2 / 3], outcome: 'failure' }),
    track({ progress: [1], outcome: 'failure' }),
  ]);
  assert.ok(Math.abs((values.true_progress_mae ?? 0) - (0 + 1 / 6 + 1 / 3) / 3) < 1e-12);
  assert.equal(values.true_progress_spearman, 1);
  assert.ok((values.true_progress_pearson ?? 0) > 0.95 && (values.true_progress_pearson ?? 1) < 1);
});

test('ranks for the correlation with true progress are those among the frames of all episodes', () => {
  // Each episode alone is in perfect order; together they are not.
  const [low, high] = [
    { progress: [0.1, 0.2], truth: [2 / 3, 1] },
    { progress: [0.8, 0.9], truth: [0, 1 / 3] },
  ];
  const { true_progress_spearman } = valuesOf([track(low), track(high)]);
  assert.ok(Math.abs((true_progress_spearman ?? 0) - -0.6) < 1e-12);
});

test('detection is by the highest probability of done, anywhere in the episode', () => {
  const values = valuesOf([
    track({ progress: rising(8), done: [0, 0, 0, 0, 0, 0, 0.4, 0.9] }),
    track({ progress: rising(8), done: [0, 0, 0, 0.8, 0, 0, 0, 0] }),
    track({ progress: rising(8), done: [0, 0, 0, 0, 0, 0, 0, 0.3] }),
    track({ progress: failing(4), done: [0, 0.85, 0, 0], outcome: 'failure' }),
    track({ progress: failing(4), done: [0, 0.1, undefined, 0], outcome: 'failure' }),
  ]);
  // Pairs: 0.9 beats both, 0.8 and 0.3 one each.
  assert.ok(Math.abs((values.auroc ?? 0) - 4 / 6) < 1e-12);
  assert.deepEqual([values.tpr, values.tnr, values.false_done], [2 / 3, 1 / 2, 1 / 2]);
  assert.equal(values.early_done, 1 / 3, 'done four steps before the end is early, at the end it is not');
});

test('done within the tolerance is not early', () => {
  const done = [0, 0, 0, 0, 0, 1, 1, 1];
  assert.equal(valuesOf([track({ progress: rising(8), done })]).early_done, 0);
  assert.equal(valuesOf([track({ progress: rising(8), done: [...done.slice(1), 1] })]).early_done, 1);
});

test('a critic that gives no probability of done is ranked by its last progress', () => {
  const values = valuesOf([
    track({ progress: [0, 0.9, undefined] }),
    track({ progress: [0, 0.8], outcome: 'failure' }),
    track({ progress: [0, 0.9], outcome: 'failure' }),
  ]);
  assert.equal(values.auroc, 0.75);
  for (const name of ['tpr', 'tnr', 'ece', 'brier', 'ece_frame', 'false_done', 'early_done'] as const)
    assert.equal(values[name], null, name);
});

test('preference counts ties half, and the gap is one of means', () => {
  const values = valuesOf([
    track({ progress: [0, 1] }),
    track({ progress: [0, 0.5] }),
    track({ progress: [0, 0.5], outcome: 'failure' }),
    track({ progress: [0.7, 0.1], outcome: 'failure' }),
  ]);
  assert.equal(values.preference_accuracy, 3.5 / 4);
  assert.ok(Math.abs((values.gap ?? 0) - 0.45) < 1e-12);
  assert.ok(Math.abs((values.failure_highest ?? 0) - 0.6) < 1e-12);
  assert.deepEqual([values.success_progress, values.failure_progress], [0.75, 0.3]);
});

test('frames are calibrated against the sensors, and without them against the end of successes', () => {
  const sensed = track({ progress: [0, 1, 1], done: [0, 1, 1], succeeded: [false, true, true] });
  const unsensed = track({ progress: [0, 1, 1], done: [0, 1, 1] });
  assert.deepEqual([valuesOf([sensed]).brier_frame, valuesOf([sensed]).ece_frame], [0, 0]);
  assert.ok(Math.abs((valuesOf([unsensed]).brier_frame ?? 0) - 1 / 3) < 1e-12);
  const { reliability } = measure([sensed, unsensed], rule);
  assert.equal(reliability.frame[9].n, 4);
  assert.equal(reliability.frame[9].share, 3 / 4);
});

test('without failures nothing that compares has a value, nor without any episode', () => {
  const values = valuesOf([track({ progress: rising(3), done: [0, 0, 1], latencies: [1, 3, 2] })]);
  for (const name of ['auroc', 'auprc', 'tnr', 'false_done', 'preference_accuracy', 'gap'] as const)
    assert.equal(values[name], null, name);
  assert.deepEqual([values.tpr, values.latency_p50_ms], [1, 2]);
  const empty = Object.values(valuesOf([]));
  assert.ok(empty.every((value) => value === null));
});

test('intervals are the same for the same tracks, and around the value', () => {
  const tracks = Array.from({ length: 12 }, (_, i) =>
    track({ progress: rising(5 + i).map((value, step) => value + (step % 3) * 0.05 * i), reversed: [0, 1] }),
  );
  const [first, again] = [measure(tracks, rule).measures, measure(tracks, rule).measures];
  assert.deepEqual(first, again);
  const { value, interval } = first.voc;
  assert.ok(interval !== null && value !== null && interval[0] < value && value < interval[1]);
});
