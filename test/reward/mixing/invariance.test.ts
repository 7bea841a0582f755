/** What shaping does to optimal policies, by value iteration on a maze whose rewards the mixer pays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../../../src/engine/index.js';
import { emptyBatch, Replay } from '../../../src/learning/replay.js';
import { Mixer } from '../../../src/reward/mixing/mixer.js';
import { successOnly, type TermSpec } from '../../../src/reward/mixing/spec.js';
import { difference, potential, watched, withTerm } from './episodes.js';
import {
  actions,
  bestActions,
  distance,
  goal,
  greedyWay,
  isTerminal,
  mixedReward,
  moved,
  optimalValues,
  pit,
  start,
  states,
  walked,
  type Problem,
} from './maze.js';

const gamma = 0.9;

/** Whatever a critic may say of each state, the last ones included. */
const opinions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: states.length,
  maxLength: states.length,
});
const weights = fc.double({ min: -3, max: 3, noNaN: true });

/** Progress as a good critic tells it: 1 at the goal. */
const honest = states.map((state) => (state === pit ? 0 : 1 - distance[state] / 10));

function solved(term: TermSpec | undefined, progress: readonly number[], slip = 0): number[][] {
  const spec = term === undefined ? successOnly : withTerm(term);
  return optimalValues({ gamma, slip, reward: mixedReward(spec, gamma, progress) });
}

test('any potential leaves every optimal action optimal and makes no other one optimal, also where steps slip', () => {
  for (const slip of [0, 0.2]) {
    const plain = solved(undefined, honest, slip);
    fc.assert(
      fc.property(opinions, weights, (progress, weight) => {
        const shaped = solved({ ...potential, weight }, progress, slip);
        assert.deepEqual(bestActions(shaped), bestActions(plain));
        for (const state of states) {
          if (isTerminal(state)) continue;
          for (const action of actions) {
            const expected = plain[state][action] - weight * progress[state];
            assert.ok(Math.abs(shaped[state][action] - expected) < 1e-9, 'Q is that of success less Phi');
          }
        }
      }),
      { seed: 1, numRuns: 150 },
    );
  }
});

/** Every way of `n` steps from a state, or up to the end of the episode. */
function ways(state: number, n: number): number[][] {
  if (n === 0 || isTerminal(state)) return [[state]];
  return actions.flatMap((action) => ways(moved(state, action), n - 1).map((rest) => [state, ...rest]));
}

/** Best first moves where values are backed up over n steps, with rewards of n-step episodes. */
function bestByNSteps(
  spec: Parameters<typeof withTerm>[0] | undefined,
  progress: readonly number[],
  n: number,
) {
  const mixer = new Mixer(spec === undefined ? successOnly : withTerm(spec), { gamma });
  const backups = states.map((state) =>
    ways(state, n).map((way) => ({
      first: way[1],
      end: way[way.length - 1],
      discount: gamma ** (way.length - 1),
      reward: walked(mixer, way, progress).reduceRight((later, reward) => reward + gamma * later, 0),
    })),
  );
  const value = states.map(() => 0);
  const backedUp = (state: number): number[] =>
    backups[state].map(({ reward, discount, end }) => reward + discount * value[end]);
  for (let round = 0; round < 120; round++)
    for (const state of states) if (!isTerminal(state)) value[state] = Math.max(...backedUp(state));
  return states.map((state) => {
    const values = backedUp(state);
    const best = backups[state].filter((_, i) => values[i] > Math.max(...values) - 1e-6);
    return [...new Set(best.map(({ first }) => first))].sort();
  });
}

test('the same holds where values are backed up over n steps', () => {
  for (const n of [2, 3]) {
    const plain = bestByNSteps(undefined, honest, n);
    fc.assert(
      fc.property(opinions, weights, (progress, weight) => {
        assert.deepEqual(bestByNSteps({ ...potential, weight }, progress, n), plain);
      }),
      { seed: 2, numRuns: 15 },
    );
  }
});

