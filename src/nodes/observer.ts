/** `observer`: joint states and tracked frames in, one observation per control step out. */
import { Episode, type JointState } from '../interfaces/graft-messages.js';
import { buildObservation, observationNames, observedFrames } from '../robot/observation-spec.js';
import { InputPairing, type PairedInputs } from '../robot/pairing.js';
import type { TrackedFrame } from '../robot/tracked-frames.js';
import {
  nanosecondsFromTime,
  timeFromNanoseconds,
  type NodeContext,
  type NodeDefinition,
} from '../ros/index.js';
import { findTask } from '../sim/task.js';
import type { ClockMode } from './clock-mode.js';
import { subscribeFrames } from './frame-subscriptions.js';
import { seconds } from './steady-clock.js';

type Parameters = { readonly task: string; readonly clock: ClockMode; readonly max_age: number };

/** The running episode: its start in ns, and the steps observed so far in realtime. */
type Running = { readonly id: string; readonly start: bigint; next: number };

export const observer: NodeDefinition<Parameters> = {
  name: 'observer',
  create(context: NodeContext<Parameters>) {
    const { node } = context;
    const observing = new Observer(context);
    node.subscription('joint_states', 'sensor_msgs/msg/JointState', 'reliable', (message) =>
      observing.joints(message),
    );
    node.subscription('episode', 'graft_msgs/msg/Episode', 'latched', (message) =>
      observing.episode(message),
    );
    if (context.parameters.values.clock === 'realtime') {
      node.timer(observing.period, () => observing.observeLatest());
    }
    return Promise.resolve({});
  },
};

class Observer {
  /** Control period, s. */
  readonly period: number;
  readonly #task;
  readonly #names;
  readonly #publisher;
  readonly #pairing: InputPairing;
  readonly #inputs: string;
  #running: Running | undefined;

  constructor(private readonly context: NodeContext<Parameters>) {
    const { node, parameters } = context;
    parameters.onChange(() => undefined);
    this.#task = findTask(parameters.values.task);
    this.#names = observationNames(this.#task.observation);
    this.#publisher = node.publisher('observation', 'graft_msgs/msg/Observation', 'reliable');
    this.period = 1 / this.#task.control_rate_hz;
    const { frames, observation } = this.#task;
    const topics = subscribeFrames(node, frames, observedFrames(observation), (name, frame, stamp) =>
      this.#frame(name, frame, stamp),
    );
    this.#pairing = new InputPairing(topics);
    this.#inputs = ['joint_states', ...topics.values()].join(', ');
  }

  joints({ header, name, position, velocity }: JointState): void {
    const positions = new Map(name.map((joint, i) => [joint, position[i]]));
    const velocities = new Map(name.map((joint, i) => [joint, velocity[i]]));
    this.#pairing.setJoints({ positions, velocities }, nanosecondsFromTime(header.stamp), seconds());
    this.#observeExact();
  }

  episode({ phase, episode_id, start_stamp }: Episode): void {
    const runs = phase === Episode.PHASE_RUNNING;
    this.#running = runs ? { id: episode_id, start: nanosecondsFromTime(start_stamp), next: 0 } : undefined;
    this.#observeExact();
  }

  /** Realtime: whatever is newest, once per control period. */
  observeLatest(): void {
    if (!this.context.isActive() || this.#running === undefined) return;
    const paired = this.#pairing.latest(seconds(), this.context.parameters.values.max_age);
    if (paired !== undefined) return this.#publish(paired, this.#running.id, this.#running.next++);
    this.context.diagnostics.set('inputs', 'WARN', `waiting for ${this.#inputs}`);
  }

  #frame(name: string, frame: TrackedFrame, stamp: bigint): void {
    this.#pairing.setFrame(name, frame, stamp, seconds());
    this.#observeExact();
  }

  /** Lockstep: as soon as all inputs of one stamp are there. The step follows from the stamp. */
  #observeExact(): void {
    if (this.context.parameters.values.clock !== 'lockstep' || !this.context.isActive()) return;
    const paired = this.#pairing.exact();
    if (paired === undefined || this.#running === undefined || paired.stamp < this.#running.start) return;
    const period = BigInt(Math.round(1e9 * this.period));
    this.#publish(paired, this.#running.id, Number((paired.stamp - this.#running.start) / period));
  }

  #publish(paired: PairedInputs, episode_id: string, step: number): void {
    const state = buildObservation(this.#task.observation, paired.inputs);
    const stale_inputs = [...paired.stale];
    const stale = stale_inputs.length > 0;
    const header = { stamp: timeFromNanoseconds(paired.stamp), frame_id: 'base_link' };
    const identity = { header, episode_id, step };
    const seen = { names: this.#names, state, cameras: [], images: [] };
    this.#publisher.publish({ ...identity, ...seen, stale, stale_inputs });
    if (stale) this.context.diagnostics.set('inputs', 'WARN', `stale: ${stale_inputs.join(', ')}`);
    else this.context.diagnostics.set('inputs', 'OK', 'fresh');
  }
}
