/**
 * Managed nodes with asynchronous callbacks. rclnodejs' lifecycle callbacks are synchronous, but loading a model is
 * not, so this runs the standard state machine itself and answers `change_state` when the work is done.
 */
import type { GraftNode } from './node.js';
import {
  findTransition,
  lifecycleStates,
  outcomeTransition,
  stateAfter,
  transitions,
  transitionsFrom,
  type LifecycleState,
  type Outcome,
  type Transition,
  type TransitionName,
} from './lifecycle-states.js';
import type { Publisher } from './topics.js';

/**
 * What a node does in its transitions; each may be left out, and each may take its time. Throwing `TransitionRefused`
 * means "not now": the node stays in the state that it was in. Throwing anything else is an error: `cleanup` runs and
 * the node is unconfigured again, or finalized if that throws, too.
 */
export type LifecycleCallbacks = {
  configure?(): void | Promise<void>;
  activate?(): void | Promise<void>;
  deactivate?(): void | Promise<void>;
  cleanup?(): void | Promise<void>;
  shutdown?(): void | Promise<void>;
};

/** A node cannot make a transition yet; it may be asked again. */
export class TransitionRefused extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'TransitionRefused';
  }
}

export type TransitionResult = { readonly success: boolean; readonly error?: Error };

type LifecycleEvent = { id: number; label: string; from: LifecycleState; to: LifecycleState };

const eventType = 'lifecycle_msgs/msg/TransitionEvent';
const idAndLabel = (state: LifecycleState): { id: number; label: string } => ({
  id: lifecycleStates[state],
  label: state,
});
const describe = (edge: Transition): object => ({
  transition: { id: edge.id, label: edge.name },
  start_state: idAndLabel(edge.from),
  goal_state: idAndLabel(edge.during),
});

/** The lifecycle of one node and its interface to the graph: five services and `~/transition_event`. */
export class Lifecycle {
  readonly #events: Publisher<Record<string, unknown>>;
  #state: LifecycleState = 'unconfigured';
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly node: GraftNode,
    private readonly callbacks: LifecycleCallbacks,
    private readonly onState: (state: LifecycleState) => void = () => undefined,
  ) {
    this.#events = node.publisher('~/transition_event', eventType, 'reliable');
    this.#offerServices();
    onState(this.#state);
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /**
   * Makes one transition. While one is running every other is refused.
   * @returns success, or what went wrong; it never throws
   */
  async change(request: TransitionName | { id: number; label: string }): Promise<TransitionResult> {
    const wanted = typeof request === 'string' ? { id: 0, label: request } : request;
    const edge = findTransition(this.#state, wanted);
    if (edge === undefined) {
      const what = wanted.label === '' ? `transition ${wanted.id}` : wanted.label;
      return { success: false, error: new TransitionRefused(`no ${what} from ${this.#state}`) };
    }
    const done = this.#run(edge);
    this.#running = done;
    return done;
  }

  /** Configures and activates. @returns the first result that is not a success */
  async start(): Promise<TransitionResult> {
    const configured = await this.change('configure');
    return configured.success ? this.change('activate') : configured;
  }

  /** Waits for a running transition, then deactivates an active node and finalizes it. */
  async stop(): Promise<void> {
    await this.#running;
    if (this.#state === 'active') await this.change('deactivate');
    if (this.#state !== 'finalized') await this.change('shutdown');
  }

  async #run(edge: Transition): Promise<TransitionResult> {
    this.#enter(edge.during, { id: edge.id, label: edge.name });
    const { outcome, error } = await this.#attempt(edge.name);
    this.#enter(stateAfter(edge, outcome), outcomeTransition(edge.during, outcome));
    if (outcome === 'error') await this.#recover();
    return error === undefined ? { success: true } : { success: false, error };
  }

  async #attempt(name: TransitionName): Promise<{ outcome: Outcome; error?: Error }> {
    try {
      await this.callbacks[name]?.();
      return { outcome: 'success' };
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (error instanceof TransitionRefused) {
        this.node.logger.warn(`${name} refused: ${error.message}`);
        return { outcome: 'failure', error };
      }
      this.node.report(error, name);
      return { outcome: 'error', error };
    }
  }

  async #recover(): Promise<void> {
    const { outcome } = await this.#attempt('cleanup');
    const next = outcome === 'success' ? 'unconfigured' : 'finalized';
    this.#enter(next, outcomeTransition('errorprocessing', outcome));
  }

  #enter(state: LifecycleState, by: { id: number; label: string }): void {
    const event = { ...by, from: this.#state, to: state };
    this.#state = state;
    this.onState(state);
    this.node.guard('transition_event', () => this.#publish(event));
  }

  #publish({ id, label, from, to }: LifecycleEvent): void {
    this.#events.publish({
      timestamp: this.node.nowNanoseconds(),
      transition: { id, label },
      start_state: idAndLabel(from),
      goal_state: idAndLabel(to),
    });
  }

  #offerServices(): void {
    const { node } = this;
    node.service('~/change_state', 'lifecycle_msgs/srv/ChangeState', async ({ transition }) => ({
      success: (await this.change(transition as { id: number; label: string })).success,
    }));
    node.service('~/get_state', 'lifecycle_msgs/srv/GetState', () => ({
      current_state: idAndLabel(this.#state),
    }));
    node.service('~/get_available_states', 'lifecycle_msgs/srv/GetAvailableStates', () => ({
      available_states: (Object.keys(lifecycleStates) as LifecycleState[]).map(idAndLabel),
    }));
    const graph = 'lifecycle_msgs/srv/GetAvailableTransitions';
    node.service('~/get_available_transitions', graph, () => ({
      available_transitions: transitionsFrom(this.#state).map(describe),
    }));
    node.service('~/get_transition_graph', graph, () => ({
      available_transitions: transitions.map(describe),
    }));
  }
}
