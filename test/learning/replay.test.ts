import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../src/engine/index.js';
import { emptyBatch, Replay, type Batch, type ReplayEpisode } from '../../src/learning/replay.js';

/** Rewards by step; rows carry the number of their row (input) and its tenfold plus one (base). */
function episodeOf(rewards: readonly number[], terminated: boolean, firstRow = 0): ReplayEpisode {
  const rows = Array.from({ length: rewards.length + 1 }, (_, t) => firstRow + t);
  return {
    input: rows.map((row) => Float32Array.of(row, -row)),
    images: rows.map(() => []),
    base: rows.map((row) => Float32Array.of(10 * row + 1)),
    place: rows.map((row) => row / 4),
    action: rewards.map((_, t) => Float32Array.of(100 * (firstRow + t) + 7)),
    reward: rewards,
    terminated,
  };
}

type Numbers = Exclude<keyof Batch, 'images' | 'next_images'>;
type Transition = Record<Numbers, number[]>;

function transition(batch: Batch, i: number): Transition {
  const row = (name: Numbers, width: number): number[] =>
    Array.from(batch[name].subarray(i * width, (i + 1) * width));
  return {
    input: row('input', 2),
    base: row('base', 1),
    place: row('place', 1),
    action: row('action', 1),
    reward: row('reward', 1),
    discount: row('discount', 1),
    next_input: row('next_input', 2),
    next_base: row('next_base', 1),
    next_place: row('next_place', 1),
  };
}

/** Many transitions out of the replay, by the row they start at. */
function sampled(replay: Replay, count: number, nStep: number, gamma: number): Map<number, Transition> {
  const batch = emptyBatch(count, 2, 1);
  replay.sample(batch, 0, count, nStep, gamma, createRandom(1));
  return new Map(Array.from({ length: count }, (_, i) => [batch.input[2 * i], transition(batch, i)]));
}

/** The transition from step `t` by the definition of the n-step return, without a ring. */
function reference(episode: ReplayEpisode, t: number, nStep: number, gamma: number): Transition {
  const steps = Math.min(nStep, episode.action.length - t);
  const end = t + steps;
  const isTerminal = episode.terminated && end === episode.action.length;
  const reward = episode.reward.slice(t, end).reduce((sum, r, k) => sum + gamma ** k * r, 0);
  return {
    input: [...episode.input[t]],
    base: [...episode.base[t]],
    place: [episode.place[t]],
    action: [...episode.action[t]],
    reward: [reward],
    discount: [isTerminal ? 0 : gamma ** steps],
    next_input: [...episode.input[end]],
    next_base: [...episode.base[end]],
    next_place: [episode.place[end]],
  };
}

test('a success terminates: the return stops there and nothing is bootstrapped', () => {
  const replay = new Replay(10, 2, 1);
  replay.add(episodeOf([0, 0, 1], true));
  const found = sampled(replay, 100, 5, 0.5);
  assert.deepEqual([...found.keys()].sort(), [0, 1, 2]);
  assert.deepEqual(
    [0, 1, 2].map((t) => found.get(t)?.reward[0]),
    [0.25, 0.5, 1],
  );
  assert.deepEqual(
    [0, 1, 2].map((t) => found.get(t)?.discount[0]),
    [0, 0, 0],
  );
});

test('a time-out bootstraps, with the fewer steps it has', () => {
  const replay = new Replay(10, 2, 1);
  replay.add(episodeOf([0, 1, 0], false));
  const found = sampled(replay, 100, 2, 0.5);
  assert.deepEqual(
    [0, 1, 2].map((t) => found.get(t)?.reward[0]),
    [0.5, 1, 0],
  );
  assert.deepEqual(
    [0, 1, 2].map((t) => found.get(t)?.discount[0]),
    [0.25, 0.25, 0.5],
  );
  assert.deepEqual(
    [0, 1, 2].map((t) => found.get(t)?.next_input[0]),
    [2, 3, 3],
  );
});

test("a truncated last transition bootstraps from its own last observation, not the next episode's first", () => {
  const replay = new Replay(20, 2, 1);
  replay.add(episodeOf([0, 0], false, 0));
  replay.add(episodeOf([0, 0], false, 50));
  for (const nStep of [1, 3, 10]) {
    const last = sampled(replay, 200, nStep, 0.5).get(1);
    assert.deepEqual(last?.next_input, [2, -2]);
    assert.deepEqual(last.next_place, [0.5]);
  }
});

test('a truncated last transition bootstraps with the base action of its last observation, not with zero', () => {
  const replay = new Replay(20, 2, 1);
  replay.add(episodeOf([0, 0], false));
  assert.deepEqual(sampled(replay, 100, 1, 0.5).get(1)?.next_base, [21]);
});

