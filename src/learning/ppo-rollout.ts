/** What an on-policy learner has collected since its last update: whole episodes. */
import type { Random, Values } from '../engine/index.js';
import { advantages, type AdvantageSettings } from './advantages.js';
import type { ReplayEpisode } from './replay.js';

/** A residual as it was drawn, before it was bounded, in units of `action_scale`, and its log probability. */
export type Draw = { readonly drawn: Float32Array; readonly log_prob: number };

/** An observation as the networks see it. */
type Row = { readonly input: Float32Array; readonly base: Float32Array; readonly place: number };

/** A step with what it is learned from: its advantage, and the return that its value should be. */
export type PpoStep = Row & Draw & { readonly advantage: number; readonly value_target: number };

type Held = ReplayEpisode & { readonly draws: readonly Draw[] };

/** Below it advantages are not scaled up: all episodes went alike. */
const leastDeviation = 1e-6;

export class PpoRollout {
  #episodes: Held[] = [];

  /** Control steps held. */
  get length(): number {
    return this.#episodes.reduce((sum, { action }) => sum + action.length, 0);
  }

  /** @param draws one for each step. @throws Error if there is another number of them */
  add(episode: ReplayEpisode, draws: readonly Draw[]): void {
    const steps = episode.action.length;
    if (draws.length !== steps) throw new Error(`${draws.length} draws for ${steps} steps`);
    this.#episodes.push({ ...episode, draws });
  }

  /** All observations in order, the last of each episode with them. */
  get observations(): Row[] {
    return this.#episodes.flatMap((episode) => episode.input.map((_, t) => rowOf(episode, t)));
  }

  /**
   * The steps with advantages, of mean 0 and deviation 1 over the rollout.
   * @param values one for each of `observations`
   */
  estimated(values: Float32Array, settings: AdvantageSettings): PpoStep[] {
    let first = 0;
    const steps = this.#episodes.flatMap((episode) => {
      const own = values.subarray(first, (first += episode.input.length));
      const gains = advantages(episode.reward, own, episode.terminated, settings);
      return episode.draws.map((draw, t) => {
        return { ...rowOf(episode, t), ...draw, advantage: gains[t], value_target: own[t] + gains[t] };
      });
    });
    return normalised(steps);
  }

  clear(): void {
    this.#episodes = [];
  }
}

/** All steps once, in random order, in batches of `size`; what is left over is left out. */
export function minibatches(steps: readonly PpoStep[], size: number, random: Random): PpoStep[][] {
  const order = [...steps];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const count = Math.floor(order.length / size);
  return Array.from({ length: count }, (_, i) => order.slice(i * size, (i + 1) * size));
}

/** Networks' inputs of rows, flattened row-major. */
export function stateFeeds(rows: readonly Row[]): Values {
  return {
    input: joined(rows.map(({ input }) => input)),
    base: joined(rows.map(({ base }) => base)),
    place: Float32Array.from(rows, ({ place }) => place),
  };
}

/** What the actor's program is fed with. */
export function policyFeeds(steps: readonly PpoStep[]): Values {
  return {
    ...stateFeeds(steps),
    drawn: joined(steps.map(({ drawn }) => drawn)),
    log_prob: Float32Array.from(steps, ({ log_prob }) => log_prob),
    advantage: Float32Array.from(steps, ({ advantage }) => advantage),
  };
}

/** What the value network's program is fed with. */
export function valueFeeds(steps: readonly PpoStep[]): Values {
  return { ...stateFeeds(steps), value_target: Float32Array.from(steps, (step) => step.value_target) };
}

function rowOf({ input, base, place }: ReplayEpisode, t: number): Row {
  return { input: input[t], base: base[t], place: place[t] };
}

function normalised(steps: readonly PpoStep[]): PpoStep[] {
  const mean = steps.reduce((sum, { advantage }) => sum + advantage, 0) / steps.length;
  const variance = steps.reduce((sum, { advantage }) => sum + (advantage - mean) ** 2, 0) / steps.length;
  const deviation = Math.max(Math.sqrt(variance), leastDeviation);
  return steps.map((step) => ({ ...step, advantage: (step.advantage - mean) / deviation }));
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0].length;
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, i) => all.set(row, i * width));
  return all;
}
