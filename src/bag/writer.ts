import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { McapChunkBuilder, type McapTypes } from '@mcap/core';

import { openNewFile } from './bag-file.js';
import { McapFile, sealChunk, type SealedChunk } from './mcap-file.js';
import { formatMetadata, formatQos, writeMetadataFile, type BagContent } from './metadata.js';
import { fileContent, topicContents } from './content.js';
import type { BagMessage, BagTopic, BagWriterOptions } from './recording.js';

export type { BagMessage, BagProblem, BagTopic, BagWriterOptions } from './recording.js';

type Registered = { topic: BagTopic; schema: McapTypes.Schema; channel: McapTypes.Channel; sequence: number };

/** Opcode, length, channel, sequence and two times of a Message record. */
const messageOverhead = 31;
const library = 'graft';

/**
 * Records messages into a rosbag2 directory: `metadata.yaml` and `<name>_0.mcap`, `<name>_1.mcap`, ...
 *
 * Messages collect in a chunk; a queue of sealed chunks goes to the disk one after the other (overlapping writes
 * corrupt MCAP files) and is synced at least every `flushInterval`. A process that is killed loses at most that much.
 */
export class BagWriter {
  readonly #topics = new Map<string, Registered>();
  readonly #schemas = new Map<string, McapTypes.Schema>();
  readonly #files: McapFile[] = [];
  readonly #options: Required<BagWriterOptions>;
  readonly #chunk = new McapChunkBuilder({});
  #queue: SealedChunk[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #syncWanted = false;
  #timer: NodeJS.Timeout | undefined;
  #failure: Error | undefined;
  #closed = false;
  #dropped = 0;
  #reportedDropped = 0;