test('over any episodes and any small ring, exactly the whole transitions of the rows left are drawn', () => {
  const anyEpisode = fc.record({
    rewards: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 6 }),
    terminated: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 7, max: 16 }),
      fc.integer({ min: 1, max: 7 }),
      fc.array(anyEpisode, { minLength: 1, maxLength: 8 }),
      (capacity, nStep, drawn) => {
        const replay = new Replay(capacity, 2, 1);
        const expected = new Map<number, Transition>();
        let rows = 0;
        for (const { rewards, terminated } of drawn) {
          const episode = episodeOf(rewards, terminated, rows);
          replay.add(episode);
          rewards.forEach((_, t) => expected.set(rows + t, reference(episode, t, nStep, 0.5)));
          rows += rewards.length + 1;
        }
        for (const row of expected.keys()) if (row < rows - capacity) expected.delete(row);
        assert.equal(replay.rows, Math.min(rows, capacity));
        const found = sampled(replay, 400, nStep, 0.5);
        const inOrder = (map: Map<number, Transition>): unknown => [...map].sort(([a], [b]) => a - b);
        assert.deepEqual(inOrder(found), inOrder(expected));
      },
    ),
    { seed: 5, numRuns: 150 },
  );
});

test('steps are drawn uniformly, whatever the lengths of their episodes', () => {
  const replay = new Replay(12, 2, 1);
  replay.add(episodeOf([0], false, 0));
  replay.add(episodeOf([0, 0, 0, 0, 0, 0, 0], false, 2));
  const count = 8000;
  const batch = emptyBatch(count, 2, 1);
  replay.sample(batch, 0, count, 1, 0.9, createRandom(3));
  const times = new Map<number, number>();
  for (let i = 0; i < count; i++) times.set(batch.input[2 * i], (times.get(batch.input[2 * i]) ?? 0) + 1);
  assert.equal(times.size, 8);
  for (const [row, n] of times) assert.ok(Math.abs(n - 1000) < 150, `row ${row} was drawn ${n} times`);
});

test('part of a batch is filled and the rest left alone', () => {
  const replay = new Replay(12, 2, 1);
  replay.add(episodeOf([0, 0], false, 5));
  const batch = emptyBatch(6, 2, 1);
  replay.sample(batch, 2, 3, 1, 0.9, createRandom(3));
  assert.deepEqual(
    Array.from(batch.discount, (d) => d > 0),
    [false, false, true, true, true, false],
  );
});

test('what cannot be learned from is refused', () => {
  const replay = new Replay(4, 2, 1);
  assert.throws(
    () => replay.sample(emptyBatch(1, 2, 1), 0, 1, 1, 0.9, createRandom(0)),
    /the replay is empty/,
  );
  assert.throws(() => replay.add(episodeOf([0, 0, 0, 0], false)), /4 steps does not fit a replay of 4 rows/);
  assert.throws(() => replay.add(episodeOf([], true)), /without a step/);
  assert.equal(replay.rows, 0);
});

test('steps that are paid anew change the returns of their n-step neighbours, and of no other episode', () => {
  const replay = new Replay(20, 2, 1);
  const before = replay.add(episodeOf([1, 1, 1], false));
  const handle = replay.add(episodeOf([0, 0, 0, 0], true, 10));
  assert.equal(replay.pay(handle, { reward: [0, 0, 8, 0] }), 4);
  const paid = sampled(replay, 400, 3, 0.5);
  assert.deepEqual(
    [10, 11, 12, 13].map((row) => paid.get(row)?.reward[0]),
    [2, 4, 8, 0],
  );
  assert.deepEqual(
    [0, 1, 2].map((row) => paid.get(row)?.reward[0]),
    [1.75, 1.5, 1],
  );
  assert.equal(paid.get(13)?.discount[0], 0);
  assert.equal(replay.pay(before, { reward: [0, 0, 0] }), 3);
});

test('nothing is earned after an infraction', () => {
  const replay = new Replay(20, 2, 1);
  const handle = replay.add({ ...episodeOf([0, 1, 4], false), infraction: 1 });
  const found = sampled(replay, 400, 3, 0.5);
  assert.deepEqual([found.get(0)?.reward[0], found.get(0)?.discount[0]], [0.5, 0]);
  assert.deepEqual([found.get(1)?.reward[0], found.get(1)?.discount[0]], [1, 0]);
  replay.pay(handle, { reward: [0, 1, 4] });
  assert.equal(sampled(replay, 400, 3, 0.5).get(0)?.reward[0], 0.5 + 1);
});

test('rows that were overwritten since are not paid, and how many are still there is said', () => {
  const replay = new Replay(8, 2, 1);
  const old = replay.add(episodeOf([0, 0, 0, 0], false));
  const rest = replay.add(episodeOf([0, 0, 0, 0], false, 10));
  assert.equal(replay.pay(old, { reward: [5, 5, 5, 5] }), 2);
  replay.add(episodeOf([0, 0], false, 20));
  assert.equal(replay.pay(old, { reward: [5, 5, 5, 5] }), 0);
  replay.pay(rest, { reward: [1, 2, 3, 4] });
  const found = sampled(replay, 400, 1, 1);
  assert.deepEqual(
    [20, 21].map((row) => found.get(row)?.reward[0]),
    [0, 0],
  );
  assert.equal(found.get(13)?.reward[0], 4);
  assert.throws(() => replay.pay(rest, { reward: [1] }), /1 rewards for 4 steps/);
});