test('n-step sums in the replay telescope: to the end of the episode, to a time-out and across neither', () => {
  const mixer = new Mixer(withTerm(potential, { success: 0 }), { gamma });
  const phi = [0.1, 0.7, 0.4, 0.9, 0.2];
  for (const terminated of [true, false]) {
    const { reward } = mixer.mix(watched(phi, { terminated }), { steps: 0 });
    const replay = new Replay(10, 1, 1);
    const rows = phi.map((_, t) => Float32Array.of(t));
    const action = reward.map(() => Float32Array.of(0));
    const place = phi.map(() => 0);
    replay.add({ input: rows, base: rows, images: phi.map(() => []), place, action, reward, terminated });
    const batch = emptyBatch(200, 1, 1);
    replay.sample(batch, 0, 200, 3, gamma, createRandom(3));
    const seen = new Set<number>();
    batch.input.forEach((t, i) => {
      const end = Math.min(t + 3, phi.length - 1);
      const next = terminated && end === phi.length - 1 ? 0 : gamma ** (end - t) * phi[end];
      assert.ok(Math.abs(batch.reward[i] - (next - phi[t])) < 1e-6, `from step ${t}`);
      seen.add(t);
    });
    assert.equal(seen.size, 4);
  }
});

test('a potential that stays where the episode ends in failure would draw the robot there', () => {
  const progress = states.map((state) => (state === pit ? 1 : 0));
  const reward = mixedReward(withTerm({ ...potential, weight: 2 }), gamma, progress);
  const mixer = new Mixer(withTerm({ ...potential, weight: 2 }), { gamma });
  /** As if the pit were a time-out, while nothing follows it. */
  const careless: Problem['reward'] = (state, next) =>
    next === pit
      ? mixer.mix(watched([progress[state], progress[next]], { terminated: false }), { steps: 0 }).reward[0]
      : reward(state, next);
  assert.equal(greedyWay(optimalValues({ gamma, slip: 0, reward: careless }), start).at(-1), pit);
  assert.equal(greedyWay(optimalValues({ gamma, slip: 0, reward }), start).at(-1), goal);
});

test('the level paid at every step makes the robot hover beside the goal for ever', () => {
  const level: TermSpec = { ...difference, form: 'level', weight: 0.5 };
  const way = greedyWay(solved(level, honest), start);
  assert.equal(way.length, 51, 'it does not finish');
  assert.deepEqual([...new Set(way.slice(10).map((state) => distance[state]))], [1]);
  assert.equal(greedyWay(solved({ ...potential, weight: 0.5 }, honest), start).at(-1), goal);
});

test('the difference without gamma keeps finishing optimal where progress at the goal is the largest', () => {
  const plain = solved(undefined, honest);
  fc.assert(
    fc.property(opinions, fc.double({ min: 0, max: 1, noNaN: true }), (progress, weight) => {
      const q = solved(
        { ...difference, weight },
        progress.map((value, state) => (state === goal ? 1 : state === pit ? 0 : value)),
      );
      for (const state of states) {
        if (isTerminal(state)) continue;
        assert.equal(greedyWay(q, state).at(-1), goal);
        // What it pays beyond a potential is (1 - gamma) v per step: at most the weight in all.
        const lost = Math.max(...plain[state]) - gamma ** (greedyWay(q, state).length - 2);
        assert.ok(lost <= weight + 1e-9);
      }
    }),
    { seed: 3, numRuns: 150 },
  );
});

test('yet the difference is not neutral: with a large weight it sends the robot the long way round, past high progress', () => {
  /** From the upper left the goal is three steps away by a state that looks bad, or seven by states that look good. */
  const [from, bad] = [0, 1];
  const progress = states.map((state) => (state === bad || state === pit ? 0 : 1));
  const steps = (term: TermSpec | undefined): number => greedyWay(solved(term, progress), from).length - 1;
  assert.equal(steps(undefined), 3);
  assert.equal(steps({ ...potential, weight: 4 }), 3);
  assert.equal(steps({ ...difference, weight: 4 }), 7);
});
