/** A ROS 2 node with typed topics and services, timers, a clock, and callbacks that cannot fail in silence. */
import { ConfigError } from '../config/config-error.js';
import {
  createCodec,
  createServiceCodec,
  type Codec,
  type ServiceCodec,
  type UntypedMessage,
} from '../interfaces/codec.js';
import type { Messages, Services, Time } from '../interfaces/graft-messages.js';
import { startTimer, type Timer } from './timer.js';
import type { Qos, QosName } from '../interfaces/qos-profiles.js';
import { qosFromRmw, rclQos } from './qos.js';
import type { Rcl, RclContext, RclNode } from './rcl-module.js';
import { nanosecondsFromTime, wallTime } from '../interfaces/ros-time.js';
import { serviceClass, serviceHandler, ServiceClient } from './services.js';
import { Publisher, Subscription, typeClass } from './topics.js';

/** The TypeScript type of a message type; types that are not in `Messages` are plain records. */
export type MessageOf<T extends string> = T extends keyof Messages ? Messages[T] : UntypedMessage;
export type RequestOf<S extends string> = S extends keyof Services ? Services[S]['request'] : UntypedMessage;
export type ResponseOf<S extends string> = S extends keyof Services
  ? Services[S]['response']
  : UntypedMessage;

export type Logger = {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
};

/** Called with what a callback threw and where: "subscription /joint_states", "timer", "service /reset_task". */
export type ErrorHook = (error: Error, where: string) => void;

export type NodeOptions = {
  /** Keep `name` even when the command line says `-r __node:=`; for several nodes in one process. */
  readonly pinName?: boolean;
  readonly namespace?: string;
};

/** A message on a raw topic: CDR with its 4-byte header, in a buffer of its own. */
export type RawCallback = (bytes: Uint8Array) => void | Promise<void>;

/**
 * One node of the graph. Everything it hands out lives until `destroy`. Topic and service names are relative to the
 * node's namespace and follow the remappings of the command line. Callbacks may be asynchronous; they are not queued.
 */
export class GraftNode {
  readonly logger: Logger;
  readonly #rcl: Rcl;
  readonly #node: RclNode;
  readonly #timers = new Set<Timer>();
  readonly #hooks: ErrorHook[] = [];
  readonly #logged = new Map<string, { at: number; kept: number }>();
  #simulated: { time: Time; subscription: Subscription } | undefined;
  #destroyed = false;

  constructor(rcl: Rcl, context: RclContext, name: string, options: NodeOptions = {}) {
    this.#rcl = rcl;
    // rclnodejs' own resolution drops qualified names and cannot take integer arrays: src/ros resolves overrides.
    const OverrideFreeNode = class extends rcl.module.Node {
      _getNativeParameterOverrides(): Map<string, unknown> {
        return new Map();
      }
    };
    const pin = options.pinName === true ? ['--ros-args', '-r', `__node:=${name}`] : [];
    this.#node = new OverrideFreeNode(name, options.namespace ?? '', context, {}, pin, true);
    this.logger = this.#node.getLogger();
  }

  /** The name after remapping, without its namespace. */
  get name(): string {
    return this.#node.name();
  }

  /** "/namespace/name" after remapping. */
  get fullName(): string {
    return this.#node.getFullyQualifiedName();
  }

  /** The full name of a topic, after remapping. */
  topicName(topic: string): string {
    return this.#node.resolveTopicName(topic);
  }

  /** The node below, for the parts of src/ros that extend it. */
  get rclNode(): RclNode {
    return this.#node;
  }

  /** Begins to deliver messages and service calls. */
  spin(): void {
    this.#node.spin();
  }