  private constructor(
    readonly directory: string,
    options: BagWriterOptions,
  ) {
    this.#options = {
      maxBytes: 2 ** 31,
      chunkBytes: 768 * 1024,
      flushInterval: 500,
      maxQueuedBytes: 64 * 1024 * 1024,
      openFile: openNewFile,
      ...options,
    };
  }

  /**
   * Creates the bag's directory and its first file.
   * @throws Error when the directory exists (a bag is never overwritten) or cannot be written.
   */
  static async open(directory: string, options: BagWriterOptions): Promise<BagWriter> {
    const resolved = path.resolve(directory);
    await mkdir(path.dirname(resolved), { recursive: true });
    await mkdir(resolved).catch((error: unknown) => {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      throw exists
        ? new Error(`${directory} exists already: a bag is never overwritten`, { cause: error })
        : error;
    });
    const writer = new BagWriter(resolved, options);
    await writer.#beginFile();
    await writeMetadataFile(resolved, writer.#content());
    writer.#timer = setInterval(() => writer.#tick(), writer.#options.flushInterval);
    return writer;
  }

  /** Messages not recorded: because of back-pressure or after a failure. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Why the writer stopped; undefined while it works. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Declares a topic; again with the same type does nothing. @throws Error for a known topic of another type. */
  addTopic(topic: BagTopic): void {
    const known = this.#topics.get(topic.name);
    if (known !== undefined) {
      if (known.topic.type === topic.type) return;
      throw new Error(
        `topic ${topic.name} is recorded as ${known.topic.type}, it cannot be ${topic.type}, too`,
      );
    }
    const schema = this.#schemas.get(topic.type) ?? {
      id: this.#schemas.size + 1,
      name: topic.type,
      encoding: 'ros2msg',
      data: Buffer.from(topic.schemaText),
    };
    this.#schemas.set(topic.type, schema);
    const metadata = new Map([
      ['offered_qos_profiles', typeof topic.qos === 'string' ? topic.qos : formatQos(topic.qos)],
    ]);
    if (topic.typeHash !== undefined) metadata.set('topic_type_hash', topic.typeHash);
    const id = this.#topics.size + 1;
    const channel = { id, schemaId: schema.id, topic: topic.name, messageEncoding: 'cdr', metadata };
    this.#topics.set(topic.name, { topic, schema, channel, sequence: 0 });
  }

  /**
   * Takes a message over, copied; never waits. Drops it (and reports that) when too many bytes wait for the disk.
   * @throws Error for a topic that was not added, or after `close`.
   */
  write(topic: string, message: BagMessage): void {
    const registered = this.#topics.get(topic);
    if (registered === undefined)
      throw new Error(`topic ${topic} was not added to the bag ${this.directory}`);
    if (this.#closed) throw new Error(`the bag ${this.directory} is closed`);
    const size = message.data.byteLength + messageOverhead;
    if (
      this.#failure !== undefined ||
      this.#queuedBytes + this.#chunk.byteLength + size > this.#options.maxQueuedBytes
    ) {
      this.#drop();
      return;
    }
    this.#chunk.addMessage({ ...message, channelId: registered.channel.id, sequence: registered.sequence });
    registered.sequence = (registered.sequence + 1) % 2 ** 32;
    if (this.#chunk.byteLength >= this.#options.chunkBytes) {
      this.#seal();
      this.#start();
    }
  }

  /** Resolves once all messages taken so far are on the disk. @throws the failure when the writer has stopped. */
  async flush(): Promise<void> {
    this.#seal();
    this.#syncWanted = true;
    await this.#settle();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes what is left, the summary and `metadata.yaml`. Does not reject: a failure goes to `onError`, once. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#seal();
    await this.#settle();
    if (this.#failure !== undefined) return;
    try {
      await this.#endFile();
      await writeMetadataFile(this.directory, this.#content());
    } catch (error) {
      await this.#fail(error);
    }
    this.#reportDropped();
  }

  #tick(): void {
    this.#reportDropped();
    const idle = this.#chunk.numMessages === 0 && this.#queue.length === 0 && this.#allTopicsWritten();
    if (this.#syncWanted || idle) return;
    this.#seal();
    this.#syncWanted = true;
    this.#start();
  }

  #seal(): void {
    if (this.#chunk.numMessages === 0) return;
    const sealed = sealChunk(this.#chunk);
    this.#queue.push(sealed);
    this.#queuedBytes += sealed.records.byteLength;
  }

  #start(): void {
    if (this.#failure !== undefined) return;
    this.#running ??= this.#drain()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#running = undefined));
  }

  /** Drains until nothing waits; again where something came in while a drain was ending. */
  async #settle(): Promise<void> {
    while (this.#failure === undefined && (this.#queue.length > 0 || this.#syncWanted)) {
      this.#start();
      await this.#running;
    }
  }

  /** The only place that writes to the file while the bag is open. */
  async #drain(): Promise<void> {
    for (;;) {
      const chunk = this.#queue.shift();
      if (chunk !== undefined) {
        await this.#writeChunk(chunk);
      } else if (this.#syncWanted) {
        this.#syncWanted = false;
        await this.#writeTopics();
        await this.#file().file.sync();
        await writeMetadataFile(this.directory, this.#content());
      } else return;
    }
  }

  async #writeChunk(chunk: SealedChunk): Promise<void> {
    if (this.#file().position >= BigInt(this.#options.maxBytes)) {
      await this.#endFile();
      await this.#beginFile();
    }
    await this.#writeTopics();
    await this.#file().writeChunk(chunk);
    this.#queuedBytes -= chunk.records.byteLength;
  }

  async #writeTopics(): Promise<void> {
    const file = this.#file();
    for (const { schema, channel } of [...this.#topics.values()].slice(file.summary.channels.length))
      await file.writeChannel(schema, channel);
  }

  #allTopicsWritten(): boolean {
    return this.#file().summary.channels.length === this.#topics.size;
  }

  #file(): McapFile {
    const file = this.#files.at(-1);
    if (file === undefined) throw new Error(`the bag ${this.directory} has no open file`);
    return file;
  }

  async #beginFile(): Promise<void> {
    const port = await this.#options.openFile(path.join(this.directory, this.#fileName(this.#files.length)));
    this.#files.push(await McapFile.create(port, library));
    await this.#writeMetadataRecord();
    await port.sync();
  }

  async #endFile(): Promise<void> {
    await this.#writeTopics();
    await this.#writeMetadataRecord();
    await this.#file().end();
  }

  /** rosbag2 reads the version, which says how QoS is written, from this record. */
  async #writeMetadataRecord(): Promise<void> {
    await this.#file().writeMetadata(
      'rosbag2',
      new Map([['serialized_metadata', formatMetadata(this.#content())]]),
    );
  }

  #fileName(index: number): string {
    return `${path.basename(this.directory)}_${index}.mcap`;
  }

  #content(): BagContent {
    const summaries = this.#files.map((file) => file.summary);
    return {
      files: summaries.map((summary, index) => fileContent(this.#fileName(index), summary.statistics)),
      topics: topicContents(summaries),
    };
  }

  #drop(): void {
    this.#dropped += 1;
    if (this.#failure === undefined && this.#reportedDropped === 0) this.#reportDropped();
  }

  #reportDropped(): void {
    if (this.#failure !== undefined || this.#dropped === this.#reportedDropped) return;
    this.#reportedDropped = this.#dropped;
    const message = `${this.directory}: the disk is too slow, ${this.#dropped} messages were not recorded`;
    this.#options.onError({ kind: 'back_pressure', dropped: this.#dropped, message });
  }

  async #fail(cause: unknown): Promise<void> {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${this.directory}: recording stopped: ${reason}; what was flushed before remains readable`;
    this.#failure = new Error(message, { cause });
    clearInterval(this.#timer);
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#chunk.reset();
    await this.#file()
      .file.close()
      .catch(() => undefined);
    this.#options.onError({ kind: 'write_failed', error: this.#failure, message });
  }
}
