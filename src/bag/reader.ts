import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { topicContents, fileContent } from './content.js';
import { openMcapSource, type McapSource } from './mcap-source.js';
import { numberedQos, type BagContent } from './metadata.js';
import type { BagTopic } from './recording.js';

/** One recorded message; `data` is CDR, times are in nanoseconds. */
export type RecordedMessage = {
  topic: string;
  type: string;
  logTime: bigint;
  publishTime: bigint;
  data: Uint8Array;
};

export type ReadOptions = {
  /** Only these topics; all unless given. */
  topics?: readonly string[];
  /** Log times from `start` to `end`, both included [ns]. */
  start?: bigint;
  end?: bigint;
};

export type BagReaderOptions = {
  /** Told about each file that was not closed, with the bytes that are lost. Default: a process warning. */
  onWarning?: (message: string) => void;
};

/** Reads rosbag2 MCAP bags: a directory with one or more files, or one file. */
export class BagReader {
  readonly #sources: readonly McapSource[];

  private constructor(
    readonly location: string,
    sources: readonly McapSource[],
  ) {
    this.#sources = sources;
  }

  /**
   * Opens a bag. A file without an end (the recorder was killed) is read up to its last complete chunk, with a warning.
   * @throws Error when there is no bag at `location`, or chunks are compressed.
   */
  static async open(location: string, options: BagReaderOptions = {}): Promise<BagReader> {
    const warn = options.onWarning ?? ((message: string) => process.emitWarning(message, 'BagWarning'));
    const sources: McapSource[] = [];
    for (const file of await bagFiles(location)) {
      const source = await openMcapSource(file);
      if (source === undefined) {
        warn(`${file}: no readable MCAP header, nothing of it can be read`);
        continue;
      }
      if (source.lostBytes > 0n)
        warn(
          `${file}: ends in the middle of a record, the last ${source.lostBytes.toString()} bytes are lost`,
        );
      sources.push(source);
    }
    return new BagReader(location, sources);
  }

  /** The bag's topics in order of first appearance. */
  topics(): { name: string; type: string; count: number }[] {
    return this.content().topics.map(({ name, type, messageCount }) => ({
      name,
      type,
      count: Number(messageCount),
    }));
  }

  /** ROS type name to definition text (`ros2msg`). */
  get schemas(): ReadonlyMap<string, string> {
    const schemas = this.#sources.flatMap(({ reader }) => [...reader.schemasById.values()]);
    return new Map(schemas.map((schema) => [schema.name, Buffer.from(schema.data).toString('utf8')]));
  }

  /** The bag's topics as `BagWriter.addTopic` takes them, in order of first appearance. */
  declarations(): BagTopic[] {
    const topics = new Map<string, BagTopic>();
    for (const { reader } of this.#sources) {
      for (const { topic: name, schemaId, metadata } of reader.channelsById.values()) {
        const schema = reader.schemasById.get(schemaId);
        if (schema === undefined || topics.has(name)) continue;
        const qos = numberedQos(metadata.get('offered_qos_profiles') ?? '');
        const schemaText = Buffer.from(schema.data).toString('utf8');
        const typeHash = metadata.get('topic_type_hash');
        topics.set(name, { name, type: schema.name, qos, schemaText, typeHash });
      }
    }
    return [...topics.values()];
  }

  /** What a `metadata.yaml` of this bag says. */
  content(): BagContent {
    const sources = this.#sources.map(({ reader }) => ({
      schemas: reader.schemasById.values(),
      channels: reader.channelsById.values(),
      statistics: reader.statistics,
    }));
    return {
      files: this.#sources.map(({ file, reader }) => fileContent(path.basename(file), reader.statistics)),
      topics: topicContents(sources),
    };
  }

  /**
   * The messages in order of log time, over all files.
   * @throws Error for a topic that the bag does not have; it names those it has.
   */
  async *messages(options: ReadOptions = {}): AsyncGenerator<RecordedMessage, void, undefined> {
    this.#requireTopics(options.topics ?? []);
    const heads: { next: RecordedMessage; rest: AsyncGenerator<RecordedMessage, void, undefined> }[] = [];
    for (const source of this.#sources) {
      const rest = sourceMessages(source, options);
      const first = await rest.next();
      if (first.done !== true) heads.push({ next: first.value, rest });
    }
    for (;;) {
      // Files follow each other in time, so there are few, and among equal times the earlier file goes first.
      const head = heads.reduce<(typeof heads)[number] | undefined>(
        (low, entry) => (low === undefined || entry.next.logTime < low.next.logTime ? entry : low),
        undefined,
      );
      if (head === undefined) return;
      yield head.next;
      const following = await head.rest.next();
      if (following.done === true) heads.splice(heads.indexOf(head), 1);
      else head.next = following.value;
    }
  }

  /** Closes the files; a generator of `messages` must not be used afterwards. */
  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
  }

  #requireTopics(wanted: readonly string[]): void {
    const names = this.topics().map((topic) => topic.name);
    const missing = wanted.filter((name) => !names.includes(name));
    if (missing.length > 0)
      throw new Error(
        `${this.location} has no topic ${missing.join(', ')}; it has ${names.join(', ') || 'none'}`,
      );
  }
}

async function* sourceMessages(
  { reader }: McapSource,
  { topics, start, end }: ReadOptions,
): AsyncGenerator<RecordedMessage, void, undefined> {
  const selection = {
    ...(topics === undefined ? {} : { topics: [...topics] }),
    ...(start === undefined ? {} : { startTime: start }),
    ...(end === undefined ? {} : { endTime: end }),
  };
  for await (const message of reader.readMessages(selection)) {
    const channel = reader.channelsById.get(message.channelId);
    const schema = channel && reader.schemasById.get(channel.schemaId);
    if (channel === undefined || schema === undefined)
      throw new Error(`channel ${message.channelId} has no schema`);
    const { logTime, publishTime, data } = message;
    yield { topic: channel.topic, type: schema.name, logTime, publishTime, data };
  }
}

/** The MCAP files of a bag, in the order of their numbers. Those that metadata.yaml does not know yet count, too. */
export async function bagFiles(location: string): Promise<string[]> {
  const information = await stat(location).catch((error: unknown) => {
    throw new Error(`no bag at ${location}`, { cause: error });
  });
  if (!information.isDirectory()) return [location];
  const names = (await readdir(location)).filter((name) => name.endsWith('.mcap'));
  if (names.length === 0) throw new Error(`${location} has no .mcap file: not a bag`);
  const order = new Intl.Collator('en', { numeric: true });
  return names.sort(order.compare).map((name) => path.join(location, name));
}