  /** @param type such as `graft_msgs/msg/Action` */
  publisher<T extends string>(topic: string, type: T, qos: QosName | Qos): Publisher<MessageOf<T>> {
    const codec = (): Codec<MessageOf<T>> => createCodec(type) as Codec<MessageOf<T>>;
    const publisher = this.#node.createPublisher(typeClass(type), topic, {
      qos: rclQos(this.#rcl.module, qos),
    });
    return new Publisher(publisher, codec);
  }

  /** Hears a topic; a message that does not decode is reported like an error of the callback. */
  subscription<T extends string>(
    topic: string,
    type: T,
    qos: QosName | Qos,
    callback: (message: MessageOf<T>) => void | Promise<void>,
  ): Subscription {
    const codec = createCodec(type) as Codec<MessageOf<T>>;
    return this.rawSubscription(topic, type, qos, (bytes) => callback(codec.decode(bytes)));
  }

  /** Hears a topic as CDR bytes, of any type that is installed. */
  rawSubscription(topic: string, type: string, qos: QosName | Qos, callback: RawCallback): Subscription {
    const options = { qos: rclQos(this.#rcl.module, qos), isRaw: true } as const;
    const where = `subscription ${topic}`;
    const subscription = this.#node.createSubscription(typeClass(type), topic, options, (bytes) =>
      this.guard(where, () => callback(bytes)),
    );
    return new Subscription(subscription, (gone) => {
      if (!this.#destroyed) this.#node.destroySubscription(gone);
    });
  }

  /**
   * Offers a service. If the handler throws, the error is reported and the caller gets no answer (ROS 2 services have
   * none for errors): answer `success: false` for whatever can be expected.
   */
  service<S extends string>(
    name: string,
    type: S,
    handler: (request: RequestOf<S>) => ResponseOf<S> | Promise<ResponseOf<S>>,
  ): void {
    const codec = createServiceCodec(type) as ServiceCodec<RequestOf<S>, ResponseOf<S>>;
    const service = serviceClass(this.#rcl, type);
    const handle = serviceHandler(this.#rcl, service, codec, handler);
    this.#node.createService(service, name, async (plain) => {
      try {
        return await handle(plain);
      } catch (error) {
        this.report(error, `service ${name}`);
        return undefined;
      }
    });
  }

  client<S extends string>(name: string, type: S): ServiceClient<RequestOf<S>, ResponseOf<S>> {
    const codec = createServiceCodec(type) as ServiceCodec<RequestOf<S>, ResponseOf<S>>;
    const service = serviceClass(this.#rcl, type);
    return new ServiceClient(this.#rcl, this.#node.createClient(service, name), service, codec);
  }

  /**
   * Calls back every `period` seconds of wall-clock time, whatever `use_sim_time` says: it drives watchdogs and control
   * at a fixed rate, not simulated processes. See `startTimer`.
   */
  timer(period: number, callback: () => void | Promise<void>): Timer {
    const timer = startTimer(period, () => this.guard('timer', callback));
    this.#timers.add(timer);
    return timer;
  }

  /** Time of the graph: the host's clock, or the last `/clock` message when `use_sim_time` is on (0 before any). */
  now(): Time {
    return this.#simulated?.time ?? wallTime();
  }

  /** `now` in nanoseconds since the epoch. */
  nowNanoseconds(): bigint {
    return nanosecondsFromTime(this.now());
  }

  /** Takes time from `/clock` (best effort, so any publisher of it matches) or from the host. */
  useSimulatedTime(on: boolean): void {
    if (on === (this.#simulated !== undefined)) return;
    this.#simulated?.subscription.cancel();
    this.#simulated = undefined;
    if (!on) return;
    const subscription = this.subscription('/clock', 'rosgraph_msgs/msg/Clock', 'sensor', ({ clock }) => {
      if (this.#simulated !== undefined) this.#simulated.time = clock;
    });
    this.#simulated = { time: { sec: 0, nanosec: 0 }, subscription };
  }

  /** Every topic that is known at this moment and its types, whoever publishes or hears it. */
  topics(): { name: string; types: string[] }[] {
    return this.#node.getTopicNamesAndTypes();
  }

  /** The publishers of a topic. Depth and history are not told by every RMW: Fast DDS gives keep_last 0. */
  publishersOf(topic: string): { node: string; type: string; qos: Qos }[] {
    return this.#node
      .getPublishersInfoByTopic(topic)
      .map((info) => ({ node: info.node_name, type: info.topic_type, qos: qosFromRmw(info.qos_profile) }));
  }

  /** Full names of the nodes in the graph. */
  nodeNames(): string[] {
    return this.#node
      .getNodeNamesAndNamespaces()
      .map(({ name, namespace }) => `${namespace === '/' ? '' : namespace}/${name}`);
  }

  /** Calls `hook` with everything a callback of this node throws. */
  onError(hook: ErrorHook): void {
    this.#hooks.push(hook);
  }

  /** Runs a callback; what it throws, now or later, is logged and given to the error hooks. */
  guard(where: string, callback: () => void | Promise<void>): void {
    try {
      const running = callback();
      if (running instanceof Promise) running.catch((error: unknown) => this.report(error, where));
    } catch (error) {
      this.report(error, where);
    }
  }

  /** Logs an error and gives it to the error hooks. Never throws. */
  report(thrown: unknown, where: string): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#log(error, where);
    for (const hook of this.#hooks) {
      try {
        hook(error, where);
      } catch (second) {
        this.logger.error(`error hook: ${String(second)}`);
      }
    }
  }

  /** A callback that fails at 100 Hz must not bury everything else: one report per place and second. */
  #log(error: Error, where: string): void {
    const now = performance.now();
    const last = this.#logged.get(where) ?? { at: -Infinity, kept: 0 };
    if (now - last.at < 1000) {
      last.kept++;
      return;
    }
    const kept = last.kept > 0 ? ` (and ${last.kept} more since the last report)` : '';
    this.#logged.set(where, { at: now, kept: 0 });
    const text = error instanceof ConfigError ? error.message : (error.stack ?? error.message);
    this.logger.error(`${where}: ${text}${kept}`);
  }

  /** Ends timers, subscriptions, services and the node itself; a second call does nothing. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#node.destroy();
  }
}
