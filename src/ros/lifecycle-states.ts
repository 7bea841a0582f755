/** The state machine of managed nodes (design.ros2.org "Managed nodes", lifecycle_msgs), as data and pure functions. */

/** lifecycle_msgs/State. */
export const lifecycleStates = {
  unconfigured: 1,
  inactive: 2,
  active: 3,
  finalized: 4,
  configuring: 10,
  cleaningup: 11,
  shuttingdown: 12,
  activating: 13,
  deactivating: 14,
  errorprocessing: 15,
} as const;

export type LifecycleState = keyof typeof lifecycleStates;
export type PrimaryState = 'unconfigured' | 'inactive' | 'active' | 'finalized';

/** What a node is asked to do. */
export type TransitionName = 'configure' | 'cleanup' | 'activate' | 'deactivate' | 'shutdown';

/** One edge out of a primary state: where it starts, the state while it runs, and where success leads. */
export type Transition = {
  readonly id: number;
  readonly name: TransitionName;
  readonly from: PrimaryState;
  readonly during: LifecycleState;
  readonly to: PrimaryState;
};

/** lifecycle_msgs/Transition; `shutdown` has one number per state that it starts from. */
export const transitions: readonly Transition[] = [
  { id: 1, name: 'configure', from: 'unconfigured', during: 'configuring', to: 'inactive' },
  { id: 2, name: 'cleanup', from: 'inactive', during: 'cleaningup', to: 'unconfigured' },
  { id: 3, name: 'activate', from: 'inactive', during: 'activating', to: 'active' },
  { id: 4, name: 'deactivate', from: 'active', during: 'deactivating', to: 'inactive' },
  { id: 5, name: 'shutdown', from: 'unconfigured', during: 'shuttingdown', to: 'finalized' },
  { id: 6, name: 'shutdown', from: 'inactive', during: 'shuttingdown', to: 'finalized' },
  { id: 7, name: 'shutdown', from: 'active', during: 'shuttingdown', to: 'finalized' },
];

export type Outcome = 'success' | 'failure' | 'error';

/** Numbers of what ends a transition: success, +1 failure, +2 error. */
const outcomeBase: Readonly<Partial<Record<LifecycleState, number>>> = {
  configuring: 10,
  cleaningup: 20,
  activating: 30,
  deactivating: 40,
  shuttingdown: 50,
  errorprocessing: 60,
};
const outcomes: readonly Outcome[] = ['success', 'failure', 'error'];

/** The id and label of the edge by which a transition state is left, e.g. 10 "transition_success". */
export function outcomeTransition(during: LifecycleState, outcome: Outcome): { id: number; label: string } {
  return { id: (outcomeBase[during] ?? 0) + outcomes.indexOf(outcome), label: `transition_${outcome}` };
}

/** The edges that can be taken from a state. */
export function transitionsFrom(state: LifecycleState): Transition[] {
  return transitions.filter((transition) => transition.from === state);
}

/**
 * The edge meant by a request: the label decides where one is given, as in rcl_lifecycle.
 * @returns undefined when there is no such edge from this state
 */
export function findTransition(
  state: LifecycleState,
  request: { id: number; label: string },
): Transition | undefined {
  return transitionsFrom(state).find((transition) =>
    request.label === '' ? transition.id === request.id : transition.name === request.label,
  );
}

/** Where a finished transition leads: an error goes to error processing, a failure back to where it came from. */
export function stateAfter(transition: Transition, outcome: Outcome): LifecycleState {
  if (outcome === 'error') return 'errorprocessing';
  // rcl_lifecycle: a failed shutdown is finalized all the same.
  return outcome === 'success' || transition.name === 'shutdown' ? transition.to : transition.from;
}
