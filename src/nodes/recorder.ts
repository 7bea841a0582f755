/** `recorder`: writes topics, byte for byte, into a rosbag2 MCAP bag. */
import { BagWriter } from '../bag/writer.js';
import { ConfigError } from '../config/config-error.js';
import { loadDefinition } from '../interfaces/definition.js';
import { opinionTopics } from '../learning/bag-episodes.js';
import { experienceTopics } from '../learning/episode-stream.js';
import {
  compatibleQos,
  qosProfile,
  wallTime,
  waitUntil,
  nanosecondsFromTime,
  type NodeContext,
  type NodeDefinition,
  type Qos,
  type QosName,
  type Subscription,
} from '../ros/index.js';
import { seconds } from './steady-clock.js';

type Parameters = {
  readonly out: string;
  readonly exclude: readonly string[];
  readonly flush_period: number;
  readonly max_bytes: number;
};

/** How often new topics are looked for, s. */
const discoveryPeriod = 0.5;

/** How long the recorder waits for the publishers of experience before it calls itself active, s. */
const matchTimeout = 10;

/** Told to stop, the recorder goes on until no experience has come for so long, but not longer than the second, s. */
const [quietTime, drainTime] = [0.5, 4];

/** Topics whose every message counts are heard from the start, before their publishers are discovered. */
const experienceQos: Record<keyof typeof experienceTopics, QosName> = {
  observation: 'history',
  base_action: 'history',
  executed_step: 'history',
  episode: 'latched_history',
};

export const recorder: NodeDefinition<Parameters> = {
  name: 'recorder',
  create(context: NodeContext<Parameters>) {
    const { out } = context.parameters.values;
    if (out === '')
      throw new ConfigError('parameters of recorder', 'out', 'is empty, expected a bag folder to create');
    let recording: Recording | undefined;
    return Promise.resolve({
      configure: async () => {
        recording = await Recording.open(context);
      },
      activate: () => recording?.start(),
      shutdown: () => recording?.close(),
      cleanup: () => recording?.close(),
    });
  },
};

class Recording {
  readonly #heard = new Map<string, Subscription>();
  #timer: { cancel(): void } | undefined;
  #messages = 0;
  /** When the last message of an experience topic came, s. */
  #experienced = -Infinity;

  private constructor(
    private readonly context: NodeContext<Parameters>,
    private readonly writer: BagWriter,
  ) {}

  static async open(context: NodeContext<Parameters>): Promise<Recording> {
    const { out, flush_period, max_bytes } = context.parameters.values;
    const writer = await BagWriter.open(out, {
      maxBytes: max_bytes,
      flushInterval: flush_period * 1000,
      onError: ({ kind, message }) => {
        context.node.logger.error(message);
        context.diagnostics.set('bag', kind === 'write_failed' ? 'ERROR' : 'WARN', message);
      },
    });
    return new Recording(context, writer);
  }

  /** Subscribes and waits until the experience topics have publishers, so that the first step is in the bag. */
  async start(): Promise<void> {
    for (const [topic, type] of Object.entries(experienceTopics)) {
      this.#hear(topic, type, qosProfile(experienceQos[topic as keyof typeof experienceTopics]));
    }
    this.#timer = this.context.node.timer(discoveryPeriod, () => this.#discover());
    const expected = [...this.#heard.values()];
    // Opinions count as well, but need not come.
    for (const [topic, type] of Object.entries(opinionTopics)) {
      if (!this.#isExcluded(this.context.node.topicName(topic)))
        this.#hear(topic, type, qosProfile('history'));
    }
    const { stopping } = this.context;
    const isMatched = (): boolean => expected.every(({ publisherCount }) => publisherCount > 0);
    if (!(await waitUntil(isMatched, { timeout: matchTimeout, stopping })) && stopping.aborted) return;
    const missing = expected.filter(({ publisherCount }) => publisherCount === 0).map(({ topic }) => topic);
    if (missing.length > 0) this.context.node.logger.warn(`nobody publishes ${missing.join(', ')} yet`);
    this.#discover();
  }

  /** Launch stops all nodes at once: what the others still say meanwhile is recorded, too. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) await this.#drained();
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const subscription of this.#heard.values()) subscription.cancel();
    this.#heard.clear();
    await this.writer.close();
    this.context.node.logger.info(`${this.#messages} messages in ${this.writer.directory}`);
  }

  /** On a busy machine what was sent long ago may still be under way. */
  async #drained(): Promise<void> {
    const began = seconds();
    const isQuiet = (): boolean => seconds() - Math.max(began, this.#experienced) >= quietTime;
    await waitUntil(isQuiet, { timeout: drainTime });
  }

  #discover(): void {
    const { node, diagnostics } = this.context;
    for (const { name, types } of node.topics()) {
      if (this.#heard.has(name) || this.#isExcluded(name) || types.length !== 1) continue;
      const publishers = node.publishersOf(name);
      if (publishers.length > 0)
        this.#hear(
          name,
          types[0],
          compatibleQos(
            publishers.map(({ qos }) => qos),
            1000,
          ),
        );
    }
    if (this.writer.failure === undefined) {
      diagnostics.set('bag', 'OK', 'recording', {
        topics: this.#heard.size,
        messages: this.#messages,
        dropped: this.writer.dropped,
      });
    }
  }

  /** @param name the full one */
  #isExcluded(name: string): boolean {
    return this.context.parameters.values.exclude.some((pattern) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    );
  }

  #hear(topic: string, type: string, qos: Qos): void {
    const { node } = this.context;
    let name = topic;
    const isExperience = topic in experienceTopics;
    const subscription = node.rawSubscription(topic, type, qos, (bytes) => {
      const now = nanosecondsFromTime(wallTime());
      this.writer.write(name, { logTime: now, publishTime: now, data: bytes });
      this.#messages++;
      if (isExperience) this.#experienced = seconds();
    });
    name = subscription.topic;
    try {
      const { text: schemaText, typeHash } = loadDefinition(type);
      this.writer.addTopic({ name, type, qos, schemaText, typeHash });
      this.#heard.set(name, subscription);
    } catch (error) {
      subscription.cancel();
      node.logger.warn(`${topic} is not recorded: ${(error as Error).message}`);
    }
  }
}
