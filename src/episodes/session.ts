/** A run of episodes: which seed comes next, and when it is enough. */
import type { Ending } from './ending.js';

export type SessionLimits = {
  readonly seed: number;
  /** 0 means no bound, here and below. */
  readonly max_episodes: number;
  readonly max_successes: number;
  readonly max_steps: number;
};

/** Counters of a session; an immutable value. */
export type Session = {
  readonly episodes: number;
  readonly successes: number;
  /** Control steps of all ended episodes. */
  readonly steps: number;
};

export const newSession: Session = { episodes: 0, successes: 0, steps: 0 };

/** The session after one more episode of `steps` control steps. */
export function afterEpisode(session: Session, ending: Ending, steps: number): Session {
  return {
    episodes: session.episodes + 1,
    successes: session.successes + (ending.outcome === 'success' ? 1 : 0),
    steps: session.steps + steps,
  };
}

/** Whether no further episode begins. */
export function isOver({ episodes, successes, steps }: Session, limits: SessionLimits): boolean {
  const reached = (count: number, bound: number): boolean => bound > 0 && count >= bound;
  return (
    reached(episodes, limits.max_episodes) ||
    reached(successes, limits.max_successes) ||
    reached(steps, limits.max_steps)
  );
}

/** Seed of the episode that comes next: one after the other, so that a session names its seeds by the first. */
export function nextSeed({ episodes }: Session, { seed }: SessionLimits): number {
  return (seed + episodes) % 2 ** 32;
}
