/** `observer`: joint states, tracked frames and images in, one observation per control step out. */
import { Episode, type JointState } from '../interfaces/graft-messages.js';
import { imageMessage } from '../interfaces/image-message.js';
import type { ImageTransport } from '../robot/camera-topics.js';
import type { JointsNow } from '../robot/frame-judge.js';
import type { ImageSpec } from '../robot/image-spec.js';
import { buildObservation, observationNames, observedFrames } from '../robot/observation-spec.js';
import { InputPairing, type PairedInputs } from '../robot/pairing.js';
import type { TrackedFrame } from '../robot/tracked-frames.js';
import {
  nanosecondsFromTime,
  timeFromNanoseconds,
  type NodeContext,
  type NodeDefinition,
} from '../ros/index.js';
import { findTask, taskCamera } from '../sim/task.js';
import type { ClockMode } from './clock-mode.js';
import { subscribeFrames } from './frame-subscriptions.js';
import { ObservedCamera } from './observed-camera.js';
import { seconds } from './steady-clock.js';

type Parameters = {
  readonly task: string;
  readonly clock: ClockMode;
  readonly max_age: number;
  readonly max_image_age: number;
  readonly image_transport: ImageTransport;
};

/** In lockstep, inputs that are not complete so long after the joints came are reported, s. */
const reportAfter = 0.5;

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
    if (context.parameters.values.clock === 'realtime')
      node.timer(observing.period, () => observing.observeLatest());
    else node.timer(reportAfter / 2, () => observing.watch());
    return Promise.resolve({});
  },
};

class Observer {
  /** Control period, s. */
  readonly period: number;
  readonly #task;
  readonly #names;
  readonly #publisher;
  readonly #cameras: readonly ObservedCamera[];
  readonly #pairing: InputPairing;
  #running: Running | undefined;

  constructor(private readonly context: NodeContext<Parameters>) {
    const { node, parameters } = context;
    parameters.onChange(() => undefined);
    this.#task = findTask(parameters.values.task);
    this.#names = observationNames(this.#task.observation);
    this.#publisher = node.publisher('observation', 'graft_msgs/msg/Observation', 'history');
    this.period = 1 / this.#task.control_rate_hz;
    const { frames, observation, images } = this.#task;
    const topics = subscribeFrames(node, frames, observedFrames(observation), (name, frame, stamp) =>
      this.#frame(name, frame, stamp),
    );
    this.#cameras = images.map((spec) => this.#camera(spec));
    const cameraTopics = new Map(images.map(({ camera }, i) => [camera, this.#cameras[i].topic]));
    this.#pairing = new InputPairing(topics, cameraTopics);
  }

  #camera(spec: ImageSpec): ObservedCamera {
    const { clock, image_transport: transport } = this.context.parameters.values;
    const { width, height } = taskCamera(this.#task, spec.camera);
    const source = { robot: this.#task.robot, spec, aspect: width / height, clock, transport };
    return new ObservedCamera(this.context, source, {
      joints: () => this.#jointsNow(),
      onFrame: (frame) => {
        this.#pairing.setImage(spec.camera, frame);
        // A frame of the next step must not repeat the observation of this one.
        if (frame.stamp === this.#pairing.joints?.stamp) this.#observeExact();
      },
    });
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
    const { max_age, max_image_age } = this.context.parameters.values;
    const bounds = { max_age, max_image_age, image_lead: this.period / 2 };
    const paired = this.#pairing.latest(seconds(), bounds);
    if (paired !== undefined) this.#publish(paired, this.#running.id, this.#running.next++);
    else this.#reportAwaited();
  }

  /** Lockstep: says what is missing where joints came and the rest does not. */
  watch(): void {
    if (!this.context.isActive() || this.#running === undefined) return;
    const received = this.#pairing.joints?.received ?? -Infinity;
    if (seconds() - received > reportAfter) this.#reportAwaited();
  }

  #reportAwaited(): void {
    const topics = this.#pairing.awaited(this.#isLockstep);
    if (topics.length === 0) return;
    this.context.diagnostics.set('inputs', 'WARN', `waiting for ${topics.join(', ')}`);
    for (const camera of this.#cameras) camera.report(topics.includes(camera.topic));
  }

  #frame(name: string, frame: TrackedFrame, stamp: bigint): void {
    this.#pairing.setFrame(name, frame, stamp, seconds());
    this.#observeExact();
  }

  get #isLockstep(): boolean {
    return this.context.parameters.values.clock === 'lockstep';
  }

  /** In realtime the joints' clock has gone on since their last message. */
  #jointsNow(): JointsNow | undefined {
    const { joints } = this.#pairing;
    if (joints === undefined) return undefined;
    const elapsed = this.#isLockstep ? 0 : seconds() - joints.received;
    return {
      clock: joints.stamp + BigInt(Math.round(1e9 * elapsed)),
      positions: this.#task.action_joints.map((name) => joints.value.positions.get(name) ?? NaN),
    };
  }

  /** Lockstep: as soon as all inputs of one stamp are there. The step follows from the stamp. */
  #observeExact(): void {
    if (!this.#isLockstep || !this.context.isActive()) return;
    const paired = this.#pairing.exact();
    if (paired === undefined || this.#running === undefined || paired.stamp < this.#running.start) return;
    const period = BigInt(Math.round(1e9 * this.period));
    this.#publish(paired, this.#running.id, Number((paired.stamp - this.#running.start) / period));
  }

  #publish(paired: PairedInputs, episode_id: string, step: number): void {
    const { observation, images: specs } = this.#task;
    const state = buildObservation(observation, paired.inputs);
    const stale_inputs = [...paired.stale];
    const stale = stale_inputs.length > 0;
    const header = { stamp: timeFromNanoseconds(paired.stamp), frame_id: 'base_link' };
    const identity = { header, episode_id, step };
    const cameras = specs.map(({ camera }) => camera);
    const images = paired.images.map(({ stamp, frame_id, pixels }, i) =>
      imageMessage(specs[i], pixels, { stamp: timeFromNanoseconds(stamp), frame_id }),
    );
    const seen = { names: this.#names, state, cameras, images };
    this.#publisher.publish({ ...identity, ...seen, stale, stale_inputs });
    if (stale) this.context.diagnostics.set('inputs', 'WARN', `stale: ${stale_inputs.join(', ')}`);
    else this.context.diagnostics.set('inputs', 'OK', 'fresh');
    for (const camera of this.#cameras) camera.report(stale_inputs.includes(camera.topic));
  }
}
