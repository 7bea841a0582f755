/** A small Markov decision process whose rewards come out of the mixer, and its solution by value iteration. */
import { Mixer } from '../../../src/reward/mixing/mixer.js';
import type { MixerSpec } from '../../../src/reward/mixing/spec.js';
import { watched } from './episodes.js';

/** Four ways to go; a wall or the edge leaves the robot where it is, so it can also stand still and go round in loops. */
const map = ['...G', '.#.X', '....'];
const moves = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
] as const;

const cells = map.flatMap((row, y) =>
  row.split('').flatMap((kind, x) => (kind === '#' ? [] : [{ x, y, kind }])),
);
export const states = cells.map((_, state) => state);
export const actions = moves.map((_, action) => action);
/** Lower left. */
export const start = cells.findIndex(({ x, y }) => x === 0 && y === 2);
export const goal = cells.findIndex(({ kind }) => kind === 'G');
/** Ends the episode in failure. */
export const pit = cells.findIndex(({ kind }) => kind === 'X');
export const isTerminal = (state: number): boolean => state === goal || state === pit;

/** Steps to the goal and back, by breadth-first search around wall and pit. */
export const distance: readonly number[] = distances();

export function moved(state: number, action: number): number {
  const { x, y } = cells[state];
  const [dx, dy] = moves[action];
  const next = cells.findIndex((cell) => cell.x === x + dx && cell.y === y + dy);
  return next < 0 ? state : next;
}

function distances(): number[] {
  const found = cells.map(() => Infinity);
  found[goal] = 0;
  for (let round = 0; round < cells.length; round++)
    for (const state of cells.keys())
      for (const action of moves.keys())
        if (state !== pit && state !== goal)
          found[state] = Math.min(found[state], 1 + found[moved(state, action)]);
  return found;
}

export type Problem = {
  readonly gamma: number;
  /** probability of going to the left or to the right of the way that was meant, each half */
  readonly slip: number;
  /** of the transition between two states */
  readonly reward: (state: number, next: number) => number;
};

/** Rewards of single steps as the mixer pays them, where a critic sees `progress` of the state. */
export function mixedReward(
  spec: MixerSpec,
  gamma: number,
  progress: readonly number[],
): (state: number, next: number) => number {
  const mixer = new Mixer(spec, { gamma });
  const known = new Map<number, number>();
  return (state, next) => {
    const key = state * states.length + next;
    let reward = known.get(key);
    if (reward === undefined) {
      reward = walked(mixer, [state, next], progress)[0];
      known.set(key, reward);
    }
    return reward;
  };
}

/** Rewards along a way through the maze. */
export function walked(mixer: Mixer, way: readonly number[], progress: readonly number[]): readonly number[] {
  const end = way[way.length - 1];
  const outcome = end === goal ? 'success' : end === pit ? 'failure' : 'unknown';
  const episode = watched(
    way.map((state) => progress[state]),
    { outcome, terminated: isTerminal(end) },
  );
  return mixer.mix(episode, { steps: 0 }).reward;
}

/** Q of the optimal policy, [state][action]; zeros where nothing follows. */
export function optimalValues({ gamma, slip, reward }: Problem): number[][] {
  const q = states.map(() => actions.map(() => 0));
  for (let change = 1; change > 1e-13;) {
    change = 0;
    for (const state of states) {
      if (isTerminal(state)) continue;
      for (const action of actions) {
        const outcomes = [
          [action, 1 - slip],
          [(action + 1) % 4, slip / 2],
          [(action + 3) % 4, slip / 2],
        ];
        let value = 0;
        for (const [way, probability] of outcomes) {
          const next = moved(state, way);
          value += probability * (reward(state, next) + gamma * Math.max(...q[next]));
        }
        change = Math.max(change, Math.abs(value - q[state][action]));
        q[state][action] = value;
      }
    }
  }
  return q;
}

/** All actions that are best, by state; none where nothing follows. */
export function bestActions(q: readonly (readonly number[])[]): number[][] {
  return q.map((values, state) =>
    isTerminal(state) ? [] : actions.filter((action) => values[action] > Math.max(...values) - 1e-9),
  );
}

/** Where the first best action leads from `start`, until the end or for 50 steps. */
export function greedyWay(q: readonly (readonly number[])[], from: number): number[] {
  const best = bestActions(q);
  const way = [from];
  while (way.length <= 50 && !isTerminal(way[way.length - 1])) {
    const state = way[way.length - 1];
    way.push(moved(state, best[state][0]));
  }
  return way;
}
