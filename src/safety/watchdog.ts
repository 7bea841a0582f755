/** What the robot is told when messages come late or not at all: a pure function of ages. */

/** `run`: execute actions. `hold`: keep the last command. `stop`: keep the last command until an episode starts again. */
export type SafetyState = 'run' | 'hold' | 'stop';

export type WatchdogSettings = {
  /** Oldest joint state that may be acted on, s. */
  readonly max_age: number;
  /** Longest time without an action before the robot holds, s. */
  readonly hold_after: number;
};

export type Ages = {
  /** Time since the last joint state was received, s; Infinity if there was none. */
  readonly sensors: number;
  /** Time since the last action was received, s; Infinity if there was none. */
  readonly action: number;
};

/** Stale sensors stop the robot, a missing action makes it hold. A stop is left only by `reset` in a new episode. */
export function watch(previous: SafetyState, ages: Ages, settings: WatchdogSettings): SafetyState {
  if (previous === 'stop' || ages.sensors > settings.max_age) return 'stop';
  return ages.action > settings.hold_after ? 'hold' : 'run';
}
